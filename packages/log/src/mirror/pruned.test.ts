// SPDX-License-Identifier: Apache-2.0
// A mirror of a real log that prunes under certificates.
import { TestLog } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDir, NOW, removeDirs } from "../../test/mirror-bench.js";
import { LogError } from "../error.js";
import { verifyLog } from "../verify.js";
import { type Comparison, EventComparer, MirrorSide } from "./against.js";
import { readMirror, verifyMirror } from "./check.js";
import { type Pulled, pull } from "./pull.js";
import { readHeld } from "./read.js";
import type { MirrorSource } from "./source.js";
import { MirrorStore } from "./store.js";

let test: TestLog;
beforeEach(async () => {
  test = await TestLog.create({ segmentBytes: 4000 });
});
afterEach(async () => {
  await test.dispose();
  removeDirs();
});

const source: MirrorSource = {
  checkpoint: async () => Buffer.from(test.log.checkpoint().text),
  tile: (level, n, width) => test.log.tile(level, n, width),
  async bundle(n, width) {
    try {
      return await test.log.entryBundle(n, width);
    } catch (error) {
      if (error instanceof LogError && error.code === "pruned") return "pruned";
      throw error;
    }
  },
};

async function pullInto(dir: string): Promise<Pulled> {
  const store = await MirrorStore.open({ dir });
  try {
    if (!store.isPinned) {
      await store.setPin({ vkey: test.log.vkey, pinned: "given", source: "test", since: NOW, absent: [] });
    }
    return await pull({ store, source, now: () => NOW });
  } finally {
    await store.close();
  }
}

async function compare(dir: string): Promise<Comparison> {
  const comparer = new EventComparer(await MirrorSide.open(await readMirror(dir)));
  const { size } = await verifyLog({ dataDir: test.dir.path, onEvents: comparer.take });
  return comparer.finish(size);
}

async function countHeld(dir: string, first = 0, next = Number.MAX_SAFE_INTEGER): Promise<number> {
  let count = 0;
  for await (const { entries } of readHeld(await readMirror(dir), first, next)) count += entries.length;
  return count;
}

describe("a mirror of a log that prunes", () => {
  it("keeps what it held; one that came later holds the hashes, and the log's certificate says why", async () => {
    const [early, late] = [newDir(), newDir()];
    for (let i = 0; i < 5; i++) await test.appendOnly(200);
    await test.compressed();
    await pullInto(early);
    await test.prune(0, 512);
    await test.appendOnly(10);
    const size = test.log.size;
    expect(await pullInto(early)).toMatchObject({ size, absent: 0 });
    expect(await pullInto(late)).toMatchObject({ size, absent: 512 });
    expect(await verifyMirror({ dir: early })).toMatchObject({ verdict: "intact", checked: size });
    expect(await verifyMirror({ dir: late })).toMatchObject({
      verdict: "intact",
      checked: size - 512,
      pruned: [{ first: 0, next: 512 }],
      findings: [],
    });
    for (const dir of [early, late]) {
      expect(await compare(dir)).toEqual({ size, mirrorSize: size, relation: { kind: "same" } });
    }
    expect([await countHeld(early), await countHeld(late), await countHeld(late, 500, 600)]).toEqual([
      size,
      size - 512,
      88,
    ]);
    const [first] = (await readHeld(await readMirror(early), 0, 1).next()).value?.entries ?? [];
    expect(Buffer.from(first ?? "").toString()).toBe(test.acknowledged.get(0));
  });

  it("is behind a log that has grown since, and not different from it", async () => {
    const dir = newDir();
    await test.appendOnly(300);
    await pullInto(dir);
    await test.appendOnly(40);
    expect((await compare(dir)).relation).toEqual({ kind: "mirror_behind", count: 40 });
    await pullInto(dir);
    expect((await compare(dir)).relation).toEqual({ kind: "same" });
  });
});
