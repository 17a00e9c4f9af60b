// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, readFileSync, statSync, truncateSync, unlinkSync } from "node:fs";
import path from "node:path";
import { parseBundle } from "@telltale/merkle";
import { FaultFs, TestLog, toBatch } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { LogError } from "./error.js";
import { type FileSystem, nodeFileSystem } from "./fs.js";
import { openLog } from "./open.js";
import type { ClosedSegment } from "./types.js";
import { codeOf } from "../test/code-of.js";

let test: TestLog;

afterEach(() => test.dispose());

describe("append", () => {
  it("acknowledges in order, groups what is queued, tells followers once a batch", async () => {
    test = await TestLog.create();
    const seen: { first: number; count: number; tag: unknown }[] = [];
    const off = test.log.onCommit(({ first, count }, tag) => seen.push({ first, count, tag }));
    const heads = new Set<string>();
    const appended = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const result = await test.log.append(toBatch([`{"a":${i}}`, `{"b":${i}}`]), i);
        heads.add(test.log.checkpoint().text);
        return result;
      }),
    );
    expect(appended).toEqual(Array.from({ length: 50 }, (_, i) => ({ first: 2 * i, count: 2 })));
    expect(seen).toEqual(appended.map((result, tag) => ({ ...result, tag })));
    expect(heads.size).toBe(1); // queued in one turn: one commit, one signature
    expect(test.log.pending).toEqual({ events: 0, bytes: 0 });
    off();
  });

  it("writes the lines, then their fsync, then the head, then its fsync, before it answers", async () => {
    const fs = new FaultFs();
    test = await TestLog.create({ fs });
    await test.appendOnly(1);
    fs.calls.length = 0;
    await test.appendOnly(300);
    const writing = fs.calls.filter(({ call }) => call === "writev" || call === "fdatasync");
    const order = writing
      .map(({ call, path: file }) => `${call} ${path.basename(file)}`)
      // What was published of the first append may still be on its way to the disk: it is behind the answer.
      .filter((each) => !each.endsWith(" checkpoints"));
    expect(order.slice(0, 4)).toEqual([
      "writev 00000000000000000000.ndjson",
      "fdatasync 00000000000000000000.ndjson",
      "writev main",
      "fdatasync main",
    ]);
  });

  it("refuses batches that would break the log, and goes on", async () => {
    test = await TestLog.create();
    const good = toBatch(["{}", '{"a":1}']);
    const bad = [
      { ...good, count: 0 },
      { ...good, count: 3 },
      { ...good, ends: Uint32Array.of(2, good.bytes.length) },
      { ...good, leafHashes: good.leafHashes.subarray(32) },
      { ...good, leafHashes: Buffer.concat([good.leafHashes.subarray(32), good.leafHashes.subarray(0, 32)]) },
      { ...good, bytes: good.bytes.subarray(0, -1) },
      toBatch(["", "x"]),
      toBatch(["x".repeat(65_536)]),
      { ...toBatch(["a\nb"]), count: 1, ends: Uint32Array.of(4) },
      toBatch(["{}", '{"a":"\0"}']),
    ];
    for (const batch of bad) expect(await codeOf(test.log.append(batch))).toBe("bad_batch");
    expect(test.log.size).toBe(0);
    await test.append(1, 65_535);
  });

  it("a full disk refuses the batch, leaves no trace of it, and ends", async () => {
    let full = false;
    const fs = new FaultFs(undefined, {
      ...nodeFileSystem,
      writev: (fd, buffers, position, done) => {
        if (!full || (buffers[0]?.[0] ?? 0) !== 0x7b)
          return nodeFileSystem.writev(fd, buffers, position, done);
        // Half of it fits, as on a real disk.
        const half = Buffer.concat(buffers);
        nodeFileSystem.writev(fd, [half.subarray(0, half.length / 2)], position, () => {
          done(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }), 0);
        });
      },
    });
    test = await TestLog.create({ fs, segmentBytes: 4000 });
    await test.append(100);
    full = true;
    expect(await codeOf(test.log.append(toBatch(['{"refused":1}', '{"refused":2}'])))).toBe("disk_full");
    full = false;
    await test.append(200); // rolls over
    full = true;
    expect(
      await codeOf(test.log.append(toBatch(Array.from({ length: 300 }, (_, i) => `{"refused":${i}}`)))),
    ).toBe("disk_full");
    full = false;
    await test.append(300);
    expect(test.fatal).toEqual([]);
    await test.reopen();
  });

  it("after a failed fsync nothing is acknowledged any more, and the next start sorts it out", async () => {
    let broken = false;
    const lost = Object.assign(new Error("EIO: injected, fdatasync"), { code: "EIO" });
    // Every sync from then on: which of them is the publisher's, which only warns, depends on the speed of the disk.
    const fs: FileSystem = {
      ...nodeFileSystem,
      fdatasync: (fd, done) =>
        broken ? void setImmediate(() => done(lost)) : nodeFileSystem.fdatasync(fd, done),
    };
    test = await TestLog.create({ fs });
    for (let i = 0; i < 10; i++) await test.appendOnly(1);
    broken = true;
    expect(await codeOf(test.appendOnly(1))).toBe("log_failed");
    expect(test.fatal).toHaveLength(1);
    expect(await codeOf(test.log.append(toBatch(["{}"])))).toBe("log_failed");
    await test.close();
    await test.open({ fs: nodeFileSystem });
    await test.check();
  });

  it("stops before signing when the head store was changed underneath it", async () => {
    let tamper = false;
    test = await TestLog.create({
      fs: {
        ...nodeFileSystem,
        read: async (fd, buffer, position) => {
          const got = await nodeFileSystem.read(fd, buffer, position);
          if (tamper && buffer.length === 8192) buffer[100] = 0;
          return got;
        },
      },
    });
    await test.append(3);
    tamper = true;
    expect(await codeOf(test.appendOnly(3))).toBe("log_failed");
    expect(test.fatal[0]).toMatchObject({ code: "head_changed" });
    tamper = false;
    await test.reopen();
  });

  it.each([
    ["cut", (file: string) => truncateSync(file, statSync(file).size - 5)],
    ["written to", (file: string) => appendFileSync(file, "{}\n")],
    ["removed", (file: string) => unlinkSync(file)],
  ])("stops before it acknowledges anything more when the open segment was %s", async (_what, spoil) => {
    test = await TestLog.create();
    await test.append(3);
    spoil(test.log.segments()[0]!.path);
    expect(await codeOf(test.appendOnly(3))).toBe("log_failed");
    expect(test.fatal[0]).toMatchObject({ code: "segment_changed" });
    expect(test.log.size).toBe(3);
  });

  it("a follower that throws does not stop the log", async () => {
    test = await TestLog.create();
    test.log.onCommit(() => {
      throw new Error("follower");
    });
    await test.append(2);
    expect(test.warnings.map(({ message }) => message)).toEqual(["follower"]);
  });

  it("close waits for what is queued and refuses what comes after", async () => {
    test = await TestLog.create();
    const waiting = test.appendOnly(3);
    const { log } = test;
    const closing = log.close();
    expect(await codeOf(log.append(toBatch(["{}"])))).toBe("closed");
    await Promise.all([waiting, closing]);
    await test.reopen();
    expect(test.log.size).toBe(3);
  });
});

