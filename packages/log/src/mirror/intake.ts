// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { equalBytes, RightEdge, TILE_WIDTH, type TreeHead, type TrustedTiles } from "@telltale/merkle";
import { errnoOf, listDirectory, makeDirectory, removeFile, replaceFile, syncDirectory } from "../disk.js";
import { LogError } from "../error.js";
import { hashNode } from "../hash.js";
import { type IndexRange, withRange } from "../prune/ranges.js";
import { TileStore } from "../tiles.js";
import { tileFile } from "./layout.js";
import { matchBundle } from "./source.js";
import type { MirrorStore } from "./store.js";

/** The levels of a tree of `size` leaves, with the number of the last tile and how many hashes it has (0 to 255). */
function edgeTiles(size: number): { level: number; n: number; width: number }[] {
  const out = [];
  for (let level = 0, left = size; left > 0; level++, left = Math.floor(left / TILE_WIDTH)) {
    out.push({ level, n: Math.floor(left / TILE_WIDTH), width: left % TILE_WIDTH });
  }
  return out;
}

/**
 * The way from what is held to a larger signed tree. Bundles are written in any order, as each is proven alone; their
 * hashes are appended in order; `commit` makes the whole visible. Until then a reader, and a restart, sees what was
 * held before, and finds bundles beyond it that save a second download.
 */
export class Intake {
  /** The first bundle that is wanted: the one that is held in part, or the first that is not held. */
  readonly first: number;
  readonly #store: MirrorStore;
  readonly #head: TreeHead;
  readonly #size: number;
  readonly #theirs: TrustedTiles;
  readonly #edge: RightEdge;
  readonly #hashes: TileStore;
  readonly #directories = new Set<string>();
  #absent: IndexRange[];
  #failure: Error | undefined;

  private constructor(
    store: MirrorStore,
    target: { head: TreeHead; tiles: TrustedTiles },
    start: { first: number; edge: RightEdge; hashes: TileStore },
  ) {
    this.#store = store;
    this.#head = target.head;
    this.#theirs = target.tiles;
    this.#size = Number(target.head.size);
    this.first = start.first;
    this.#edge = start.edge;
    this.#hashes = start.hashes;
    // An interrupted intake may have noted more than was held in the end.
    this.#absent = store.pin.absent.filter(({ next }) => next <= TILE_WIDTH * start.first);
  }

  static async begin(store: MirrorStore, target: { head: TreeHead; tiles: TrustedTiles }): Promise<Intake> {
    const first = Math.floor(store.size / TILE_WIDTH);
    const hashes = new TileStore(store.fs, store.paths.served);
    await hashes.restore(TILE_WIDTH * first);
    const peaks = new Map<number, Buffer>();
    for (let height = 0, rest = TILE_WIDTH * first; rest > 0; height++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) peaks.set(height, await hashes.node(height, rest - 1));
    }
    const edge = RightEdge.restore(hashNode, TILE_WIDTH * first, (height) => peaks.get(height) as Buffer);
    return new Intake(store, target, { first, edge, hashes });
  }

  /** The leaf hashes of a full bundle that is on disk already and is what was signed. */
  async find(n: number): Promise<Buffer | undefined> {
    const bundle = await this.#store.local.bundle(n, TILE_WIDTH);
    if (bundle === undefined) return undefined;
    try {
      const leaves = await matchBundle(this.#theirs, n, TILE_WIDTH, bundle);
      // Its name may not be durable yet: the run that wrote it did not come to its end.
      if (leaves !== undefined) this.#directories.add(path.dirname(this.#file(n, TILE_WIDTH)));
      return leaves;
    } catch {
      return undefined; // not even a bundle: it is fetched again and replaced
    }
  }

  #file(n: number, width: number): string {
    return tileFile(this.#store.paths, "entries", n, width);
  }

  /** Put a proven bundle on disk; its bytes are durable when this resolves, its name with `commit`. */
  async write(n: number, width: number, bundle: Buffer): Promise<void> {
    await this.#put(this.#file(n, width), bundle);
  }

  async #put(file: string, bytes: Uint8Array): Promise<void> {
    const directory = path.dirname(file);
    if (!this.#directories.has(directory)) await makeDirectory(this.#store.fs, directory);
    this.#directories.add(directory);
    await replaceFile(this.#store.fs, file, bytes, true);
  }

  /** Append the hashes of the next bundle, in order. `isAbsent`: its events could not be had. */
  async append(leaves: Buffer, isAbsent: boolean): Promise<void> {
    const start = this.#edge.size;
    this.#edge.append(leaves, leaves.length / 32, this.#hashes.add);
    if (isAbsent) this.#absent = withRange(this.#absent, { first: start, next: this.#edge.size });
    await this.#hashes.flush((error) => {
      this.#failure ??= error;
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Make what was taken in the mirror's newest state. Throws `damaged` when our own tree does not have the signed root. */
  async commit(note: Uint8Array, now: number): Promise<void> {
    const store = this.#store;
    if (this.#edge.size !== this.#size || !equalBytes(this.#edge.root(), this.#head.root)) {
      // Each new bundle was proven alone, so it is what we held before that is not as it was.
      throw new LogError(
        "damaged",
        `the hash tiles in ${store.paths.served} are not those of what was signed`,
      );
    }
    const before = store.size;
    await this.#hashes.sync(TILE_WIDTH * this.first, TILE_WIDTH * Math.floor(this.#size / TILE_WIDTH));
    for (const { level, n, width } of edgeTiles(this.#size)) {
      const tile = width === 0 ? undefined : await this.#hashes.read(level, n);
      if (tile !== undefined) await this.#put(tileFile(store.paths, level, n, width), tile);
    }
    for (const directory of this.#directories) await syncDirectory(store.fs, directory);
    const { pin } = store;
    if (JSON.stringify(this.#absent) !== JSON.stringify(pin.absent)) {
      await store.setPin({ ...pin, absent: this.#absent });
    }
    // All bundles and tiles of the new tree are durable, the checkpoint still names the old one. If we die here, the next
    // start finds a whole older mirror and bundles beyond it. The next pull proves those again and goes on.
    await store.replaceHead(note, now);
    await this.#sweep(before);
  }

  /** Remove the partial tiles and bundles of which the full one is there now. Left behind by a crash they do no harm. */
  async #sweep(before: number): Promise<void> {
    const tiles: { level: number | "entries"; n: number }[] = edgeTiles(before);
    if (before > 0) tiles.push({ level: "entries", n: Math.floor(before / TILE_WIDTH) });
    const { fs, paths } = this.#store;
    for (const { level, n } of tiles) {
      const full = tileFile(paths, level, n, TILE_WIDTH);
      const partial = await listDirectory(fs, `${full}.p`);
      const folder = await listDirectory(fs, path.dirname(full));
      // What the source pruned before we had all of it stays as far as it is held.
      if (partial.length === 0 || !folder.includes(path.basename(full))) continue;
      for (const width of partial) await removeFile(fs, path.join(`${full}.p`, width));
      await fs.rmdir(`${full}.p`).catch((error: unknown) => {
        if (errnoOf(error) !== "ENOENT") throw error;
      });
    }
  }
}
