// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaf, root } from "../test/reference.js";
import { nodeCrypto as crypto } from "./node.js";
import { rangeProof, verifyRange } from "./range.js";

const leaves = Array.from({ length: 90 }, (_, i) => leaf(Buffer.from(`event ${i}`)));
const read = (height: number, index: bigint): Uint8Array =>
  root(leaves.slice(Number(index) * 2 ** height, (Number(index) + 1) * 2 ** height));

async function claimOf(first: number, next: number, size: number) {
  const range = { first: BigInt(first), next: BigInt(next), size: BigInt(size) };
  const proof = await rangeProof(range, read);
  return {
    ...range,
    proof,
    leaves: Buffer.concat(leaves.slice(first, next)),
    root: root(leaves.slice(0, size)),
  };
}

describe("a range proof", () => {
  it("holds for every range of every small tree", async () => {
    for (let size = 1; size <= 20; size++)
      for (let first = 0; first < size; first++)
        for (let next = first + 1; next <= size; next++) {
          const claim = await claimOf(first, next, size);
          await verifyRange(crypto, claim);
          expect(claim.proof.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(size + 1)));
        }
  });

  it("does not hold for anything else", async () => {
    const ranges = fc.tuple(fc.integer({ min: 1, max: 90 }), fc.nat(), fc.nat()).map(([size, a, b]) => {
      const first = a % size;
      return [first, first + 1 + (b % (size - first)), size] as const;
    });
    await fc.assert(
      fc.asyncProperty(
        ranges,
        fc.nat(),
        fc.constantFrom("leaf", "proof", "more", "less", "shift"),
        async (range, at, what) => {
          const claim = await claimOf(...range);
          const changed = {
            ...claim,
            leaves: Buffer.from(claim.leaves),
            proof: claim.proof.map((hash) => Buffer.from(hash)),
          };
          if (what === "leaf")
            changed.leaves[at % changed.leaves.length] =
              (changed.leaves[at % changed.leaves.length] as number) ^ 1;
          if (what === "more") changed.proof.push(Buffer.alloc(32));
          if (what === "less" || what === "proof") fc.pre(claim.proof.length > 0);
          if (what === "less") changed.proof.pop();
          if (what === "proof")
            (changed.proof[at % changed.proof.length] as Buffer)[at % 32] =
              ((changed.proof[at % changed.proof.length] as Buffer)[at % 32] as number) ^ 1;
          if (what === "shift") Object.assign(changed, { first: claim.first + 1n, next: claim.next + 1n });
          await expect(verifyRange(crypto, changed)).rejects.toMatchObject({ name: "MerkleError" });
        },
      ),
      { numRuns: 300 },
    );
  });
});
