// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { constants } from "node:fs";
import { formatTilePath, type OnTileHash, TILE_WIDTH } from "@telltale/merkle";
import {
  fdatasync,
  makeDirectory,
  readFile,
  removeFile,
  replaceFile,
  syncDirectory,
  withFile,
} from "./disk.js";
import { LogError, toError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { hashSubtree } from "./hash.js";

const TILE_BYTES = 32 * TILE_WIDTH;
/** Full tiles waiting for the disk before appending waits too: 16 MB, half a million events. */
const MAX_PENDING = 2048;

/** Full tiles read from disk and kept: one proof asks for the same few again and again. */
const MAX_CACHED = 64;

/** Hashes of complete subtrees of at least this many leaves of a tile are kept: they never change, and each costs as many hashings. */
const NODE_SPAN = 4;
const MAX_NODES = 4096;

interface EdgeTile {
  n: number;
  width: number;
  bytes: Buffer;
}

/**
 * The hash tiles of a log: the partial tile of each level in memory, full ones on disk. A full tile is written
 * after the acknowledgement and without fsync: it can be derived again from the events until its segment is
 * compressed, and before that `sync` makes it durable.
 */
export class TileStore {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #edge: EdgeTile[] = [];
  // Full tiles of a tree that is not under a durable head yet, by path: never on disk, or a crash leaves a tile of lost events.
  readonly #fresh = new Map<string, Buffer>();
  // Full tiles that are not on disk yet, by path.
  readonly #pending = new Map<string, Buffer>();
  readonly #cache = new Map<string, Buffer>();
  // Full tiles that are being read: a proof asks for several nodes of one at once.
  readonly #reading = new Map<string, Promise<Buffer | undefined>>();
  readonly #nodes = new Map<string, Buffer>();
  readonly #directories = new Set<string>();
  // The partial tile of each level that was written last.
  readonly #partials: (string | undefined)[] = [];
  #writing: Promise<void> | undefined;

  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  /** Takes the hashes that `RightEdge.append` completes. */
  readonly add: OnTileHash = (height, index, bytes, offset) => {
    const level = height / 8;
    let tile = this.#edge[level];
    if (tile === undefined) {
      tile = { n: Math.floor(index / TILE_WIDTH), width: 0, bytes: Buffer.alloc(TILE_BYTES) };
      this.#edge[level] = tile;
    }
    for (let i = 0; i < 32; i++) tile.bytes[32 * tile.width + i] = bytes[offset + i] as number;
    tile.width += 1;
    if (tile.width === TILE_WIDTH) {
      this.#fresh.set(tilePath(level, tile.n, TILE_WIDTH), Buffer.from(tile.bytes));
      tile.n += 1;
      tile.width = 0;
    }
  };

  /**
   * Full tile n of the leaves is on disk and is what `RightEdge` was just given: go on behind it. It is not written
   * again, for where events were pruned it is the only copy of their hashes.
   */
  passLeafTile(n: number): void {
    this.#edge[0] = { n: n + 1, width: 0, bytes: Buffer.alloc(TILE_BYTES) };
  }

  /** Hashes [n * 256, …) of a level, as many as there are; undefined when there is no such tile. */
  async read(level: number, n: number): Promise<Buffer | undefined> {
    const edge = this.#edge[level];
    if (edge !== undefined && edge.n === n) return Buffer.from(edge.bytes.subarray(0, 32 * edge.width));
    return this.readFull(level, n);
  }

  /** A full tile, also where the edge has not come to it yet; undefined when there is none. */
  async readFull(level: number, n: number): Promise<Buffer | undefined> {
    const file = tilePath(level, n, TILE_WIDTH);
    const pending = this.#pending.get(file) ?? this.#fresh.get(file);
    if (pending !== undefined) return pending;
    const known = this.#cache.get(file) ?? this.#reading.get(file);
    if (known !== undefined) return known;
    const reading = this.#readFile(file).finally(() => this.#reading.delete(file));
    this.#reading.set(file, reading);
    return reading;
  }

  async #readFile(file: string): Promise<Buffer | undefined> {
    const bytes = await readFile(this.#fs, path.join(this.#root, file), TILE_BYTES);
    if (bytes?.length !== TILE_BYTES) return undefined;
    this.#cache.set(file, bytes);
    if (this.#cache.size > MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value as string);
    return bytes;
  }

  /** The hash of the complete subtree of 2^height leaves number `index`. `damaged` when its tile is missing. */
  async node(height: number, index: number): Promise<Buffer> {
    const level = Math.floor(height / 8);
    const span = 2 ** (height % 8);
    const name = `${height}/${index}`;
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const from = index * span;
    const n = Math.floor(from / TILE_WIDTH);
    const tile = await this.read(level, n);
    const at = 32 * (from - n * TILE_WIDTH);
    if (tile === undefined || tile.length < at + 32 * span) {
      throw new LogError("damaged", `the hash tile ${tilePath(level, n, TILE_WIDTH)} is missing or cut`);
    }
    const hash = hashSubtree(tile.subarray(at, at + 32 * span), span);
    if (span >= NODE_SPAN) {
      this.#nodes.set(name, hash);
      if (this.#nodes.size > MAX_NODES) this.#nodes.delete(this.#nodes.keys().next().value as string);
    }
    return hash;
  }

  /** Load the partial tiles of a tree of `size` leaves from the full ones on disk; `damaged` when one is missing. */
  async restore(size: number): Promise<void> {
    this.#edge.length = 0;
    this.#pending.clear();
    this.#nodes.clear();
    this.#fresh.clear();
    for (let level = 0, width = size; width > 0; level++, width = Math.floor(width / TILE_WIDTH)) {
      const n = Math.floor(width / TILE_WIDTH);
      const tile: EdgeTile = { n, width: width % TILE_WIDTH, bytes: Buffer.alloc(TILE_BYTES) };
      for (let i = 0; i < tile.width; i++) {
        // A hash of this level is the root of a full tile one level below.
        const below = level === 0 ? undefined : await this.read(level - 1, n * TILE_WIDTH + i);
        if (below?.length !== TILE_BYTES) {
          throw new LogError(
            "damaged",
            `a hash tile of level ${level - 1} is missing: number ${n * TILE_WIDTH + i}`,
          );
        }
        const hash = hashSubtree(below, TILE_WIDTH);
        hash.copy(tile.bytes, 32 * i);
      }
      this.#edge[level] = tile;
    }
  }

  /** All that was added until now belongs to durable events: it may be written. */
  accept(): void {
    for (const [file, bytes] of this.#fresh) this.#pending.set(file, bytes);
    this.#fresh.clear();
  }

  /** Accept, and start writing what is pending; resolves at once unless far too much is. Errors go to `onError`. */
  async flush(onError: (error: Error) => void): Promise<void> {
    this.accept();
    if (this.#pending.size === 0) return;
    const written = this.#writer().catch((error: unknown) => {
      onError(toError(error));
    });
    if (this.#pending.size > MAX_PENDING) await written;
  }

  /** One writer at a time; whoever needs the tiles waits for the same one. */
  #writer(): Promise<void> {
    this.#writing ??= this.#writePending().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writePending(): Promise<void> {
    while (this.#pending.size > 0) {
      for (const [file, bytes] of this.#pending) {
        await this.#write(file, bytes);
        this.#pending.delete(file);
      }
    }
  }

  async #write(file: string, bytes: Buffer, sync = false): Promise<void> {
    const full = path.join(this.#root, file);
    const directory = path.dirname(full);
    if (!this.#directories.has(directory)) {
      await makeDirectory(this.#fs, directory);
      this.#directories.add(directory);
    }
    await replaceFile(this.#fs, full, bytes, sync);
  }

  /** All pending tiles on disk (not yet durable). */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) await this.#writer();
  }

  /** Make every full tile that was completed by the leaves [first, end) durable; both multiples of 256. */
  async sync(first: number, end: number): Promise<void> {
    await this.settle();
    const directories = new Set<string>();
    for (let level = 0, from = first, to = end; from < to; level++) {
      from = Math.floor(from / TILE_WIDTH);
      to = Math.floor(to / TILE_WIDTH);
      for (let n = from; n < to; n++) {
        const file = path.join(this.#root, tilePath(level, n, TILE_WIDTH));
        await withFile(this.#fs, file, constants.O_RDWR, (fd) => fdatasync(this.#fs, fd));
        directories.add(path.dirname(file));
      }
    }
    for (const directory of directories) await syncDirectory(this.#fs, directory);
  }

  /** Tell which partial tiles are on disk: those of the checkpoint that was published last. */
  published(size: number): void {
    for (let level = 0, width = size; width > 0; level++, width = Math.floor(width / TILE_WIDTH)) {
      const have = width % TILE_WIDTH;
      if (have > 0) this.#partials[level] = tilePath(level, Math.floor(width / TILE_WIDTH), have);
    }
  }

  /**
   * Write the partial tiles of a published checkpoint, replacing the ones before: with them a verifier can name
   * the exact event that was changed at the end of the log. Their bytes are durable before their name is there: nobody writes
   * them again, and what a power cut leaves of one would look like the work of somebody who changed it.
   */
  async publishPartial(size: number): Promise<void> {
    for (let level = 0, width = size; width > 0; level++, width = Math.floor(width / TILE_WIDTH)) {
      const have = width % TILE_WIDTH;
      const n = Math.floor(width / TILE_WIDTH);
      const file = tilePath(level, n, have);
      const before = this.#partials[level];
      if (before === file) continue;
      const tile = have === 0 ? undefined : await this.read(level, n);
      if (tile !== undefined) {
        await this.#write(file, tile.subarray(0, 32 * have), true);
        this.#partials[level] = file;
      } else this.#partials[level] = undefined;
      if (before !== undefined) {
        await removeFile(this.#fs, path.join(this.#root, before));
      }
    }
  }
}

export function tilePath(level: number, n: number, width: number): string {
  return formatTilePath({ level, n: BigInt(n), width });
}