describe("segments", () => {
  it("close at multiples of 256 by size; followers get the plain file before it goes", async () => {
    test = await TestLog.create({ segmentBytes: 20_000 });
    const closed: ClosedSegment[] = [];
    const plainSizes: number[] = [];
    test.log.onSegmentClosed(async (segment) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      closed.push(segment);
      plainSizes.push(readFileSync(segment.path, "latin1").split("\n").length - 1);
    });
    for (let i = 0; i < 12; i++) await test.append(100 + i);
    await test.compressed();
    expect(closed.length).toBeGreaterThan(1);
    expect(plainSizes).toEqual(closed.map(({ count }) => count));
    const list = test.log.segments();
    expect(list.every(({ first }) => first % 256 === 0)).toBe(true);
    expect(list.filter((segment) => !segment.closed)).toHaveLength(1);
    expect(list.at(0)?.bytes).toBe(statSync(list.at(0)?.path ?? "").size);
    await test.reopen();
  });

  it("a compressed form that is not what was signed never takes the place of the plain one", async () => {
    let flips = 0;
    test = await TestLog.create({
      segmentBytes: 4000,
      fs: {
        ...nodeFileSystem,
        writev: (fd, buffers, position, done) => {
          const [first] = buffers;
          // A frame begins with zstd's magic number: one bit of what the disk gets is another.
          const isFrame = first !== undefined && first[0] === 0x28 && first[1] === 0xb5;
          const changed = isFrame ? [Buffer.from(first), ...buffers.slice(1)] : buffers;
          if (isFrame && changed[0] !== undefined) {
            const at = changed[0].length - 3;
            changed[0][at] = (changed[0][at] as number) ^ 1;
            flips += 1;
          }
          nodeFileSystem.writev(fd, changed, position, done);
        },
      },
    });
    await test.append(300);
    await test.append(300);
    await expect.poll(() => test.warnings.length).toBeGreaterThan(0);
    expect(flips).toBeGreaterThan(0);
    expect(test.warnings.every((error) => error instanceof LogError && error.code === "damaged")).toBe(true);
    expect(test.log.segments().every(({ path: file }) => file.endsWith(".ndjson"))).toBe(true);
    await test.reopen({ fs: nodeFileSystem });
    await test.compressed();
    await test.check();
  });

  it("close when the day changes, at the next multiple of 256", async () => {
    let now = Date.UTC(2026, 10, 22, 23, 59);
    test = await TestLog.create({ now: () => now });
    await test.append(10);
    now += 5 * 60_000;
    await test.append(10);
    expect(test.log.segments().map(({ first }) => first)).toEqual([0]);
    await test.append(300);
    await test.append(1);
    expect(test.log.segments().map(({ first }) => first)).toEqual([0, 256]);
    await test.append(300);
    expect(test.log.segments()).toHaveLength(2);
  });

  it("long lines make shorter frames, and every event can be read alone", async () => {
    test = await TestLog.create({ segmentBytes: 1_000_000 });
    await test.append(700, 20_000);
    await test.append(100, 200);
    await test.compressed();
    for (const index of [0, 255, 256, 511, 699, 700, 799]) {
      const { bytes, count } = await test.log.read(index, index + 1);
      expect(count).toBe(1);
      expect(JSON.parse(bytes.toString())).toMatchObject({ n: index });
    }
  });
});

