// SPDX-License-Identifier: Apache-2.0
import { ATTACKS } from "./attacks/index.js";
import { DEFENCES } from "./defences.js";
import { INTERVALS, type Matrix } from "./matrix.js";
import { SOURCE_ATTACKS } from "./sources/index.js";

const POWERS = {
  files: "writes all files of the log",
  key: "has the signing key, too",
  "old key": "has the key that was replaced, too",
  all: "owns every machine that the row names",
};

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** docs/design/attack-matrix.md, from a run. */
export function formatPage({ trials, seed, cells, intervals, sources }: Matrix): string {
  const rows = ATTACKS.map((attack) => {
    const counts = DEFENCES.map(({ name }) => `${cells[attack.name]?.[name] ?? 0}/${trials}`);
    const isCaught = DEFENCES.some(({ name }) => (cells[attack.name]?.[name] ?? 0) > 0);
    return [
      `${attack.test}`,
      attack.name,
      POWERS[attack.power],
      ...counts,
      ...(isCaught ? [""] : ["**nothing**"]),
    ];
  });
  return `# Attacks and defences

Made by \`npm run attack-matrix -- --trials ${trials} --seed ${seed} --write\`; do not edit. \`test/attack-matrix.test.ts\` runs a small part of it
again and holds this page to what it finds.

Each attack is done ${trials} times, each time to another log of 130 to 199 events, by the product's own code: the log's store, verifier,
witness and mirror. Whoever holds the key uses the log's own program to sign another history. The witness cosigns, the mirror
pulls and a receipt is given after every 10 events. In the rows with an old key the log's key is changed before the attack, everybody outside
follows it, and the verifier knows the key of before. A cell says how often this defence alone found that something is wrong. Head store and witness are asked by the
verifier, which always computes the tree, so they find what the tree finds; mirror and receipt are only compared with the log, which has no events for them
where no head of it can be believed. Where the attack is on
events younger than the last look from outside, nobody outside can find it, and the cell is a little below the full number.

${table(["test", "attack", "the attacker", ...DEFENCES.map(({ name }) => name), "found by"], rows)}

"test" is the number of the hard test that it belongs to. The defences:

${DEFENCES.map(({ name, how }) => `- **${name}**: ${how}.`).join("\n")}

The attacks:

${ATTACKS.map(({ name, how }) => `- **${name}**: ${how}.`).join("\n")}

## How often the witness must look

One of the newest 100 events is edited, and everything is hashed and signed again with the stolen key. Without a witness the log verifies,
and \`telltale verify --require-witness\` says *unwitnessed*; with one, it is found as often as the event was already cosigned:

${table(
  ["events between two cosignatures", "found"],
  INTERVALS.map((every) => [`${every}`, `${intervals[every] ?? 0}/${trials}`]),
)}

## Between a source and the log

Hard test 9. What protects a log begins when an event is sealed. Before, it is the source's own chain of numbers that tells: a source
numbers its events and links each to the one before with a key that changes with every event, and the server says what does not fit.
Each attack is done ${trials} times by the server's own ingest, sealer and keeper of the chains, with 40 to 79 events in bodies of 1 to 12.
"As expected": the server told just the numbers that were attacked, as what the row says, and nothing else. "Verify": how often
\`telltale verify\` found anything in the log, which was sealed as it arrived.

${table(
  ["attack on the way", "to be told as", "told", "as expected", "verify"],
  SOURCE_ATTACKS.map(({ name, as }) => {
    const { told, asExpected, tampered } = sources[name] ?? { told: 0, asExpected: 0, tampered: 0 };
    const counts = [told, asExpected, tampered].map((count) => `${count}/${trials}`);
    return [name, as === "" ? "nothing" : as, ...counts];
  }),
)}

${SOURCE_ATTACKS.map(({ name, how }) => `- **${name}**: ${how}.`).join("\n")}

## What is not in these tables

- **Everything put back at once** (the last row of test 5): log, head store, witness and mirror restored together, and no receipt outside. Nothing that is
  left knows better. Whoever keeps one receipt, or one checkpoint, on a machine that is not restored, finds it.
- **What a source without a chain never sent**: nobody but the source itself knows of an event that did not reach the log.
- **A lie that was sealed**: the log proves that an event was received as it is, and not that it is true.

## The ten hard tests

| # | where |
|---|---|
| 1 tail cut, log deleted | rows above; \`packages/log/src/recover.test.ts\`, \`test/mirror.test.ts\` |
| 2 a bit flipped anywhere | \`packages/log/src/bitflip.test.ts\` (every byte), \`packages/log/src/mirror/check.test.ts\`, \`test/tamper.test.ts\` |
| 3 edited and signed again | rows and table above; \`test/attack-matrix.test.ts\` |
| 4 two histories | row above; \`packages/log/src/witness/store.test.ts\` (races), \`test/witness.test.ts\` (restarts), \`packages/log/src/mirror/misbehaviour.test.ts\` (portable proof) |
| 5 put back | rows above; \`packages/log/src/recover.test.ts\`, \`test/mirror.test.ts\` |
| 6 torn writes | \`npm run faults\`; \`packages/log/test/power-cut.test.ts\`, \`packages/log/test/kill.test.ts\`, \`test/crash.test.ts\` |
| 7 clocks | \`packages/log/src/recover.test.ts\`, \`packages/log/src/log.test.ts\` |
| 8 keys | rows above; \`packages/log/src/key-change.test.ts\`, \`packages/merkle/src/formats.test.ts\`, \`packages/merkle/src/witness.test.ts\` (keys that are none, names, cosigners) |
| 9 sources | table above; \`packages/server/src/chain/source-chains.test.ts\`, \`test/source-chain.test.ts\` |
| 10 retention and erasure | \`packages/log/src/prune/prune.test.ts\`, \`packages/log/src/mirror/pruned.test.ts\` |
`;
}
