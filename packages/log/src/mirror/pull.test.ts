// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { memorySource } from "../../test/memory-source.js";
import { expectWhole, newDir, NOW, open, removeDirs, run } from "../../test/mirror-bench.js";
import { LogError } from "../error.js";
import { createSigner } from "../keys.js";
import { pull } from "./pull.js";
import { MirrorStore } from "./store.js";

afterEach(removeDirs);

describe("pull", () => {
  it.each([0, 1, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 65_800])(
    "a whole log of %i",
    async (size) => {
      const [dir, source] = [newDir(), memorySource(size)];
      expect(await run(dir, source)).toEqual({ before: 0, size, absent: 0, finished: true });
      await expectWhole(dir, source);
    },
  );

  it("follows growth from any size to any size, and fetches no full bundle twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 5 }),
        async (steps) => {
          const [dir, source] = [newDir(), memorySource(0)];
          for (const step of steps) {
            source.grow(step);
            source.requests.bundle = 0;
            const { before, size } = await run(dir, source);
            const bundles = size === before ? 0 : Math.ceil(size / 256) - Math.floor(before / 256);
            expect(source.requests.bundle).toBe(bundles);
            await expectWhole(dir, source);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it("leaves no partial file beside a full one, and has its key and everything else private", async () => {
    const [dir, source] = [newDir(), memorySource(100)];
    await run(dir, source);
    source.grow(100);
    await run(dir, source);
    const entries = path.join(dir, "tlog/tile/entries");
    expect(readdirSync(entries, { recursive: true }).map(String).toSorted()).toEqual([
      "000.p",
      "000.p/100",
      "000.p/200",
    ]);
    source.grow(100);
    await run(dir, source);
    expect(readdirSync(entries, { recursive: true }).map(String).toSorted()).toEqual([
      "000",
      "001.p",
      "001.p/44",
    ]);
    expect(statSync(path.join(dir, "keys/cosigner.key")).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it("cosigns an unchanged checkpoint again only after a while, and never with an earlier time", async () => {
    const [dir, source] = [newDir(), memorySource(3)];
    const store = await open(dir, source);
    const seen = async (now: number): Promise<number | undefined> => {
      await pull({ store, source, now: () => now });
      return store.held?.seen;
    };
    const start = NOW / 1000;
    expect(await seen(NOW)).toBe(start);
    expect(await seen(NOW + 200_000)).toBe(start);
    expect(await seen(NOW + 400_000)).toBe(start + 400);
    source.grow(1);
    expect(await seen(NOW - 9_000_000)).toBe(start + 400);
    await store.close();
  });

  it("stops between bundles, keeps what it has, and shows none of it", async () => {
    const [dir, source] = [newDir(), memorySource(256 * 40)];
    const store = await open(dir, source);
    const stop = new AbortController();
    const options = { store, source, now: () => NOW, signal: stop.signal };
    const stopped = await pull({ ...options, onProgress: ({ done }) => done > 256 * 20 && stop.abort() });
    expect(stopped).toEqual({ before: 0, size: 0, absent: 0, finished: false });
    expect(existsSync(path.join(dir, "tlog/checkpoint"))).toBe(false);
    await store.close();
    source.requests.bundle = 0;
    await run(dir, source);
    expect(source.requests.bundle).toBeLessThan(21);
    await expectWhole(dir, source);
  });

  it("refuses a second process, another log's key, and a directory that is not its own", async () => {
    const [dir, source] = [newDir(), memorySource(3)];
    const store = await open(dir, source);
    await expect(MirrorStore.open({ dir })).rejects.toMatchObject({ code: "locked" });
    const vkey = createSigner("example.com/other").signer.vkey;
    await expect(store.setPin({ ...store.pin, vkey })).rejects.toMatchObject({ code: "key_invalid" });
    await store.close();
    const other = newDir();
    await run(other, source);
    writeFileSync(path.join(other, "format"), "telltale-mirror 2\n");
    await expect(MirrorStore.open({ dir: other })).rejects.toMatchObject({ code: "newer_format" });
    writeFileSync(path.join(other, "format"), "telltale-data 1\n");
    await expect(MirrorStore.open({ dir: other })).rejects.toMatchObject({ code: "bad_format" });
  });
});

describe("a mirror that was changed", () => {
  it("says so when it is opened, where the newest events are concerned, and pulls nothing on top", async () => {
    for (const file of [
      "tlog/checkpoint",
      "tlog/tile/0/001.p/44",
      "tlog/tile/entries/001.p/44",
      "mirror.json",
    ]) {
      const [dir, source] = [newDir(), memorySource(300)];
      await run(dir, source);
      const bytes = readFileSync(path.join(dir, file));
      bytes[60] = (bytes[60] as number) ^ 1;
      writeFileSync(path.join(dir, file), bytes);
      await expect(run(dir, source), file).rejects.toBeInstanceOf(LogError);
    }
  });
});
