// SPDX-License-Identifier: Apache-2.0
// Appends until it is killed. For each acknowledged batch it writes `first n n n …` to a file: its index and the
// numbers of its lines. What was written to a file survives the kill.
import { randomInt } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { hashLeaves, openLog, splitLines } from "@telltale/log";

const [, , dataDir = "", from = "0", answers = ""] = process.argv;
const answersFd = openSync(answers, "a");
let next = Number(from);

const log = await openLog({
  dataDir,
  create: { originName: "example.com/kill" },
  segmentBytes: 60_000,
  onFatal: (error) => {
    throw error;
  },
});
writeSync(1, `open ${log.size}\n`);

async function appendForEver(): Promise<void> {
  for (;;) {
    const numbers = Array.from({ length: randomInt(1, 60) }, () => next++);
    const lines = splitLines(
      Buffer.from(numbers.map((n) => `{"n":${n},"pad":"${"x".repeat(40)}"}\n`).join("")),
    );
    const { first } = await log.append({ ...lines, leafHashes: hashLeaves(lines) });
    writeSync(answersFd, `${first} ${numbers.join(" ")}\n`);
  }
}

await Promise.all([appendForEver(), appendForEver(), appendForEver()]);
