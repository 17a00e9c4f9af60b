// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/*
 * RFC 6962 section 2.1 as it is written: slow, recursive, and obviously right. Everything else is compared with it.
 */

export type Hash = Uint8Array;

const sha256 = (...parts: Uint8Array[]): Hash => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const leaf = (entry: Uint8Array): Hash => sha256(Uint8Array.of(0), entry);
const node = (left: Hash, right: Hash): Hash => sha256(Uint8Array.of(1), left, right);

/** The largest power of two smaller than n. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH(D[n]). */
export function root(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const k = split(leaves.length);
  return node(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** PATH(m, D[n]). */
export function path(m: number, leaves: readonly Hash[]): Hash[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** PROOF(m, D[n]) for 0 < m. */
export function proof(m: number, leaves: readonly Hash[]): Hash[] {
  return subproof(m, leaves, true);
}

function subproof(m: number, leaves: readonly Hash[], known: boolean): Hash[] {
  if (m === leaves.length) return known ? [] : [root(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), known), root(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))];
}

/** SUBTREE_PROOF(start, end, D[n]) of draft-ietf-plants-merkle-tree-certs, for a subtree that there can be. */
export function subtreeProof(start: number, end: number, leaves: readonly Hash[], known = true): Hash[] {
  if (start === 0 && end === leaves.length) return known ? [] : [root(leaves)];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  if (end <= k) return [...subtreeProof(start, end, left, known), root(right)];
  if (start >= k) return [...subtreeProof(start - k, end - k, right, known), root(left)];
  return [...subtreeProof(0, end - k, right, false), root(left)];
}

/** Whether [start, end) is a subtree: it begins at a multiple of the next power of two from its width on. */
export function isSubtree(start: number, end: number): boolean {
  let unit = 1;
  while (unit < end - start) unit *= 2;
  return start % unit === 0;
}
