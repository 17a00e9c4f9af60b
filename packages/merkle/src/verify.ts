// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { emptyRoot, nodeHash, verifyHashLength } from "./hash.js";

/** A tree has at most 2^63 leaves, so no proof is longer; a longer one is refused before anything is hashed. */
const MAX_PROOF = 64;

function mismatch(message: string): never {
  throw new MerkleError("proof_mismatch", message);
}

function verifyProofShape(proof: readonly Uint8Array[]): void {
  if (proof.length > MAX_PROOF) {
    throw new MerkleError(
      "bad_proof",
      `a proof of ${proof.length} hashes, at most ${MAX_PROOF} are possible`,
    );
  }
  for (const hash of proof) verifyHashLength(hash, "a proof hash");
}

export interface InclusionClaim {
  index: bigint;
  size: bigint;
  leafHash: Uint8Array;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** Establishes that `leafHash` is leaf `index` of the tree of `size` leaves with this root (RFC 9162 2.1.3.2). */
export function verifyInclusion(crypto: MerkleCrypto, claim: InclusionClaim): void {
  const { index, size, proof } = claim;
  if (index < 0n || index >= size) {
    throw new MerkleError("bad_range", `index ${index} is not in a tree of ${size}`);
  }
  verifyProofShape(proof);
  verifyHashLength(claim.leafHash, "the leaf");
  let node = index;
  let last = size - 1n;
  let hash = claim.leafHash;
  for (const sibling of proof) {
    if (last === 0n) mismatch("the proof is longer than the path to the root");
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(crypto, sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(crypto, hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) mismatch("the proof is shorter than the path to the root");
  if (!equalBytes(hash, claim.root)) mismatch("the proof leads to another root");
}

export interface ConsistencyClaim {
  size1: bigint;
  size2: bigint;
  root1: Uint8Array;
  root2: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Establishes that the tree (size2, root2) extends (size1, root1) (RFC 9162 2.1.4.2). A claim about growth from
 * the empty tree is refused: every tree extends it, so a "proof" would prove nothing.
 */
export function verifyConsistency(crypto: MerkleCrypto, claim: ConsistencyClaim): void {
  const { size1, size2, root1, root2, proof } = claim;
  if (size1 < 0n || size1 > size2) {
    throw new MerkleError("bad_range", `a tree of ${size2} cannot extend a tree of ${size1}`);
  }
  if (size1 === size2) {
    if (proof.length > 0) throw new MerkleError("bad_proof", "equal sizes need an empty proof");
    if (size1 === 0n && !equalBytes(root1, emptyRoot())) mismatch("not the root of the empty tree");
    if (!equalBytes(root1, root2)) mismatch("two roots for one size");
    return;
  }
  if (size1 === 0n) throw new MerkleError("bad_range", "growth from the empty tree proves nothing");
  verifySubtreeConsistency(crypto, {
    start: 0n,
    end: size1,
    size: size2,
    subtreeRoot: root1,
    root: root2,
    proof,
  });
}

/**
 * Whether a claim that does not hold shows by itself that the tree (size2, root2) does not extend (size1, root1): nobody can make
 * hashes that lead to root2 and to another root for size1, unless the tree has that one. Any other false proof shows nothing.
 */
export function provesContradiction(crypto: MerkleCrypto, claim: ConsistencyClaim): boolean {
  const { size1: end, size2: size, root1: subtreeRoot, root2: root, proof } = claim;
  if (end === size) return !equalBytes(subtreeRoot, root);
  if (end < 1n || end > size) return false;
  try {
    verifyProofShape(proof);
    const found = climb(crypto, { start: 0n, end, size, subtreeRoot, root, proof });
    return equalBytes(found.hashOfTree, root) && !equalBytes(found.hashOfSubtree, subtreeRoot);
  } catch (error) {
    if (error instanceof MerkleError) return false;
    throw error;
  }
}

function verifySubtreeRange(start: bigint, end: bigint): void {
  if (start < 0n || end < start) throw new MerkleError("bad_range", `[${start}, ${end}) is not a range`);
  const width = end - start;
  const unit = width <= 1n ? 1n : 1n << BigInt((width - 1n).toString(2).length);
  if (start % unit !== 0n) {
    throw new MerkleError("bad_range", `a subtree of ${width} leaves cannot start at ${start}`);
  }
}

export interface SubtreeInclusionClaim {
  index: bigint;
  start: bigint;
  end: bigint;
  leafHash: Uint8Array;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/** Inclusion in the subtree [start, end) of a tree (draft-ietf-plants-merkle-tree-certs, subtrees). */
export function verifySubtreeInclusion(crypto: MerkleCrypto, claim: SubtreeInclusionClaim): void {
  const { index, start, end } = claim;
  verifySubtreeRange(start, end);
  if (index < start || index >= end) {
    throw new MerkleError("bad_range", `index ${index} is not in [${start}, ${end})`);
  }
  verifyInclusion(crypto, { ...claim, index: index - start, size: end - start });
}

export interface SubtreeConsistencyClaim {
  start: bigint;
  end: bigint;
  size: bigint;
  subtreeRoot: Uint8Array;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Establishes that the subtree [start, end) with `subtreeRoot` is part of the tree (size, root). With start 0 this
 * is a consistency proof (draft-ietf-plants-merkle-tree-certs, verifying subtree consistency proofs).
 */
export function verifySubtreeConsistency(crypto: MerkleCrypto, claim: SubtreeConsistencyClaim): void {
  const { start, end, size, subtreeRoot, root, proof } = claim;
  verifySubtreeRange(start, end);
  if (end > size) throw new MerkleError("bad_range", `[${start}, ${end}) is not in a tree of ${size}`);
  verifyProofShape(proof);
  if (start === end) {
    if (proof.length > 0) throw new MerkleError("bad_proof", "an empty range needs an empty proof");
    if (!equalBytes(subtreeRoot, emptyRoot())) mismatch("not the root of an empty range");
    return;
  }
  const { hashOfSubtree, hashOfTree } = climb(crypto, claim);
  if (!equalBytes(hashOfSubtree, subtreeRoot)) mismatch("the proof leads to another old root");
  if (!equalBytes(hashOfTree, root)) mismatch("the proof leads to another new root");
}

/** The roots of subtree and tree to which the hashes of a proof lead, whatever the claim says that they are. */
function climb(
  crypto: MerkleCrypto,
  { start, end, size, subtreeRoot, proof }: SubtreeConsistencyClaim,
): { hashOfSubtree: Uint8Array; hashOfTree: Uint8Array } {
  let first = start;
  let node = end - 1n;
  let last = size - 1n;
  // Climb while the subtree's right border is also the border of a complete node, or of the tree.
  const toTheEdge = (): boolean => end === size || (node & 1n) === 1n;
  while (first !== node && toTheEdge()) {
    first >>= 1n;
    node >>= 1n;
    last >>= 1n;
  }
  const rest = [...proof];
  // Where the subtree is one complete node its own root starts the path, otherwise the proof's first hash does.
  const seed = first === node ? subtreeRoot : rest.shift();
  if (seed === undefined) mismatch("the proof is empty");
  let hashOfSubtree = seed;
  let hashOfTree = seed;
  for (const sibling of rest) {
    if (last === 0n) mismatch("the proof is longer than the path to the root");
    if ((node & 1n) === 1n || node === last) {
      if (first < node) hashOfSubtree = nodeHash(crypto, sibling, hashOfSubtree);
      hashOfTree = nodeHash(crypto, sibling, hashOfTree);
      while ((node & 1n) === 0n && node !== 0n) {
        first >>= 1n;
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hashOfTree = nodeHash(crypto, hashOfTree, sibling);
    }
    first >>= 1n;
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) mismatch("the proof is shorter than the path to the root");
  return { hashOfSubtree, hashOfTree };
}
