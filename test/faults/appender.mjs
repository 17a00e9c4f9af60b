// SPDX-License-Identifier: Apache-2.0
// A program with a log, for faults that come from the kernel. Appends a fixed course of batches and says on its standard output what
// it was told: `open <size>`, `ack <first> <n> <n> …`, `refused <code> <n> …`, `fatal`, `done`. It goes on after a refusal, so that an
// acknowledgement after a failure would be seen. `--full` lets a ballast file go when the disk is full.
import { rmSync, writeFileSync, writeSync } from "node:fs";
import { hashLeaves, LogError, openLog, splitLines } from "@telltale/log";

const [, , dataDir, from, ballast] = process.argv;
const say = (text) => writeSync(1, `${text}\n`);
let next = Number(from);

const log = await openLog({
  dataDir,
  create: { originName: "example.com/faults" },
  segmentBytes: 12_000,
  onFatal: (error) => say(`fatal ${error.code ?? error.name}`),
});
say(`open ${log.size}`);

async function append(count) {
  const numbers = Array.from({ length: count }, () => next++);
  const text = numbers.map((n) => `{"n":${n},"pad":"${"x".repeat(40)}"}\n`).join("");
  const lines = splitLines(Buffer.from(text));
  say(`try ${numbers.join(" ")}`);
  try {
    const { first } = await log.append({ ...lines, leafHashes: hashLeaves(lines) });
    say(`ack ${first} ${numbers.join(" ")}`);
    return true;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    say(`refused ${error.code} ${numbers.join(" ")}`);
    return false;
  }
}

/** Let what runs in the background get on. */
const rest = () => new Promise((resolve) => setTimeout(resolve, 15));

async function course() {
  for (const count of [1, 90, 200, 30, 120, 80, 5]) {
    await append(count);
    await rest();
  }
  await Promise.all([append(10), append(60), append(3)]);
}

async function fillDisk() {
  writeFileSync(ballast, Buffer.alloc(400_000));
  let count = 0;
  while ((await append(300)) && count < 1000) count++;
  // Something smaller may still fit; what is refused leaves no trace.
  for (const size of [100, 30, 1, 1]) await append(size);
  rmSync(ballast);
  for (const size of [100, 300]) if (!(await append(size))) say("still full");
}

await (ballast === undefined ? course() : fillDisk());
await rest();
await log.close();
say("done");
