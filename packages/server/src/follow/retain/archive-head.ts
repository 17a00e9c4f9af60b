// SPDX-License-Identifier: Apache-2.0
import { parseVkey, rangeProof, toBase64, TrustedTiles, verifyCheckpoint } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { ArchiveHead } from "./archive.js";
import type { RetainLog } from "./retain-log.js";
import type { SegmentFacts } from "./segment-facts.js";

/** The newest checkpoint of a log, and the proof that a segment is in its tree. MerkleError where the log's tiles are not what it signed. */
export async function toArchiveHead(log: RetainLog, { first, next }: SegmentFacts): Promise<ArchiveHead> {
  const { origin, vkey, keys, keyHistory } = log;
  const { size, text } = log.checkpoint();
  const head = verifyCheckpoint(nodeCrypto, text, parseVkey(nodeCrypto, vkey));
  const tiles = await TrustedTiles.open(nodeCrypto, head, (level, n, width) =>
    log.tile(level, Number(n), width),
  );
  const range = { first: BigInt(first), next: BigInt(next), size: head.size };
  const proof = (await rangeProof(range, tiles.node)).map(toBase64);
  return { origin, size, text, vkey, proof, ...(keys.length > 1 && { keyHistory }) };
}
