// SPDX-License-Identifier: Apache-2.0
// Every proof of every small tree, as the textbook makes it, and what is nearly one.
import { describe, expect, it } from "vitest";
import { isSubtree, leaf, path, proof, root, subtreeProof } from "../test/reference.js";
import { MerkleError } from "./error.js";
import { emptyRoot } from "./hash.js";
import { nodeCrypto } from "./node.js";
import {
  verifyConsistency,
  verifyInclusion,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from "./verify.js";

const LARGEST = 35;
const leaves = Array.from({ length: LARGEST }, (_, i) => leaf(Buffer.from(`entry ${i}`)));
const tree = (size: number): Uint8Array[] => leaves.slice(0, size);
const other = leaf(Buffer.from("nothing of this tree"));
const crypto = nodeCrypto;

const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => other);

/** What the verifier says: "holds", or its code. Throws whatever is not of its own. */
function say(verify: () => void): string {
  try {
    verify();
    return "holds";
  } catch (error) {
    if (error instanceof MerkleError) return error.code;
    throw error;
  }
}

/** Proofs that differ from a good one: shorter, longer, with two hashes exchanged, with one of them another. */
function* nearly(good: readonly Uint8Array[]): Generator<Uint8Array[]> {
  if (good.length > 0) yield good.slice(0, -1);
  if (good.length > 0) yield good.slice(1);
  yield [...good, other];
  yield [other, ...good];
  for (const [i, hash] of good.entries()) {
    yield good.with(i, other);
    const next = good[i + 1];
    if (next !== undefined) yield good.with(i, next).with(i + 1, hash);
  }
}

describe("inclusion", () => {
  it("holds for each leaf of each tree, and for nothing that is nearly so", () => {
    for (let size = 1; size <= LARGEST; size++) {
      const whole = root(tree(size));
      for (let index = 0; index < size; index++) {
        const good = path(index, tree(size));
        const claim = {
          index: BigInt(index),
          size: BigInt(size),
          leafHash: leaves[index] as Uint8Array,
          root: whole,
        };
        const ask = (change: object): string =>
          say(() => verifyInclusion(crypto, { ...claim, proof: good, ...change }));
        expect([size, index, ask({})]).toEqual([size, index, "holds"]);
        for (const bad of nearly(good))
          expect([size, index, ask({ proof: bad })]).toEqual([size, index, "proof_mismatch"]);
        expect(ask({ leafHash: other })).toBe("proof_mismatch");
        expect(ask({ root: other })).toBe("proof_mismatch");
        if (index > 0) expect(ask({ index: BigInt(index - 1) })).toBe("proof_mismatch");
        expect(ask({ index: BigInt(size) })).toBe("bad_range");
        expect(ask({ index: -1n })).toBe("bad_range");
      }
    }
  });

  it("is refused for what is no hash, and for more hashes than there can be", () => {
    const claim = { index: 0n, size: 2n, leafHash: leaves[0] as Uint8Array, root: root(tree(2)) };
    const ask = (change: object): string =>
      say(() => verifyInclusion(crypto, { ...claim, proof: [leaves[1] as Uint8Array], ...change }));
    expect(ask({})).toBe("holds");
    for (const length of [0, 31, 33]) {
      expect(ask({ proof: [new Uint8Array(length)] })).toBe("bad_hash");
      expect(ask({ leafHash: new Uint8Array(length) })).toBe("bad_hash");
    }
    expect(ask({ proof: many(64), size: 1n << 62n })).toBe("proof_mismatch");
    expect(ask({ proof: many(65), size: 1n << 62n })).toBe("bad_proof");
  });
});

