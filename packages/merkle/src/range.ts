// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { HASH_BYTES, nodeHash } from "./hash.js";
import { type ReadNode, treeRoot } from "./proof.js";

/** Twice the height of the largest tree there can be, on either side. */
const MAX_RANGE_PROOF = 256;

/** The leaves [first, next) of a tree of `size`. */
export interface LeafRange {
  first: bigint;
  next: bigint;
  size: bigint;
}

function verifyRangeOf({ first, next, size }: LeafRange): void {
  if (first < 0n || next <= first || next > size)
    throw new MerkleError("bad_range", `[${first}, ${next}) is no range of a tree of ${size}`);
}

/**
 * The nodes of the tree by their place: outside of the range from `outside`, inside of it from `leaf`, and what lies across its borders
 * hashed from both. Maker and verifier walk alike, so the order of the walk is the order of the proof.
 */
function walker(
  crypto: MerkleCrypto,
  range: LeafRange,
  outside: ReadNode,
  leaf: (index: bigint) => Promise<Uint8Array> | Uint8Array,
): ReadNode {
  const node = async (height: number, index: bigint): Promise<Uint8Array> => {
    const start = index << BigInt(height);
    const end = (index + 1n) << BigInt(height);
    if (end <= range.first || start >= range.next) return outside(height, index);
    if (height === 0) return leaf(index);
    const left = await node(height - 1, 2n * index);
    return nodeHash(crypto, left, await node(height - 1, 2n * index + 1n));
  };
  return node;
}

/**
 * Why the leaves [first, next) are in a tree: the complete subtrees on both sides of them, from left to right. At most two for each
 * height. `read` gives nodes of the tree of `size` leaves.
 */
export async function rangeProof(range: LeafRange, read: ReadNode): Promise<Uint8Array[]> {
  verifyRangeOf(range);
  const proof: Uint8Array[] = [];
  // Inside of the range nothing needs to be read; any hash will do, as only the walk counts.
  const inside = new Uint8Array(HASH_BYTES);
  const outside: ReadNode = async (height, index) => {
    const hash = await read(height, index);
    proof.push(hash);
    return hash;
  };
  await collect(range, outside, inside);
  return proof;
}

/** The walk of `treeRoot` and `walker` without descending into what lies wholly inside. */
async function collect(range: LeafRange, outside: ReadNode, inside: Uint8Array): Promise<void> {
  const visit = async (height: number, index: bigint): Promise<void> => {
    const start = index << BigInt(height);
    const end = (index + 1n) << BigInt(height);
    if (end <= range.first || start >= range.next) await outside(height, index);
    else if (start < range.first || end > range.next) {
      await visit(height - 1, 2n * index);
      await visit(height - 1, 2n * index + 1n);
    }
  };
  const noHash = { sha256: () => inside, verifyEd25519: () => false };
  await treeRoot(noHash, range.size, async (height, index) => {
    await visit(height, index);
    return inside;
  });
}

/**
 * Establishes that these leaf hashes are the leaves [first, next) of the tree of `size` leaves with this root. Throws MerkleError:
 * `bad_range`, `bad_proof`, `proof_mismatch`.
 */
export async function verifyRange(
  crypto: MerkleCrypto,
  claim: LeafRange & { leaves: Uint8Array; proof: readonly Uint8Array[]; root: Uint8Array },
): Promise<void> {
  verifyRangeOf(claim);
  const { first, next, size, leaves, proof, root } = claim;
  if (proof.length > MAX_RANGE_PROOF || proof.some((hash) => hash.length !== HASH_BYTES))
    throw new MerkleError("bad_proof", "a range proof is too long, or a hash of it is not 32 bytes");
  if (BigInt(leaves.length) !== (next - first) * BigInt(HASH_BYTES))
    throw new MerkleError("bad_range", "there are more or fewer leaves than the range has");
  let used = 0;
  const outside: ReadNode = () => {
    const hash = proof[used++];
    if (hash === undefined)
      throw new MerkleError("proof_mismatch", "the proof is shorter than the way to the root");
    return hash;
  };
  const leaf = (index: bigint): Uint8Array => {
    const at = HASH_BYTES * Number(index - first);
    return leaves.subarray(at, at + HASH_BYTES);
  };
  const found = await treeRoot(crypto, size, walker(crypto, claim, outside, leaf));
  if (used !== proof.length)
    throw new MerkleError("proof_mismatch", "the proof is longer than the way to the root");
  if (!equalBytes(found, root)) throw new MerkleError("proof_mismatch", "the range leads to another root");
}
