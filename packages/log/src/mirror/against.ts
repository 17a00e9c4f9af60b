// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import {
  equalBytes,
  firstDifference,
  RightEdge,
  TILE_WIDTH,
  type TreeHead,
  type TrustedTiles,
} from "@telltale/merkle";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { hashNode } from "../hash.js";
import { sliceLines } from "../segments.js";
import type { LineBatch } from "../types.js";
import type { MirrorState } from "./check.js";
import { DirectorySource } from "./directory.js";
import { entryAt } from "./entry.js";
import { tileFile } from "./layout.js";
import { type MirrorSource, openTiles } from "./source.js";

/** How a log stands to its mirror. */
export type Relation =
  | { kind: "same" }
  /** The log has events that the mirror has not pulled yet. */
  | { kind: "mirror_behind"; count: number }
  /** The log lacks the newest events that the mirror holds: it was cut, or an old copy was put back. */
  | { kind: "mirror_ahead"; first: number; count: number; oldest?: Buffer; newest?: Buffer }
  /** From `first` on they are not the same; the events as each side has them. */
  | { kind: "differs"; first: number; mirror?: Buffer; log?: Buffer };

export interface Comparison {
  /** Events of the log, and of the mirror. */
  size: number;
  mirrorSize: number;
  relation: Relation;
}

/** A mirror to compare with: its newest checkpoint when it was opened, and its proven hashes. */
export class MirrorSide {
  readonly state: MirrorState;
  readonly size: number;
  readonly tiles: TrustedTiles;
  readonly #source: DirectorySource;

  private constructor(state: MirrorState, tiles: TrustedTiles, source: DirectorySource) {
    this.state = state;
    this.size = state.held.size;
    this.tiles = tiles;
    this.#source = source;
  }

  /** Throws MerkleError or LogError where its tiles are not those of its checkpoint. */
  static async open(state: MirrorState): Promise<MirrorSide> {
    const source = new DirectorySource(nodeFileSystem, state.paths.served);
    return new MirrorSide(state, await openTiles(source, state.held.head), source);
  }

  /** The bytes of one event, proven; undefined where they are not held. */
  entry(index: number): Promise<Buffer | undefined> {
    return entryAt(this.#source, this.tiles, index);
  }

  /** What follows when the first `least` events of both are the same. */
  async relate(size: number): Promise<Relation> {
    if (size === this.size) return { kind: "same" };
    if (size > this.size) return { kind: "mirror_behind", count: size - this.size };
    const [oldest, newest] = [await this.entry(size), await this.entry(this.size - 1)];
    return {
      kind: "mirror_ahead",
      first: size,
      count: this.size - size,
      ...(oldest && { oldest }),
      ...(newest && { newest }),
    };
  }

  /** They part at `first`. */
  async differ(first: number, log: Buffer | undefined): Promise<Relation> {
    const mirror = await this.entry(first);
    return { kind: "differs", first, ...(mirror && { mirror }), ...(log && { log }) };
  }
}

/** Compare two signed trees by their tiles, a few of each height. Throws MerkleError where the source's tiles are not those of its head. */
export async function compareSource(
  mirror: MirrorSide,
  source: MirrorSource,
  head: TreeHead,
): Promise<Comparison> {
  const size = Number(head.size);
  const tiles = await openTiles(source, head);
  const least = BigInt(Math.min(size, mirror.size));
  const sizes = { size, mirrorSize: mirror.size };
  if (equalBytes(await tiles.rootAt(least), await mirror.tiles.rootAt(least))) {
    return { ...sizes, relation: await mirror.relate(size) };
  }
  const first = Number(await firstDifference(least, mirror.tiles.node, tiles.node));
  return { ...sizes, relation: await mirror.differ(first, await entryAt(source, tiles, first)) };
}

/**
 * Compares the events of a log with a mirror while they are checked (`verifyLog`'s `onEvents`): the hashes come from the
 * bytes of the events. The mirror's stored leaf hashes only say where to look; what counts is what its signed root proves.
 */
export class EventComparer {
  readonly #mirror: MirrorSide;
  #edge = new RightEdge(hashNode);
  #seen = 0;
  /** The first event whose hash is not the stored one, with its line where it is kept. */
  #candidate: { leaf: Buffer; line: Buffer | undefined } | undefined;
  #problem: LogError | undefined;
  #tile: { n: number; bytes: Buffer } | undefined;

