// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { leaf, root } from "../test/reference.js";
import { nodeCrypto } from "./node.js";
import { consistencyProof, inclusionProof, type ReadNode, treeRoot } from "./proof.js";

const leaves = Array.from({ length: 8 }, (_, i) => leaf(Buffer.from(`${i}`)));
const read: ReadNode = (height, index) => {
  const from = Number(index) * 2 ** height;
  return root(leaves.slice(from, from + 2 ** height));
};
/** A store that has lost a byte of each hash. */
const cut: ReadNode = async (height, index) => (await read(height, index)).subarray(1);

describe("proofs from stored nodes", () => {
  it("are of what is in the tree, and of growth", async () => {
    const range = { code: "bad_range" };
    await expect(inclusionProof(nodeCrypto, 5n, 5n, read)).rejects.toMatchObject(range);
    await expect(inclusionProof(nodeCrypto, -1n, 5n, read)).rejects.toMatchObject(range);
    await expect(consistencyProof(nodeCrypto, 6n, 5n, read)).rejects.toMatchObject(range);
    await expect(consistencyProof(nodeCrypto, -1n, 5n, read)).rejects.toMatchObject(range);
    expect(() => treeRoot(nodeCrypto, 0n, read)).toThrow("empty tree");
    expect(await consistencyProof(nodeCrypto, 0n, 5n, read)).toEqual([]);
    expect(await consistencyProof(nodeCrypto, 5n, 5n, read)).toEqual([]);
  });

  it("are not made of what is no hash", async () => {
    const hash = { code: "bad_hash" };
    await expect(inclusionProof(nodeCrypto, 1n, 8n, cut)).rejects.toMatchObject(hash);
    await expect(consistencyProof(nodeCrypto, 3n, 8n, cut)).rejects.toMatchObject(hash);
    await expect(treeRoot(nodeCrypto, 8n, cut)).rejects.toMatchObject(hash);
  });
});
