// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { hashLeaves, openLog, splitLines, verifyLog } from "@telltale/log";
import { tempDir } from "@telltale/testkit";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createInlineCompressor, createThreadCompressor } from "../src/zstd/compressor.js";

const ROUNDS = 22;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
// Inside the repository, so that the bundle finds the one package that it does not contain.
const built = here(`../dist/kill-test-${process.pid}/`);

/** The child and the compressor thread, built as they are for users. */
beforeAll(async () => {
  const bundle = await rolldown({
    input: { child: here("./kill-child.ts"), worker: here("../src/zstd/worker.ts") },
    platform: "node",
    resolve: { conditionNames: ["telltale-source", "node", "import", "default"] },
    external: ["@foxglove/wasm-zstd"],
  });
  await bundle.write({ dir: built, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name].js" });
  await bundle.close();
}, 60_000);

afterAll(() => rmSync(built, { recursive: true, force: true }));

/** Run the child and kill it a moment after it has opened the log; its acknowledgements. */
async function runAndKill(dataDir: string, from: number, acknowledged: Map<number, number>): Promise<number> {
  const answers = `${dataDir}.answers`;
  const child = spawn(process.execPath, [`${built}/child.js`, dataDir, `${from}`, answers], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [hello] = (await once(child.stdout, "data")) as [Buffer];
  expect(hello.toString()).toMatch(/^open [0-9]+\n$/);
  await setTimeout(randomInt(20, 200));
  child.kill("SIGKILL");
  await once(child, "close");
  let highest = from;
  for (const line of readFileSync(answers, "utf8").split("\n").slice(0, -1)) {
    const [first = 0, ...numbers] = line.split(" ").map(Number);
    for (const [i, n] of numbers.entries()) {
      expect(acknowledged.has(first + i)).toBe(false);
      acknowledged.set(first + i, n);
      highest = Math.max(highest, n + 1);
    }
  }
  rmSync(answers);
  return highest + 10_000; // numbers that may have been in flight are not used again
}

it("the compressor thread gives what the calling thread gives, and says what is damaged", async () => {
  const thread = createThreadCompressor(pathToFileURL(`${built}/worker.js`));
  const inline = createInlineCompressor();
  const raw = Buffer.from(Array.from({ length: 2000 }, (_, i) => `{"n":${i}}\n`).join(""));
  const frame = await thread.compress(raw);
  expect(frame.equals(await inline.compress(raw))).toBe(true);
  expect((await thread.hash(frame, 1 << 20)).equals(hashLeaves(splitLines(raw)))).toBe(true);
  await expect(thread.hash(frame.subarray(0, -1), 1 << 20)).rejects.toMatchObject({ code: "damaged" });
  await expect(thread.hash(frame, 100)).rejects.toMatchObject({ code: "damaged" });
  const left = thread.hash(frame, 1 << 20);
  await thread.close();
  // The answer may have come just in time; whoever waits is told in any case, and whoever asks later, too.
  const [last] = await Promise.allSettled([left]);
  if (last?.status === "rejected") expect(last.reason).toMatchObject({ code: "io" });
  await expect(thread.hash(frame, 1 << 20)).rejects.toMatchObject({ code: "io" });
});

it("kill -9, 22 times: all that was acknowledged is there exactly once and the log verifies", async () => {
  const dir = tempDir("kill");
  const acknowledged = new Map<number, number>();
  let from = 0;
  for (let round = 0; round < ROUNDS; round++) {
    from = await runAndKill(dir.path, from, acknowledged);
    const verdict = await verifyLog({ dataDir: dir.path });
    expect({ round, verdict: verdict.verdict, findings: verdict.findings }).toEqual({
      round,
      verdict: verdict.size === 0 ? "unverifiable" : "intact",
      findings: [],
    });
  }
  const log = await openLog({ dataDir: dir.path, onFatal: () => undefined });
  const seen: number[] = [];
  while (seen.length < log.size) {
    const { bytes } = await log.read(seen.length, log.size);
    for (const line of bytes.toString().trimEnd().split("\n"))
      seen.push((JSON.parse(line) as { n: number }).n);
  }
  expect(acknowledged.size).toBeGreaterThan(ROUNDS);
  for (const [index, n] of acknowledged) expect(seen[index]).toBe(n);
  expect(new Set(seen).size).toBe(seen.length);
  await log.close();
  expect((await verifyLog({ dataDir: dir.path })).verdict).toBe("intact");
  dir.dispose();
}, 180_000);
