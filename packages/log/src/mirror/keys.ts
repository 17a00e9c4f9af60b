// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  type KeyHistory,
  type KeyRange,
  keysFrom,
  MerkleError,
  parseKeyHistory,
  parseReceipt,
  rangeOfOne,
  type TrustedTiles,
  verifyCheckpointBy,
  type VerifierKey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { MirrorSource } from "./source.js";

/** A key history as it came, with what it proves. */
export interface ProvenKeys {
  text: Buffer;
  history: KeyHistory;
}

/** The keys that are believed: those that the history leads to from the pinned one. Throws MerkleError. */
export function toKeys(pinned: VerifierKey, proven: ProvenKeys | undefined): readonly KeyRange[] {
  return proven === undefined ? rangeOfOne(pinned) : keysFrom(proven.history, pinned);
}

/** What was believed of the keys before stays as it was; new ones come behind. */
function extendsKeys(known: readonly KeyRange[], { keys }: KeyHistory): boolean {
  const from = keys.findIndex(({ key }) =>
    equalBytes(key.publicKey, known[0]?.key.publicKey ?? Buffer.alloc(0)),
  );
  if (from < 0) return false;
  return known.every(({ key, to }, i) => {
    const same = keys[from + i];
    return (
      same !== undefined &&
      equalBytes(same.key.publicKey, key.publicKey) &&
      (to === undefined || same.to === to)
    );
  });
}

/**
 * The source's key history, when from the known keys it leads to others, and only then: each new key is one that the key before
 * named in an event of a tree which both signed. Undefined when there is none, or one that proves nothing to us.
 */
export async function fetchKeys(
  source: Pick<MirrorSource, "keys">,
  pinned: VerifierKey,
  known: readonly KeyRange[] = rangeOfOne(pinned),
): Promise<ProvenKeys | undefined> {
  const text = await source.keys?.();
  if (text === undefined) return undefined;
  try {
    const history = parseKeyHistory(nodeCrypto, text);
    keysFrom(history, pinned);
    return extendsKeys(known, history) ? { text, history } : undefined;
  } catch (error) {
    if (error instanceof MerkleError) return undefined;
    throw error;
  }
}

/**
 * Throws MerkleError unless the trees at which the keys were changed are beginnings of this one: with a stolen old key somebody
 * could else change it in a history of their own.
 */
export async function verifyChangesIn({ history }: ProvenKeys, tiles: TrustedTiles): Promise<void> {
  for (const { proof } of history.changes) {
    const head = verifyCheckpointBy(nodeCrypto, parseReceipt(proof).checkpoint, history.keys);
    if (head.size > tiles.size || !equalBytes(await tiles.rootAt(head.size), head.root))
      throw new MerkleError("bad_key_history", "the log's key was changed in another history than this one");
  }
}
