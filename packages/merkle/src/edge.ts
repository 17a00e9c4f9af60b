// SPDX-License-Identifier: Apache-2.0
import { emptyRoot, HASH_BYTES } from "./hash.js";

/**
 * Hash the 65 bytes of `node` (0x01 || left || right) into `out` at `offset`. `node` and `out` may share memory.
 * An interface of its own because a log spends most of its time here: no allocation for each node.
 */
export type HashNode = (node: Uint8Array, out: Uint8Array, offset: number) => void;

/** Called for each complete subtree whose height is a multiple of eight: what hash tiles are made of. */
export type OnTileHash = (height: number, index: number, bytes: Uint8Array, offset: number) => void;

const NODE_BYTES = 1 + 2 * HASH_BYTES;
const CURRENT = 1 + HASH_BYTES;
const MAX_HEIGHT = 53;

const peakAt = (height: number): number => NODE_BYTES + HASH_BYTES * height;

/**
 * The right edge of a growing RFC 6962 tree: one hash for each one-bit of the size. All that is needed to append
 * and to know the root, in 1.8 kB, whatever the size (up to 2^53).
 */
export class RightEdge {
  readonly #hash: HashNode;
  // One block: the node being hashed, then one peak for each height; moves inside it allocate nothing.
  readonly #memory = new Uint8Array(peakAt(MAX_HEIGHT + 1));
  readonly #node = this.#memory.subarray(0, NODE_BYTES);
  #size = 0;

  constructor(hash: HashNode) {
    this.#hash = hash;
    this.#memory[0] = 1;
  }

  /** The edge of a tree of `size` leaves whose complete subtrees are given by `peak(height, index)`. */
  static restore(
    hash: HashNode,
    size: number,
    peak: (height: number, index: number) => Uint8Array,
  ): RightEdge {
    const edge = new RightEdge(hash);
    edge.#size = size;
    let rest = size;
    for (let height = 0; rest > 0; height++) {
      if (rest % 2 === 1) edge.#memory.set(peak(height, rest - 1), peakAt(height));
      rest = Math.floor(rest / 2);
    }
    return edge;
  }

  get size(): number {
    return this.#size;
  }

  /** Append `count` leaf hashes that lie one after another in `leaves`. */
  append(leaves: Uint8Array, count: number, onTileHash?: OnTileHash): void {
    for (let i = 0; i < count; i++) this.#appendOne(leaves, i * HASH_BYTES, onTileHash);
  }

  #appendOne(leaves: Uint8Array, offset: number, onTileHash?: OnTileHash): void {
    const memory = this.#memory;
    for (let i = 0; i < HASH_BYTES; i++) memory[CURRENT + i] = leaves[offset + i] as number;
    let height = 0;
    let index = this.#size;
    onTileHash?.(0, index, memory, CURRENT);
    while (index % 2 === 1) {
      memory.copyWithin(1, peakAt(height), peakAt(height + 1));
      this.#hash(this.#node, memory, CURRENT);
      height += 1;
      index = (index - 1) / 2;
      if (height % 8 === 0) onTileHash?.(height, index, memory, CURRENT);
    }
    memory.copyWithin(peakAt(height), CURRENT, NODE_BYTES);
    this.#size += 1;
  }

  /** The root of the tree as it stands. */
  root(): Uint8Array {
    if (this.#size === 0) return emptyRoot();
    const memory = this.#memory;
    let started = false;
    let rest = this.#size;
    for (let height = 0; rest > 0; height++) {
      if (rest % 2 === 1) {
        if (started) {
          memory.copyWithin(1, peakAt(height), peakAt(height + 1));
          this.#hash(this.#node, memory, CURRENT);
        } else {
          memory.copyWithin(CURRENT, peakAt(height), peakAt(height + 1));
          started = true;
        }
      }
      rest = Math.floor(rest / 2);
    }
    return memory.slice(CURRENT, NODE_BYTES);
  }
}
