// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TestLog } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifyLog } from "./verify.js";

let test: TestLog;
let files: string[];

/** One compressed segment of 256 events, an open one, tiles of two levels, a published checkpoint. */
beforeAll(async () => {
  test = await TestLog.create({ segmentBytes: 4_000 });
  await test.appendOnly(256, 24);
  await test.appendOnly(20, 24);
  await test.compressed();
  await test.close();
  await test.checkDirectory();
  files = readdirSync(test.dir.path, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(path.join(test.dir.path, file)).isFile(),
  );
});

afterAll(() => test.dispose());

async function flipped(
  file: string,
  offset: number,
  bit: number,
): Promise<Awaited<ReturnType<typeof verifyLog>>> {
  const full = path.join(test.dir.path, file);
  const before = readFileSync(full);
  const after = Buffer.from(before);
  after[offset] = (after[offset] as number) ^ (1 << bit);
  writeFileSync(full, after);
  const verdict = await verifyLog({ dataDir: test.dir.path });
  writeFileSync(full, before);
  return verdict;
}

function lineStarts(file: string): number[] {
  const bytes = readFileSync(path.join(test.dir.path, file));
  const starts = [0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

describe("one bit changed", { timeout: 120_000 }, () => {
  it("has every kind of file to change", () => {
    expect(files.map((file) => path.basename(file)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "000",
      "00000000000000000000.ndjson.zst",
      "00000000000000000000.ndjson.zst.idx",
      "00000000000000000256.ndjson",
      "1",
      "20",
      "checkpoints",
      "format",
      "main",
      "main.key",
      "main.vkey",
    ]);
  });

  it("in any byte of the open segment is found and named by its event", async () => {
    const file = files.find((name) => name.endsWith("256.ndjson")) as string;
    const starts = lineStarts(file);
    for (let offset = 0; offset < (starts.at(-1) as number); offset++) {
      const verdict = await flipped(file, offset, offset % 8);
      const line = starts.findLastIndex((start) => start <= offset);
      expect({ offset, verdict: verdict.verdict, firstBad: verdict.firstBad }).toEqual({
        offset,
        verdict: "tampered",
        firstBad: 256 + line,
      });
    }
  });

  it("in any byte of the compressed segment is found, or unpacks to the same events", async () => {
    const file = files.find((name) => name.endsWith(".zst")) as string;
    const { size } = statSync(path.join(test.dir.path, file));
    let irrelevant = 0;
    for (let offset = 0; offset < size; offset++) {
      const { verdict, firstBad = 0 } = await flipped(file, offset, offset % 8);
      if (verdict === "intact") irrelevant += 1; // it unpacks to the same events, and they were all hashed
      expect({ offset, verdict, inside: firstBad < 256 }).toEqual({
        offset,
        verdict: expect.stringMatching(/^(tampered|intact)$/) as string,
        inside: true,
      });
    }
    expect(irrelevant).toBeLessThan(size / 20);
  });

  it("in any hash of a tile is found and named by the first event below that hash", async () => {
    const tile = files.find((name) => name.endsWith("tile/0/000")) as string;
    for (let offset = 0; offset < 8192; offset += 33) {
      const verdict = await flipped(tile, offset, offset % 8);
      expect({ offset, firstBad: verdict.firstBad, verdict: verdict.verdict }).toEqual({
        offset,
        firstBad: Math.floor(offset / 32),
        verdict: "tampered",
      });
    }
    for (const name of files.filter((file) => file.includes(".p/"))) {
      const base = name.includes("tile/0/") ? 256 : 0; // the hash of level 1 covers the first 256 events
      const { size } = statSync(path.join(test.dir.path, name));
      for (let offset = 0; offset < size; offset += 3) {
        const verdict = await flipped(name, offset, offset % 8);
        expect(verdict).toMatchObject({ verdict: "tampered", firstBad: base + Math.floor(offset / 32) });
      }
    }
  });

  it("in any byte of head store, checkpoints, frame index, keys or format is found", async () => {
    const names = ["head/main", "checkpoints", ".idx", "main.key", "main.vkey", "format"];
    for (const file of files.filter((name) => names.some((end) => name.endsWith(end)))) {
      const { size } = statSync(path.join(test.dir.path, file));
      // The head store is mostly padding: its written part fully, the zeros by sample.
      const step = (offset: number): number => (size === 8192 && offset % 4096 > 560 ? 97 : 1);
      for (let offset = 0; offset < size; offset += step(offset)) {
        const verdict = await flipped(file, offset, offset % 8);
        expect({ file, offset, intact: verdict.verdict === "intact" }).toEqual({
          file,
          offset,
          intact: false,
        });
      }
    }
  });
});
