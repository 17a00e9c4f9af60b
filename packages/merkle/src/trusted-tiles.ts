// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { emptyRoot, HASH_BYTES, nodeHash } from "./hash.js";
import { type ReadNode, treeRoot } from "./proof.js";
import { partialWidth, TILE_WIDTH } from "./tile.js";

/** The bytes of a hash tile, exactly `32 * width`; undefined when there is no such tile. */
export type ReadTile = (level: number, n: bigint, width: number) => Promise<Uint8Array | undefined>;

const WIDTH = BigInt(TILE_WIDTH);
/** Tiles kept at once: 1 MB. A walk in order needs one for each level, a proof a few more. */
const MAX_KEPT = 64;

/** All complete subtrees of a tile, by height: each tile is hashed once, however many proofs go through it. */
type Folded = readonly Uint8Array[][];

function foldTile(crypto: MerkleCrypto, tile: Uint8Array): Folded {
  const heights: Uint8Array[][] = [[]];
  for (let at = 0; at < tile.length; at += HASH_BYTES) heights[0]?.push(tile.slice(at, at + HASH_BYTES));
  for (let below = heights[0] ?? []; below.length > 1; ) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < below.length; i += 2)
      above.push(nodeHash(crypto, below[i] as Uint8Array, below[i + 1] as Uint8Array));
    heights.push(above);
    below = above;
  }
  return heights;
}

/** Root of the complete subtree of 2^height hashes, number `index` of a tile. A copy: the caller may do with it as it likes. */
function subtree(tile: Folded, height: number, index: number): Uint8Array {
  return Uint8Array.from(tile[height]?.[index] as Uint8Array);
}

/**
 * The hashes of a tree whose root is known, read from tiles that nobody vouches for (as golang.org/x/mod's
 * TileHashReader): every tile is hashed up to the root before a hash of it is given out. So whoever serves the tiles can
 * refuse to answer, and can do nothing else.
 */
export class TrustedTiles {
  readonly size: bigint;
  readonly #crypto: MerkleCrypto;
  readonly #read: ReadTile;
  /** The partial tile of each level; together they are the root. */
  readonly #edge: (Folded | undefined)[] = [];
  readonly #kept = new Map<string, Promise<Folded>>();

  private constructor(crypto: MerkleCrypto, size: bigint, read: ReadTile) {
    this.#crypto = crypto;
    this.size = size;
    this.#read = read;
  }

  /**
   * Reads the tiles of the right edge. Throws `bad_tile` when one is missing or of another length, `proof_mismatch` when
   * they do not lead to the root.
   */
  static async open(
    crypto: MerkleCrypto,
    head: { size: bigint; root: Uint8Array },
    read: ReadTile,
  ): Promise<TrustedTiles> {
    const tiles = new TrustedTiles(crypto, head.size, read);
    for (let level = 0; head.size >> BigInt(8 * level) > 0n; level++) {
      const width = partialWidth(level, head.size);
      if (width === 0) continue;
      const bytes = await tiles.#load(level, head.size >> BigInt(8 * (level + 1)), width);
      tiles.#edge[level] = foldTile(crypto, bytes);
    }
    // Every hash of every partial tile goes into this root, and nothing else does.
    const root = head.size === 0n ? emptyRoot() : await treeRoot(crypto, head.size, tiles.#edgeNode);
    if (!equalBytes(root, head.root)) {
      throw new MerkleError("proof_mismatch", "the tiles of the right edge do not lead to the root");
    }
    return tiles;
  }

  async #load(level: number, n: bigint, width: number): Promise<Uint8Array> {
    const bytes = await this.#read(level, n, width);
    if (bytes?.length !== HASH_BYTES * width) {
      throw new MerkleError("bad_tile", `tile ${n} of level ${level} is missing or of another length`);
    }
    return bytes;
  }

  readonly #edgeNode: ReadNode = (height, index) => {
    const level = Math.floor(height / 8);
    const inTile = WIDTH >> BigInt(height % 8);
    return subtree(this.#edge[level] as Folded, height % 8, Number(index % inTile));
  };

  /** Tile n of a level, proven, with as many hashes as the tree has there. */
  #tile(level: number, n: bigint): Promise<Folded> {
    const edge = this.#edge[level];
    if (edge !== undefined && n === this.size >> BigInt(8 * (level + 1))) return Promise.resolve(edge);
    const name = `${level}/${n}`;
    const known = this.#kept.get(name);
    const tile = known ?? this.#prove(level, n);
    this.#kept.delete(name);
    this.#kept.set(name, tile); // the newest is at the end
    if (known === undefined) {
      tile.catch(() => this.#kept.delete(name));
      if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    }
    return tile;
  }

  async #prove(level: number, n: bigint): Promise<Folded> {
    const expected = await this.hash(level + 1, n);
    const tile = foldTile(this.#crypto, await this.#load(level, n, TILE_WIDTH));
    if (!equalBytes(subtree(tile, 8, 0), expected)) {
      throw new MerkleError("proof_mismatch", `tile ${n} of level ${level} does not lead to the root`);
    }
    return tile;
  }

  /**
   * The hash of the complete subtree of 256^level leaves number `index`: what stands at this place of the tiles.
   * `bad_range` when the tree has no such subtree; `bad_tile`, `proof_mismatch` as for `open`.
   */
  hash(level: number, index: bigint): Promise<Uint8Array> {
    return this.node(8 * level, index);
  }

  /** The hash of the complete subtree of 2^height leaves number `index`; errors as for `hash`. */
  readonly node = async (height: number, index: bigint): Promise<Uint8Array> => {
    if (index < 0n || (index + 1n) << BigInt(height) > this.size) {
      throw new MerkleError("bad_range", `no complete subtree ${index} of height ${height} in the tree`);
    }
    const level = Math.floor(height / 8);
    const inTile = WIDTH >> BigInt(height % 8);
    return subtree(await this.#tile(level, index / inTile), height % 8, Number(index % inTile));
  };

  /** The root that this tree had when it had `size` leaves; `bad_range` when it never grew that large. */
  async rootAt(size: bigint): Promise<Uint8Array> {
    if (size < 0n || size > this.size) throw new MerkleError("bad_range", `the tree has ${this.size} leaves`);
    return size === 0n ? emptyRoot() : treeRoot(this.#crypto, size, this.node);
  }
}
