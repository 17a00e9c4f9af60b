// SPDX-License-Identifier: Apache-2.0
import { RightEdge, TILE_WIDTH } from "@telltale/merkle";
import { LogError } from "../error.js";
import { hashNode } from "../hash.js";
import { type TileStore, tilePath } from "../tiles.js";
import type { IndexRange } from "./ranges.js";

/** The leaf hashes of a range between tile borders, a tile at a time, from the tiles; `damaged` when one is missing. */
export async function readLeaves(
  tiles: TileStore,
  range: IndexRange,
  onTile: (leaves: Buffer, n: number) => void,
): Promise<void> {
  for (let n = range.first / TILE_WIDTH; n < range.next / TILE_WIDTH; n++) {
    const leaves = await tiles.readFull(0, n);
    if (leaves === undefined) {
      throw new LogError("damaged", `the hash tile ${tilePath(0, n, TILE_WIDTH)} is missing or cut`);
    }
    onTile(leaves, n);
  }
}

/** RFC 6962 root of the tree that has exactly the leaves of the range. */
export async function rangeRoot(tiles: TileStore, range: IndexRange): Promise<Buffer> {
  const edge = new RightEdge(hashNode);
  await readLeaves(tiles, range, (leaves) => edge.append(leaves, TILE_WIDTH));
  return Buffer.from(edge.root());
}