  constructor(mirror: MirrorSide) {
    this.#mirror = mirror;
  }

  /** For `onEvents`. */
  readonly take = (first: number, leaves: Buffer, lines: LineBatch | undefined): void => {
    if (first === 0) {
      this.#edge = new RightEdge(hashNode);
      this.#candidate = undefined;
    }
    const count = leaves.length / 32;
    this.#seen = first + count;
    const end = Math.min(this.#seen, this.#mirror.size);
    for (let at = first; at < end && this.#candidate === undefined && this.#problem === undefined; ) {
      const stop = Math.min(end, at - (at % TILE_WIDTH) + TILE_WIDTH);
      this.#compare(at, leaves.subarray(32 * (at - first), 32 * (stop - first)), (index) =>
        lines === undefined
          ? undefined
          : Buffer.from(sliceLines(lines, index - first, index - first + 1).bytes),
      );
      at = stop;
    }
  };

  /** Events of one tile. */
  #compare(first: number, leaves: Buffer, lineAt: (index: number) => Buffer | undefined): void {
    const at = 32 * (first % TILE_WIDTH);
    const stored = this.#stored(Math.floor(first / TILE_WIDTH))?.subarray(at, at + leaves.length);
    if (stored === undefined) return;
    let same = leaves.length / 32;
    if (!leaves.equals(stored)) {
      for (
        same = 0;
        leaves.subarray(32 * same, 32 * same + 32).equals(stored.subarray(32 * same, 32 * same + 32));
      )
        same++;
      const leaf = Buffer.from(leaves.subarray(32 * same, 32 * same + 32));
      this.#candidate = { leaf, line: lineAt(first + same)?.subarray(0, -1) };
    }
    this.#edge.append(leaves, same);
  }

  #stored(n: number): Buffer | undefined {
    if (this.#tile?.n === n) return this.#tile.bytes;
    const { state, size } = this.#mirror;
    for (const width of new Set([TILE_WIDTH, Math.min(TILE_WIDTH, size - TILE_WIDTH * n)])) {
      try {
        const bytes = readFileSync(tileFile(state.paths, 0, n, width));
        this.#tile = { n, bytes };
        return bytes;
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
      }
    }
    this.#problem = new LogError("damaged", `a hash tile of the mirror is missing: number ${n} of level 0`);
    return undefined;
  }

  /** The outcome, for a log of `size` events. LogError `damaged` and MerkleError: the mirror's own files are not what it signed. */
  async finish(size: number): Promise<Comparison> {
    const mirror = this.#mirror;
    if (this.#problem !== undefined) throw this.#problem;
    const sizes = { size, mirrorSize: mirror.size };
    const same = this.#edge.size;
    if (!equalBytes(this.#edge.root(), await mirror.tiles.rootAt(BigInt(same)))) {
      throw new LogError("damaged", "the mirror's hash tiles are not those of its signed checkpoint");
    }
    if (this.#candidate !== undefined) {
      if (equalBytes(await mirror.tiles.hash(0, BigInt(same)), this.#candidate.leaf)) {
        throw new LogError("damaged", "the mirror's hash tiles are not those of its signed checkpoint");
      }
      return { ...sizes, relation: await mirror.differ(same, this.#candidate.line) };
    }
    // Events that the log signed and that could not be read are not there.
    if (this.#seen < Math.min(size, mirror.size))
      return { ...sizes, relation: await mirror.differ(same, undefined) };
    return { ...sizes, relation: await mirror.relate(size) };
  }
}
