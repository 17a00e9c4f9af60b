// SPDX-License-Identifier: Apache-2.0
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { nodeHash, verifyHashLength } from "./hash.js";

/** The hash of the complete subtree of 2^height leaves that begins at leaf `index * 2^height`. */
export type ReadNode = (height: number, index: bigint) => Promise<Uint8Array> | Uint8Array;

/** Leaves from `start` on, without `end`. */
export interface Range {
  start: bigint;
  end: bigint;
}

/** The largest power of two smaller than n (n >= 2): where RFC 6962 splits a tree. */
function splitAt(n: bigint): bigint {
  return 1n << BigInt((n - 1n).toString(2).length - 1);
}

/** The leaves below each hash of an inclusion proof, in its order. */
export function inclusionRanges(index: bigint, size: bigint): Range[] {
  const out: Range[] = [];
  let start = 0n;
  let end = size;
  while (end - start > 1n) {
    const middle = start + splitAt(end - start);
    if (index < middle) {
      out.push({ start: middle, end });
      end = middle;
    } else {
      out.push({ start, end: middle });
      start = middle;
    }
  }
  return out.reverse();
}

/** RFC 6962 section 2.1.2, SUBPROOF, unrolled. */
function consistencyRanges(from: bigint, to: bigint): Range[] {
  const out: Range[] = [];
  let start = 0n;
  let end = to;
  let known = true; // the old root itself is known to the verifier and left out
  while (end !== from) {
    const middle = start + splitAt(end - start);
    if (from <= middle) {
      out.push({ start: middle, end });
      end = middle;
    } else {
      out.push({ start, end: middle });
      start = middle;
      known = false;
    }
  }
  if (!known) out.push({ start, end });
  return out.reverse();
}

/** The hash over a range that RFC 6962 treats as one subtree: its complete subtrees, read in order, folded from the right. */
async function hashRange(crypto: MerkleCrypto, range: Range, read: ReadNode): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let { start } = range;
  while (start < range.end) {
    const height = (range.end - start).toString(2).length - 1;
    const hash = await read(height, start >> BigInt(height));
    verifyHashLength(hash, "a stored node");
    parts.push(hash);
    start += 1n << BigInt(height);
  }
  return parts.reduceRight((right, left) => nodeHash(crypto, left, right));
}

/** All ranges are asked for at once: where nodes lie on a disk, a proof takes as long as its slowest tile. */
function hashRanges(crypto: MerkleCrypto, ranges: Range[], read: ReadNode): Promise<Uint8Array[]> {
  return Promise.all(ranges.map((range) => hashRange(crypto, range, read)));
}

/** The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 section 2.1.1), leaf to root. */
export async function inclusionProof(
  crypto: MerkleCrypto,
  index: bigint,
  size: bigint,
  read: ReadNode,
): Promise<Uint8Array[]> {
  if (index < 0n || index >= size) {
    throw new MerkleError("bad_range", `index ${index} is not in a tree of ${size}`);
  }
  return hashRanges(crypto, inclusionRanges(index, size), read);
}

/** The proof that the tree of `to` leaves extends the tree of `from` leaves; empty from 0 and for equal sizes. */
export async function consistencyProof(
  crypto: MerkleCrypto,
  from: bigint,
  to: bigint,
  read: ReadNode,
): Promise<Uint8Array[]> {
  if (from < 0n || from > to) {
    throw new MerkleError("bad_range", `a tree of ${to} cannot extend a tree of ${from}`);
  }
  return from === 0n ? [] : hashRanges(crypto, consistencyRanges(from, to), read);
}

/** The root of the tree of `size` leaves (size >= 1). */
export function treeRoot(crypto: MerkleCrypto, size: bigint, read: ReadNode): Promise<Uint8Array> {
  if (size < 1n) throw new MerkleError("bad_range", "the root of an empty tree is not read from nodes");
  return hashRange(crypto, { start: 0n, end: size }, read);
}
