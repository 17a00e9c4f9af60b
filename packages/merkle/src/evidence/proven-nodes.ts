// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "../bytes.js";
import { parseCheckpoint } from "../checkpoint.js";
import type { MerkleCrypto } from "../crypto.js";
import { leafHash, nodeHash } from "../hash.js";
import { parseNote } from "../note.js";
import { inclusionRanges } from "../proof.js";
import { parseReceipt } from "../receipt.js";

/** More would be found faster by comparing checkpoints; so many take about 60 MB. */
const MAX_NODES = 300_000;

interface ProvenNode {
  first: number;
  next: number;
  hash: Uint8Array;
  /** The event whose proof shows it. */
  index: number;
}

/** Leaves of which one log has one hash, whatever its size: a complete subtree never changes again. */
function isComplete(first: bigint, next: bigint): boolean {
  const count = next - first;
  return (count & (count - 1n)) === 0n && first % count === 0n;
}

/** Two proofs of one log that cannot both be right. */
export interface Contradiction {
  /** The events that the contradicting hashes are about. */
  first: number;
  next: number;
  /** The events whose proofs show it, one of each side. */
  indices: [number, number];
}

/**
 * The complete subtrees that proofs lead through. Each of them is hashed into a signed root, so two different hashes of the same one, in
 * trees of whatever sizes, are two histories.
 */
export class ProvenNodes {
  readonly #crypto: MerkleCrypto;
  readonly #nodes = new Map<string, ProvenNode>();
  readonly #events = new Set<number>();

  constructor(crypto: MerkleCrypto) {
    this.#crypto = crypto;
  }

  /** A proof that was verified; it throws MerkleError for one that has no form. */
  add(event: number, line: Uint8Array, receipt: string): void {
    this.#events.add(event);
    const { index, proof, checkpoint } = parseReceipt(receipt);
    const { size } = parseCheckpoint(parseNote(checkpoint).text);
    let hash = leafHash(this.#crypto, line);
    let [first, next] = [index, index + 1n];
    this.#keep(first, next, hash, event);
    for (const [i, { start, end }] of inclusionRanges(index, size).entries()) {
      const sibling = proof[i];
      if (sibling === undefined) return;
      this.#keep(start, end, sibling, event);
      const isLeft = start < first;
      hash = isLeft ? nodeHash(this.#crypto, sibling, hash) : nodeHash(this.#crypto, hash, sibling);
      if (isLeft) first = start;
      else next = end;
      this.#keep(first, next, hash, event);
    }
  }

  #keep(first: bigint, next: bigint, hash: Uint8Array, index: number): void {
    if (!isComplete(first, next) || this.#nodes.size >= MAX_NODES) return;
    const key = `${first} ${next}`;
    if (!this.#nodes.has(key))
      this.#nodes.set(key, { first: Number(first), next: Number(next), hash, index });
  }

  /** The smallest part of the log of which both prove something else. */
  findContradiction(other: ProvenNodes): Contradiction | undefined {
    let found: Contradiction | undefined;
    for (const [key, node] of this.#nodes) {
      const theirs = other.#nodes.get(key);
      if (theirs === undefined || equalBytes(node.hash, theirs.hash)) continue;
      const { first, next, index } = node;
      if (found === undefined || next - first < found.next - found.first)
        found = { first, next, indices: [index, theirs.index] };
    }
    return found;
  }

  /** Events that both prove. */
  countCommon(other: ProvenNodes): number {
    let count = 0;
    for (const event of this.#events) if (other.#events.has(event)) count++;
    return count;
  }
}
