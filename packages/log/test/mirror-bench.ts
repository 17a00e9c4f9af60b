// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { expect } from "vitest";
import type { FileSystem } from "../src/fs.js";
import { verifyMirror } from "../src/mirror/check.js";
import { type Pulled, pull } from "../src/mirror/pull.js";
import { MirrorStore } from "../src/mirror/store.js";
import type { MemorySource } from "./memory-source.js";

const dirs: ReturnType<typeof tempDir>[] = [];

/** For `afterEach`. */
export function removeDirs(): void {
  for (const dir of dirs.splice(0)) dir.dispose();
}

/** A directory that is not there yet. */
export function newDir(): string {
  const dir = tempDir("mirror", true);
  dirs.push(dir);
  return path.join(dir.path, "m");
}

export const NOW = Date.UTC(2026, 10, 22);

/** The mirror, with the key of the source pinned. */
export async function open(dir: string, source: MemorySource, fs?: FileSystem): Promise<MirrorStore> {
  const store = await MirrorStore.open({ dir, ...(fs && { fs }) });
  if (store.isPinned) return store;
  try {
    const pin = {
      vkey: source.signer.vkey,
      pinned: "given" as const,
      source: "test",
      since: NOW,
      absent: [],
    };
    await store.setPin(pin);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** One run of the program: open, pull once, close. */
export async function run(dir: string, source: MemorySource, fs?: FileSystem): Promise<Pulled> {
  const store = await open(dir, source, fs);
  try {
    return await pull({ store, source, now: () => NOW });
  } finally {
    await store.close();
  }
}

/** The mirror holds all that the source has, and nothing is wrong with it. */
export async function expectWhole(dir: string, source: MemorySource): Promise<void> {
  const verdict = await verifyMirror({ dir });
  const expected = { verdict: source.lines.length === 0 ? "unverifiable" : "intact", findings: [] };
  expect(verdict).toMatchObject({ ...expected, size: source.lines.length, checked: source.lines.length });
  const checkpoint = readFileSync(path.join(dir, "tlog/checkpoint"), "utf8");
  expect(checkpoint.startsWith((await source.checkpoint()).toString())).toBe(true);
  expect(checkpoint.split("\n").filter((line) => line.startsWith("\u2014"))).toHaveLength(2);
}
