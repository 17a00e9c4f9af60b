// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  type KeyRange,
  MerkleError,
  parseReceipt,
  type TreeHead,
  type TrustedTiles,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";

/** A checkpoint that somebody outside kept. */
export interface OutsideHead {
  text: string;
  head: TreeHead;
}

/** The checkpoint in a note, or in a receipt; undefined unless one of the keys signed it. */
export function parseOutside(bytes: Buffer | string, keys: readonly KeyRange[]): OutsideHead | undefined {
  try {
    const plain = typeof bytes === "string" ? bytes : bytes.toString("utf8");
    const text = plain.startsWith("c2sp.org/tlog-proof@") ? parseReceipt(bytes).checkpoint : plain;
    return { text, head: verifyCheckpointBy(nodeCrypto, text, keys) };
  } catch (error) {
    if (error instanceof MerkleError) return undefined;
    throw error;
  }
}

/** All of them; `bad_certificate` when one is none of this log: a mistaken file must not be passed over in silence. */
export function parseAllOutside(files: readonly Buffer[], keys: readonly KeyRange[]): TreeHead[] {
  return files.map((bytes) => {
    const found = parseOutside(bytes, keys);
    if (found !== undefined) return found.head;
    throw new LogError(
      "bad_certificate",
      "what is given as evidence is no checkpoint or receipt that a key of this log signed: it is of another log, or of a key that came later",
    );
  });
}

/** What is wrong with a log that has fewer events than somebody outside can show. */
export function describeCut(shown: bigint, size: bigint): string {
  return `${shown} events were signed, as the evidence shows, the log has ${size}: its end was cut off, or an old copy put back`;
}

/** Why a log with these tiles is not the continuation of what somebody outside kept; undefined when it is. */
export async function findOutsideGap(
  heads: readonly TreeHead[],
  tiles: Pick<TrustedTiles, "size" | "rootAt">,
): Promise<string | undefined> {
  for (const { size, root } of heads) {
    if (size > tiles.size) return describeCut(size, tiles.size);
    if (!equalBytes(await tiles.rootAt(size), root))
      return `the first ${size} events do not have the root that the evidence shows: the log's key signed two histories`;
  }
  return undefined;
}
