// SPDX-License-Identifier: Apache-2.0
import { equalBytes, parseBundle, type TrustedTiles } from "@telltale/merkle";
import { hashOneLeaf } from "../hash.js";
import { type MirrorSource, widthOf } from "./source.js";

/** The bytes of one event, proven; undefined when the source does not have them, or has others. Throws MerkleError. */
export async function entryAt(
  source: Pick<MirrorSource, "bundle">,
  tiles: TrustedTiles,
  index: number,
): Promise<Buffer | undefined> {
  const n = Math.floor(index / 256);
  const width = widthOf(n, Number(tiles.size));
  const bundle = await source.bundle(n, width);
  if (bundle === undefined || bundle === "pruned") return undefined;
  const entry = parseBundle(bundle, width)[index % 256];
  if (entry === undefined || !equalBytes(hashOneLeaf(entry), await tiles.hash(0, BigInt(index))))
    return undefined;
  return Buffer.from(entry);
}
