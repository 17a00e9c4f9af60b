// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../random.js";
import { type DiskPlan, ModelDisk } from "./model-disk.js";
import { type CutStyle, SECTOR } from "./model-file.js";

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } = constants;
const NOTHING: CutStyle = { keep: 0, keepSize: 0, inOrder: false };
const ALL: CutStyle = { keep: 1, keepSize: 1, newest: 1, inOrder: false };

const newDisk = (plan: DiskPlan = {}, seed = 1): ModelDisk => new ModelDisk("/d", new Random(seed), plan);

function write(disk: ModelDisk, fd: number, bytes: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    disk.writev(fd, [bytes], position, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

function sync(disk: ModelDisk, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    disk.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/** A file of these bytes, with a durable name; its content is in the cache. */
async function newFile(disk: ModelDisk, bytes: Buffer): Promise<number> {
  const fd = await disk.open("/d/f", O_RDWR | O_CREAT);
  await disk.fsync(await disk.open("/d", O_RDONLY));
  await write(disk, fd, bytes, 0);
  return fd;
}

async function contentOf(disk: ModelDisk): Promise<Buffer> {
  const fd = await disk.open("/d/f", O_RDONLY);
  const bytes = Buffer.alloc((await disk.stat(fd)).size);
  await disk.read(fd, bytes, 0);
  return bytes;
}

describe("a disk with a cache", () => {
  it("keeps what was synced, whatever a power cut does", async () => {
    const disk = newDisk();
    const fd = await newFile(disk, Buffer.alloc(3 * SECTOR, "a"));
    await sync(disk, fd);
    await write(disk, fd, Buffer.alloc(SECTOR, "b"), 3 * SECTOR);
    for (const style of [NOTHING, ALL, { ...ALL, keep: 0 }]) {
      const after = await contentOf(disk.afterCut(style));
      expect(after.subarray(0, 3 * SECTOR)).toEqual(Buffer.alloc(3 * SECTOR, "a"));
    }
  });

  it("loses any sectors of what was not, and reads zeros where only the length arrived", async () => {
    const disk = newDisk();
    await newFile(disk, Buffer.alloc(4 * SECTOR, "a"));
    expect(await contentOf(disk.afterCut(NOTHING))).toEqual(Buffer.alloc(0));
    expect(await contentOf(disk.afterCut({ ...ALL, keep: 0 }))).toEqual(Buffer.alloc(4 * SECTOR));
    const seen = new Set<string>();
    for (let time = 0; time < 200; time++) {
      const bytes = await contentOf(disk.afterCut({ ...ALL, keep: 0.5 }));
      seen.add([0, 1, 2, 3].map((i) => String.fromCharCode(bytes[i * SECTOR] ?? 0)).join(""));
    }
    expect(seen.size).toBe(16);
  });

  it("loses a name until its directory was synced, and a rename whole or not at all", async () => {
    const disk = newDisk();
    const fd = await newFile(disk, Buffer.from("a"));
    await sync(disk, fd);
    await disk.rename("/d/f", "/d/g");
    expect(await disk.afterCut(NOTHING).list("/d")).toEqual(["f"]);
    expect(await disk.afterCut(ALL).list("/d")).toEqual(["g"]);
    await disk.open("/d/h", O_RDWR | O_CREAT | O_EXCL);
    expect(await disk.afterCut(NOTHING).list("/d")).toEqual(["f"]);
    await disk.fsync(await disk.open("/d", O_RDONLY));
    expect(await disk.afterCut(NOTHING).list("/d")).toEqual(["g", "h"]);
    await disk.unlink("/d/g");
    expect((await disk.stat(fd)).links).toBe(0);
    expect(await disk.afterCut(NOTHING).list("/d")).toEqual(["g", "h"]);
  });

  it("takes a failed sync for done: no later one writes what was lost", async () => {
    const disk = newDisk({ failSyncAt: (call) => call === "fdatasync f" });
    const fd = await newFile(disk, Buffer.alloc(64 * SECTOR, "a"));
    await expect(sync(disk, fd)).rejects.toMatchObject({ code: "EIO" });
    await sync(disk, fd);
    expect(await contentOf(disk)).toEqual(Buffer.alloc(64 * SECTOR, "a"));
    expect(await contentOf(disk.afterCut(ALL))).not.toEqual(Buffer.alloc(64 * SECTOR, "a"));
  });

  it("is full, writes short, and goes off as planned", async () => {
    const disk = newDisk({ capacity: 100, shortWrites: 1 });
    const fd = await disk.open("/d/f", O_RDWR | O_CREAT);
    expect(await write(disk, fd, Buffer.alloc(50), 0)).toBeLessThan(50);
    await write(disk, fd, Buffer.alloc(1), 99);
    await expect(write(disk, fd, Buffer.alloc(1), 100)).rejects.toMatchObject({ code: "ENOSPC" });
    disk.freeSpace();
    await write(disk, fd, Buffer.alloc(1), 100);
    disk.turnOff();
    await expect(disk.stat(fd)).rejects.toMatchObject({ code: "EIO" });
    const cut = newDisk({ cutAt: 1 });
    const other = await cut.open("/d/f", O_RDWR | O_CREAT);
    await expect(write(cut, other, Buffer.from("a"), 0)).rejects.toMatchObject({ code: "EIO" });
    expect(cut.wasCut).toBe(true);
  });

  it("is the same again with the same seed", async () => {
    const contents = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const disk = newDisk({}, seed);
        await newFile(disk, Buffer.alloc(100 * SECTOR, "a"));
        return contentOf(disk.afterCut({ ...ALL, keep: 0.5 }));
      }),
    );
    expect(contents[0]).toEqual(contents[1]);
    expect(contents[0]).not.toEqual(contents[2]);
  });
});
