// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MerkleError } from "./error.js";
import { nodeCrypto } from "./node.js";
import { isQuorum, MAX_POLICY_BYTES, parsePolicy, policyOfAll } from "./policy.js";
import { formatVkey, toKeyId } from "./vkey.js";

function vkeyOf(name: string, type: number): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12);
  return formatVkey({ name, keyId: toKeyId(nodeCrypto, name, type, raw), type, publicKey: raw });
}

const LOG = vkeyOf("example.com/log", 1);
const W = Array.from({ length: 6 }, (_, i) => vkeyOf(`example.com/w${i}`, 4));
const parse = (text: string) => parsePolicy(nodeCrypto, Buffer.from(text));

function problem(text: string | Uint8Array): string {
  try {
    parsePolicy(nodeCrypto, Buffer.from(text));
    return "accepted";
  } catch (error) {
    if (error instanceof MerkleError && error.code === "bad_policy") return error.message;
    throw error;
  }
}

const EXAMPLE = `# whom we believe
log ${LOG} https://log.example.com/

\twitness X1 ${W[0]} https://w0.example.com
witness X2  ${W[1]}
witness X3\t${W[2]}  \n
  # two of them
group X-witnesses 2 X1 X2 X3
witness Y1 ${W[3]}
witness Y2 ${W[4]}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe("a policy", () => {
  it("is read as the specification's example", () => {
    const policy = parse(EXAMPLE);
    expect(policy.logs.map(({ key, url }) => [key.name, url])).toEqual([
      ["example.com/log", "https://log.example.com/"],
    ]);
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ["X1", "https://w0.example.com"],
      ["X2", undefined],
      ["X3", undefined],
      ["Y1", undefined],
      ["Y2", undefined],
    ]);
    const met = (...names: string[]) => isQuorum(policy.quorum, ({ name }) => names.includes(name));
    expect(met("X1", "X3", "Y2")).toBe(true);
    expect(met("X1", "X2", "X3", "Y1", "Y2")).toBe(true);
    expect(met("X1", "Y1", "Y2")).toBe(false);
    expect(met("X1", "X2", "X3")).toBe(false);
    expect(met()).toBe(false);
  });

  it("may want nobody, or everybody", () => {
    expect(isQuorum(parse("quorum none\n").quorum, () => false)).toBe(true);
    const { witnesses } = parse(EXAMPLE);
    const all = policyOfAll(witnesses);
    expect(isQuorum(all.quorum, () => true)).toBe(true);
    expect(isQuorum(all.quorum, ({ name }) => name !== "Y2")).toBe(false);
    expect(isQuorum(policyOfAll([]).quorum, () => false)).toBe(true);
  });

  it("keeps names apart that only look alike", () => {
    const kelvin = parse(`witness K ${W[0]}\nwitness \u212a ${W[1]}\nquorum \u212a\n`);
    expect(isQuorum(kelvin.quorum, ({ name }) => name === "K")).toBe(false);
    expect(isQuorum(kelvin.quorum, ({ name }) => name === "\u212a")).toBe(true);
    const octets = Buffer.concat([
      Buffer.from("witness "),
      Buffer.of(0xe9),
      Buffer.from(` ${W[0]}\nwitness \u00e9 ${W[1]}\nquorum \u00e9\n`),
    ]);
    const [broken, whole] = parsePolicy(nodeCrypto, octets).witnesses;
    const { quorum } = parsePolicy(nodeCrypto, octets);
    expect(isQuorum(quorum, ({ key }) => key.keyId === broken?.key.keyId)).toBe(false);
    expect(isQuorum(quorum, ({ key }) => key.keyId === whole?.key.keyId)).toBe(true);
  });

  it("holds 32 of each, and says with the line what it does not take", () => {
    const many = Array.from({ length: 40 }, (_, i) => vkeyOf(`w${i}`, 4));
    const lines = many.map((vkey, i) => `witness w${i} ${vkey}\ngroup g${i} any w${i}\n`).join("");
    expect(problem(`${lines}quorum g39\n`)).toBe("accepted");
    const w0 = `witness a ${W[0]}\n`;
    const w1 = `witness b ${W[1]}\n`;
    const cases: [string | Uint8Array, RegExp][] = [
      ["", /no quorum/],
      ["quorum none", /newline/],
      ["quorum none\r\n", /control/],
      ["quorum none\nquorum none\n", /line 2: a second/],
      ["quorum\n", /defines/],
      ["quorum none none\n", /one name/],
      [`${w0}quorum b\n`, /line 2: a name that no line above/],
      [`quorum a\n${w0}`, /line 1/],
      [`${w0}${w0}`, /line 2: the same public key/],
      [`${w0}witness a ${W[1]}\n`, /line 2: a name that is defined/],
      [`witness none ${W[0]}\n`, /none/],
      [`witness a ${LOG}\n`, /type/],
      [`log ${W[0]}\n`, /type/],
      [`log ${LOG}\nlog ${LOG}\n`, /same public key/],
      ["witness a\n", /line 1/],
      [`witness a ${W[0]} https://x y\n`, /more than/],
      [`${w0}group g any\nquorum g\n`, /without members/],
      [`${w0}group g 2 a\n`, /from 1 to 1/],
      [`${w0}group g 0 a\n`, /from 1/],
      [`${w0}group g 01 a\n`, /any, all or a number/],
      [`${w0}group g some a\n`, /any, all or a number/],
      [`${w0}group g any none\n`, /defines/],
      [`${w0}group g any g\n`, /defines/],
      [`${w0}group g any a a\n`, /counts already/],
      [`${w0}${w1}group g any a b\ngroup h any a\n`, /counts already/],
      ["witnesses a\n", /none of/],
      [Buffer.of(0x71, 0x00, 0x0a), /control/],
      [Buffer.alloc(MAX_POLICY_BYTES + 1, 0x20), /longer/],
    ];
    for (const [text, expected] of cases) expect(problem(text)).toMatch(expected);
  });

  it("never throws anything but its own error", () => {
    const piece = fc.constantFrom(
      "log",
      "witness",
      "group",
      "quorum",
      "any",
      "all",
      "1",
      "a",
      "b",
      " ",
      "\n",
      "#",
      LOG,
      W[0] ?? "",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => void problem(pieces.join(" "))),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void problem(bytes)));
  });
});

