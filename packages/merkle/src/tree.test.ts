// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaf, path, proof, root } from "../test/reference.js";
import { RightEdge } from "./edge.js";
import { MerkleError } from "./error.js";
import { emptyRoot, leafHash } from "./hash.js";
import { nobleCrypto } from "./noble.js";
import { nodeCrypto } from "./node.js";
import { consistencyProof, inclusionProof, treeRoot } from "./proof.js";
import { verifyConsistency, verifyInclusion } from "./verify.js";

const crypto = nodeCrypto;
const leaves = Array.from({ length: 300 }, (_, i) => leaf(Buffer.from(`event ${i}`)));
const hashNode = (node: Uint8Array, out: Uint8Array, offset: number): void =>
  out.set(crypto.sha256(node), offset);
const read = (height: number, index: bigint): Uint8Array => {
  const width = 2 ** height;
  return root(leaves.slice(Number(index) * width, (Number(index) + 1) * width));
};

function leafAt(i: number): Uint8Array {
  const found = leaves[i];
  if (found === undefined) throw new Error(`no leaf ${i}`);
  return found;
}

async function claimOf(n: number, m: number): Promise<Parameters<typeof verifyInclusion>[1]> {
  const proof = await inclusionProof(crypto, BigInt(m), BigInt(n), read);
  return { index: BigInt(m), size: BigInt(n), leafHash: leafAt(m), proof, root: edgeOf(n).root() };
}

function edgeOf(size: number): RightEdge {
  const edge = new RightEdge(hashNode);
  edge.append(Buffer.concat(leaves.slice(0, size)), size);
  return edge;
}

const size = fc.integer({ min: 1, max: leaves.length });

describe("the tree against the textbook", () => {
  it("has the textbook's root at every size", async () => {
    const edge = new RightEdge(hashNode);
    expect(edge.root()).toEqual(emptyRoot());
    for (let n = 1; n <= leaves.length; n++) {
      edge.append(leafAt(n - 1), 1);
      const expected = Buffer.from(root(leaves.slice(0, n)));
      expect(expected.equals(edge.root())).toBe(true);
    }
    for (let n = 1; n <= leaves.length; n += 37) {
      expect(Buffer.from(await treeRoot(crypto, BigInt(n), read))).toEqual(root(leaves.slice(0, n)));
    }
  });

  it("makes the textbook's inclusion proofs, and they verify", async () => {
    const cases = fc.tuple(size, fc.nat()).map(([n, m]) => [n, m % n] as const);
    await fc.assert(
      fc.asyncProperty(cases, async ([n, m]) => {
        const made = await inclusionProof(crypto, BigInt(m), BigInt(n), read);
        expect(made.map(Buffer.from)).toEqual(path(m, leaves.slice(0, n)));
        const claim = { index: BigInt(m), size: BigInt(n), leafHash: leafAt(m), proof: made };
        verifyInclusion(crypto, { ...claim, root: edgeOf(n).root() });
      }),
      { numRuns: 60 },
    );
  });

  it("makes the textbook's consistency proofs, and they verify", async () => {
    const cases = fc.tuple(size, size).map((pair) => pair.toSorted((a, b) => a - b) as [number, number]);
    await fc.assert(
      fc.asyncProperty(cases, async ([m, n]) => {
        const made = await consistencyProof(crypto, BigInt(m), BigInt(n), read);
        expect(made.map(Buffer.from)).toEqual(proof(m, leaves.slice(0, n)));
        const roots = { root1: edgeOf(m).root(), root2: edgeOf(n).root() };
        verifyConsistency(crypto, { size1: BigInt(m), size2: BigInt(n), proof: made, ...roots });
      }),
      { numRuns: 60 },
    );
  });

  it("does not accept a proof with one bit changed anywhere", async () => {
    const claim = await claimOf(300, 123);
    for (const [number, hash] of claim.proof.entries()) {
      for (const [byte, value] of hash.entries()) {
        const changed = Uint8Array.from(hash);
        changed[byte] = value ^ (1 << (byte % 8));
        const bad = claim.proof.with(number, changed);
        expect(() => verifyInclusion(crypto, { ...claim, proof: bad })).toThrow(MerkleError);
      }
    }
    for (const index of Array.from({ length: 310 }, (_, i) => BigInt(i)).filter((i) => i !== 123n)) {
      expect(() => verifyInclusion(crypto, { ...claim, index })).toThrow(MerkleError);
    }
  });

  it("continues from a restored edge", () => {
    for (const n of [1, 2, 7, 64, 255, 256]) {
      const edge = RightEdge.restore(hashNode, n, (height, index) => read(height, BigInt(index)));
      edge.append(Buffer.concat(leaves.slice(n)), leaves.length - n);
      expect(edge.root()).toEqual(edgeOf(leaves.length).root());
    }
  });

  it("gives the hashes that tiles are made of", () => {
    const seen = new Map<string, Buffer>();
    const edge = new RightEdge(hashNode);
    edge.append(Buffer.concat(leaves), leaves.length, (height, index, bytes, offset) => {
      seen.set(`${height}/${index}`, Buffer.from(bytes.subarray(offset, offset + 32)));
    });
    expect(seen.size).toBe(301);
    expect(seen.get("8/0")).toEqual(root(leaves.slice(0, 256)));
  });

  it("is the same with both crypto adapters", () => {
    const entry = Buffer.from("L123456");
    expect(Buffer.from(leafHash(nobleCrypto, entry))).toEqual(leafHash(nodeCrypto, entry));
    expect(Buffer.from(leafHash(nodeCrypto, entry)).toString("hex")).toMatch(/^395aa064/);
  });
});
