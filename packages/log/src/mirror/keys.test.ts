// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { FaultFs } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { MemorySource, memorySource } from "../../test/memory-source.js";
import { newDir, open, removeDirs, run } from "../../test/mirror-bench.js";
import { createSigner } from "../keys.js";
import { readMirror, verifyMirror } from "./check.js";
import { MirrorError } from "./error.js";
import { pull } from "./pull.js";

afterEach(removeDirs);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "accepted";
  } catch (error) {
    if (error instanceof MirrorError) return error.code;
    throw error;
  }
}

/** A copy of a log as it is now, under the same keys, that goes its own way. */
function fork(source: MemorySource): MemorySource {
  return new MemorySource([...source.lines], source.signer);
}

const prepare = async (): Promise<[string, MemorySource]> => {
  const [dir, source] = [newDir(), memorySource(20)];
  await run(dir, source);
  await source.changeKey();
  source.grow(5);
  return [dir, source];
};
const attempt = async (dir: string, source: MemorySource, fs: FaultFs): Promise<void> => {
  const store = await open(dir, source, fs);
  try {
    await pull({ store, source, now: () => 1_795_000_000_000 });
  } finally {
    await store.close();
  }
};

describe("a mirror whose log changes its key", () => {
  it("follows one change and several, and verifies with any of the keys", async () => {
    const [dir, source] = [newDir(), memorySource(300)];
    const first = source.signer.vkey;
    await run(dir, source);
    await source.changeKey();
    await run(dir, source);
    source.grow(10);
    expect(await run(dir, source)).toMatchObject({ before: 301, size: 311 });
    for (let i = 0; i < 3; i++) {
      await source.changeKey();
      source.grow(200);
    }
    expect(await run(dir, source)).toMatchObject({ size: 914 });
    const state = await readMirror(dir);
    expect(state.pin.vkey).toBe(first);
    expect(state.logKeys).toHaveLength(5);
    for (const vkey of [undefined, first, source.signer.vkey])
      expect(await verifyMirror({ dir, ...(vkey && { vkey }) })).toMatchObject({
        verdict: "intact",
        size: 914,
      });
    const foreign = createSigner(source.signer.origin).signer.vkey;
    expect((await verifyMirror({ dir, vkey: foreign })).verdict).toBe("unverifiable");
  });

  it("follows without any new event, and begins with a log that changed its key before", async () => {
    const [dir, source] = [newDir(), memorySource(5)];
    await run(dir, source);
    await source.changeKey();
    await run(dir, source);
    source.sign(); // the same tree, signed with the new key alone, as after a restart
    expect(await run(dir, source)).toMatchObject({ before: 6, size: 6 });
    expect((await verifyMirror({ dir })).verdict).toBe("intact");
    const late = newDir();
    await run(late, source);
    expect((await verifyMirror({ dir: late })).verdict).toBe("intact");
  });

  it("refuses another key that nobody introduced, whatever history comes with it", async () => {
    const [dir, source] = [newDir(), memorySource(40)];
    await run(dir, source);
    const thief = new MemorySource([...source.lines], createSigner(source.signer.origin).signer);
    thief.grow(3);
    expect(await codeOf(run(dir, thief))).toBe("wrong_key");
    // With the real history of another time, or of the thief's own keys.
    const copy = fork(source);
    await copy.changeKey();
    for (const keys of [copy, thief, undefined]) {
      const liar = Object.assign(new MemorySource([...thief.lines], thief.signer), {
        keys: async () => keys?.keys() ?? Buffer.from("{}"),
      });
      expect(await codeOf(run(dir, liar))).toBe("wrong_key");
    }
    expect(await run(dir, source)).toMatchObject({ size: 40 });
    expect(existsSync(path.join(dir, "tlog", "keys"))).toBe(false);
  });

  it("does not follow a thief of the old key into another history", async () => {
    const [dir, source] = [newDir(), memorySource(40)];
    await run(dir, source);
    const stolen = fork(source);
    await source.changeKey();
    source.grow(20);
    await run(dir, source);
    stolen.lines[7] = "{}";
    await stolen.changeKey();
    stolen.grow(60);
    // The key was changed already: what the thief shows is not what the mirror knows.
    expect(await codeOf(run(dir, stolen))).toBe("wrong_key");
    // Before the mirror knows of the change it is the tree that tells.
    const early = newDir();
    const honest = memorySource(40);
    await run(early, honest);
    const forged = fork(honest);
    forged.lines[7] = "{}";
    await forged.changeKey();
    forged.grow(5);
    expect(await codeOf(run(early, forged))).toBe("forked");
    expect(existsSync(path.join(early, "tlog", "keys"))).toBe(false);
  });

  it("takes nothing from the old key beyond its time", async () => {
    const [dir, source] = [newDir(), memorySource(40)];
    await run(dir, source);
    const stolen = fork(source);
    await source.changeKey();
    source.grow(20);
    await run(dir, source);
    stolen.lines = [...source.lines];
    stolen.grow(30);
    expect(await codeOf(run(dir, stolen))).toBe("wrong_key");
  });

  it("finds a damaged or removed history", async () => {
    const [dir, source] = [newDir(), memorySource(40)];
    await run(dir, source);
    await source.changeKey();
    source.grow(20);
    await run(dir, source);
    const file = path.join(dir, "tlog", "keys");
    const good = readFileSync(file);
    writeFileSync(file, good.subarray(0, -20));
    expect((await verifyMirror({ dir })).verdict).toBe("tampered");
    await expect(open(dir, source)).rejects.toMatchObject({ code: "damaged" });
    rmSync(file);
    expect((await verifyMirror({ dir })).verdict).toBe("tampered");
    writeFileSync(file, good);
    expect((await verifyMirror({ dir })).verdict).toBe("intact");
  });

  it("comes through a fault at every call", async () => {
    const [dir, source] = await prepare();
    const counting = new FaultFs();
    await attempt(dir, source, counting);
    for (let at = 0; at < counting.calls.length; at++) {
      for (const mode of ["lost", "done", "half"] as const) {
        const [one, log] = await prepare();
        await attempt(one, log, new FaultFs({ at, mode })).catch(() => undefined);
        expect((await verifyMirror({ dir: one })).verdict).toBe("intact");
        await run(one, log);
        expect(await verifyMirror({ dir: one })).toMatchObject({ verdict: "intact", size: 26 });
      }
    }
  });
});
