// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Spool } from "./spool.js";

let folder: string;
let spool: Spool;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "telltale-spool-"));
  spool = new Spool(path.join(folder, "lines.ndjson"), 7);
});

afterEach(async () => {
  await spool.discard();
  await rm(folder, { recursive: true, force: true });
});

const line = (i: number) => Buffer.from(`{"n":${i},"pad":"${"x".repeat(700_000)}"}\n`);

/** True when the file is exactly these lines. */
async function holds(lines: number[]): Promise<boolean> {
  return Buffer.concat(lines.map(line)).equals(await readFile(spool.file));
}

describe("Spool", () => {
  test("holds what it was given, in order", async () => {
    for (let i = 0; i < 5; i++) await spool.append(line(i), 1);
    await spool.finish();
    expect(await holds([0, 1, 2, 3, 4])).toBe(true);
    expect(spool.next).toBe(12);
  });

  test("holds it once when it is finished while lines are being written", async () => {
    const appended = [0, 1, 2, 3, 4].map((i) => spool.append(line(i), 1));
    await Promise.all([...appended, spool.finish()]);
    expect(await holds([0, 1, 2, 3, 4])).toBe(true);
  });

  test("keeps lines that could not be written for the next try", async () => {
    spool = new Spool(path.join(folder, "later", "lines.ndjson"), 0);
    await expect(spool.append(Buffer.concat([line(0), line(1)]), 2)).rejects.toThrow("ENOENT");
    await mkdir(path.join(folder, "later"));
    await spool.append(line(2), 1);
    await spool.finish();
    expect(await holds([0, 1, 2])).toBe(true);
  });

  test("takes its file away", async () => {
    await spool.append(line(0), 1);
    await spool.finish();
    await spool.discard();
    await expect(stat(spool.file)).rejects.toThrow("ENOENT");
    await spool.discard();
  });
});