describe("consistency", () => {
  it("holds for each growth of each tree, and for nothing that is nearly so", () => {
    for (let size2 = 1; size2 <= LARGEST; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const good = proof(size1, tree(size2));
        const claim = {
          size1: BigInt(size1),
          size2: BigInt(size2),
          root1: root(tree(size1)),
          root2: root(tree(size2)),
        };
        const ask = (change: object): string =>
          say(() => verifyConsistency(crypto, { ...claim, proof: good, ...change }));
        expect([size1, size2, ask({})]).toEqual([size1, size2, "holds"]);
        const refusal = size1 === size2 ? "bad_proof" : "proof_mismatch";
        for (const bad of nearly(good))
          expect([size1, size2, ask({ proof: bad })]).toEqual([size1, size2, refusal]);
        expect(ask({ root1: other })).toBe("proof_mismatch");
        expect(ask({ root2: other })).toBe("proof_mismatch");
        expect(ask({ size1: BigInt(size2 + 1) })).toBe("bad_range");
        expect(ask({ size1: 0n })).toBe("bad_range");
        expect(ask({ size1: -1n })).toBe("bad_range");
      }
    }
  });

  it("of the empty tree with itself has one root, and with nothing else any meaning", () => {
    const empty = { size1: 0n, size2: 0n, root1: emptyRoot(), root2: emptyRoot(), proof: [] };
    expect(say(() => verifyConsistency(crypto, empty))).toBe("holds");
    expect(say(() => verifyConsistency(crypto, { ...empty, root1: other, root2: other }))).toBe(
      "proof_mismatch",
    );
    expect(say(() => verifyConsistency(crypto, { ...empty, proof: [other] }))).toBe("bad_proof");
  });
});

describe("subtrees", () => {
  const LARGEST_TREE = 20;

  it("are in their trees, with proofs as the draft makes them, and nothing that is nearly one is", () => {
    for (let size = 1; size <= LARGEST_TREE; size++) {
      for (let start = 0; start < size; start++) {
        for (let end = start + 1; end <= size; end++) {
          const where = [start, end, size];
          const subtreeRoot = root(leaves.slice(start, end));
          const range = { start: BigInt(start), end: BigInt(end) };
          const claim = { ...range, size: BigInt(size), subtreeRoot, root: root(tree(size)) };
          const ask = (proof: Uint8Array[], change: object = {}): string =>
            say(() => verifySubtreeConsistency(crypto, { ...claim, proof, ...change }));
          if (!isSubtree(start, end)) {
            expect([...where, ask([])]).toEqual([...where, "bad_range"]);
            continue;
          }
          const good = subtreeProof(start, end, tree(size));
          expect([...where, ask(good)]).toEqual([...where, "holds"]);
          for (const bad of nearly(good)) expect([...where, ask(bad)]).toEqual([...where, "proof_mismatch"]);
          expect(ask(good, { subtreeRoot: other })).toBe("proof_mismatch");
          expect(ask(good, { root: other })).toBe("proof_mismatch");
          expect(ask(good, { size: BigInt(end - 1) })).toBe("bad_range");
        }
      }
    }
  });

  it("have their leaves in them", () => {
    for (const [start, end] of [
      [0, 5],
      [8, 16],
      [16, 19],
      [6, 8],
      [7, 8],
    ] as const) {
      const slice = leaves.slice(start, end);
      for (let index = start; index < end; index++) {
        const claim = {
          index: BigInt(index),
          start: BigInt(start),
          end: BigInt(end),
          leafHash: leaves[index] as Uint8Array,
        };
        const good = { ...claim, root: root(slice), proof: path(index - start, slice) };
        const ask = (change: object): string =>
          say(() => verifySubtreeInclusion(crypto, { ...good, ...change }));
        expect(ask({})).toBe("holds");
        expect(ask({ leafHash: other })).toBe("proof_mismatch");
        expect(ask({ index: BigInt(start) - 1n })).toBe("bad_range");
        expect(ask({ index: BigInt(end) })).toBe("bad_range");
      }
    }
    const none = { index: 0n, start: 1n, end: 3n, leafHash: other, root: other, proof: [] };
    expect(say(() => verifySubtreeInclusion(crypto, none))).toBe("bad_range");
    expect(say(() => verifySubtreeInclusion(crypto, { ...none, start: -1n }))).toBe("bad_range");
    expect(say(() => verifySubtreeInclusion(crypto, { ...none, start: 4n }))).toBe("bad_range");
  });

  it("that are empty have the empty root, and no proof", () => {
    const claim = { start: 4n, end: 4n, size: 9n, subtreeRoot: emptyRoot(), root: root(tree(9)), proof: [] };
    const ask = (change: object): string =>
      say(() => verifySubtreeConsistency(crypto, { ...claim, ...change }));
    expect(ask({})).toBe("holds");
    expect(ask({ subtreeRoot: other })).toBe("proof_mismatch");
    expect(ask({ proof: [other] })).toBe("bad_proof");
    expect(ask({ start: 5n })).toBe("bad_range");
    expect(ask({ start: -1n, end: -1n })).toBe("bad_range");
  });
});