/** By the letter of the specification: which names have witnessed, line by line. */
function evaluate(text: string, cosigned: ReadonlySet<string>): boolean {
  const witnessed = new Set(cosigned);
  for (const line of text.split("\n")) {
    const [keyword, name = "", count = "", ...members] = line.split(" ");
    if (keyword === "quorum") return name === "none" || witnessed.has(name);
    if (keyword !== "group") continue;
    const present = members.filter((member) => witnessed.has(member)).length;
    const needed = count === "any" ? 1 : count === "all" ? members.length : Number(count);
    if (present >= needed) witnessed.add(name);
  }
  throw new Error("no quorum line");
}

/** A policy of up to six witnesses in random groups, as its text. */
const policyText = fc
  .record({
    witnesses: fc.integer({ min: 1, max: 6 }),
    groups: fc.array(fc.record({ take: fc.integer({ min: 1, max: 4 }), kind: fc.nat(9), at: fc.nat(99) }), {
      maxLength: 5,
    }),
    quorum: fc.nat(99),
  })
  .map(({ witnesses, groups, quorum }) => {
    const names = Array.from({ length: witnesses }, (_, i) => `w${i}`);
    const lines = names.map((name, i) => `witness ${name} ${W[i]}`);
    const free = [...names];
    groups.forEach(({ take, kind, at }, i) => {
      if (free.length === 0) return;
      const start = at % free.length;
      const members = free.splice(start, take);
      const count = kind < 2 ? "any" : kind < 4 ? "all" : String(1 + (kind % members.length));
      lines.push(`group g${i} ${count} ${members.join(" ")}`);
      free.push(`g${i}`);
      names.push(`g${i}`);
    });
    return `${lines.join("\n")}\nquorum ${names[quorum % names.length]}\n`;
  });

describe("the quorum", () => {
  it("is what a textbook evaluation finds, for every set of witnesses", () => {
    fc.assert(
      fc.property(policyText, (text) => {
        const policy = parse(text);
        const names = policy.witnesses.map(({ name }) => name);
        for (let bits = 0; bits < 2 ** names.length; bits++) {
          const set = new Set(names.filter((_, i) => (bits >> i) & 1));
          expect(
            isQuorum(policy.quorum, ({ name }) => set.has(name)),
            `${[...set].join()} of\n${text}`,
          ).toBe(evaluate(text, set));
        }
      }),
      { numRuns: 200 },
    );
  });
});