describe("read", () => {
  it("gives what fits, at least one, and nothing outside", async () => {
    test = await TestLog.create({ segmentBytes: 4000 });
    await test.append(700);
    await test.append(100);
    expect((await test.log.read(0, 800, 600)).count).toBe(10);
    expect((await test.log.read(5, 800, 1)).count).toBe(1);
    expect((await test.log.read(250, 1000, 1 << 20)).count).toBe(550);
    for (const [from, to] of [
      [800, 801],
      [-1, 5],
      [5, 5],
      [0.5, 2],
      [Number.NaN, 2],
    ] as const) {
      expect(await codeOf(test.log.read(from, to))).toBe("bad_range");
    }
    expect(await codeOf(test.log.proof(800))).toBe("bad_range");
    expect(await codeOf(test.log.consistency(5, 801))).toBe("bad_range");
  });

  it("serves tiles and bundles as tlog-tiles has them, and only what is committed", async () => {
    test = await TestLog.create({ segmentBytes: 4000 });
    await test.append(600);
    const { log } = test;
    expect((await log.tile(0, 0))?.length).toBe(8192);
    expect((await log.tile(0, 2, 88))?.length).toBe(32 * 88);
    expect(await log.tile(0, 2, 89)).toBeUndefined();
    expect(await log.tile(0, 3, 1)).toBeUndefined();
    expect((await log.tile(1, 0, 2))?.length).toBe(64);
    expect(await log.tile(2, 0, 1)).toBeUndefined();
    expect(
      (await log.tile(0, 1, 17))?.equals((await log.tile(0, 1))?.subarray(0, 544) ?? Buffer.alloc(0)),
    ).toBe(true);
    const bundle = await log.entryBundle(2, 88);
    expect(
      parseBundle(bundle ?? Buffer.alloc(0), 88).map((entry) => Buffer.from(entry).toString())[87],
    ).toContain('"n":599');
    expect(await log.entryBundle(2)).toBeUndefined();
  });
});

describe("one process for each directory", () => {
  it("a second opening in the same process is refused; another log of the directory is not", async () => {
    test = await TestLog.create();
    const again = { dataDir: test.dir.path, onFatal: () => undefined };
    expect(await codeOf(openLog(again))).toBe("locked");
    const other = await openLog({ ...again, name: "tenant-1", create: { originName: "example.com/t1" } });
    expect(other.origin).toMatch(/^example\.com\/t1\/[0-9a-f]{32}$/);
    await other.close();
    expect(await codeOf(openLog({ ...again, name: "../main" }))).toBe("bad_name");
    await test.append(1);
  });

  it("keys and data are readable by their owner alone", async () => {
    test = await TestLog.create();
    await test.append(1);
    for (const file of ["keys/main.key", "head/main", "log/main/segment/00000000000000000000.ndjson"]) {
      expect(statSync(path.join(test.dir.path, file)).mode & 0o077).toBe(0);
    }
  });
});
