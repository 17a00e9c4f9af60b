// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "./bytes.js";
import type { ReadNode } from "./proof.js";

/**
 * The first leaf of the first `size` in which two trees differ; undefined when these leaves are the same. Reads at most
 * two hashes of each height from each tree, so it says where two histories part without either of them.
 */
export async function firstDifference(
  size: bigint,
  ours: ReadNode,
  theirs: ReadNode,
): Promise<bigint | undefined> {
  const differs = async (height: number, index: bigint): Promise<boolean> =>
    !equalBytes(await ours(height, index), await theirs(height, index));
  let start = 0n;
  for (let height = size.toString(2).length - 1; height >= 0; height--) {
    const width = 1n << BigInt(height);
    if (start + width > size) continue;
    if (await differs(height, start >> BigInt(height))) return descend(height, start, differs);
    start += width;
  }
  return undefined;
}

/** Within a complete subtree that differs: the left half first. */
async function descend(
  from: number,
  first: bigint,
  differs: (height: number, index: bigint) => Promise<boolean>,
): Promise<bigint> {
  let start = first;
  for (let height = from - 1; height >= 0; height--) {
    if (!(await differs(height, start >> BigInt(height)))) start += 1n << BigInt(height);
  }
  return start;
}
