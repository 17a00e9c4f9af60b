// SPDX-License-Identifier: Apache-2.0
import { parseCheckpoint, type TreeHead } from "./checkpoint.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { parseNote, verifyNote } from "./note.js";
import type { VerifierKey } from "./vkey.js";

/**
 * A key of a log and the trees that it may speak for: those of `from` to `to` entries, both included; without `to` it is
 * the key of today. At a change the old key's `to` is the new key's `from`: both signed the checkpoint of that size.
 */
export interface KeyRange {
  key: VerifierKey;
  from: bigint;
  to?: bigint;
}

/** The one key of a log that never changed it. */
export function rangeOfOne(key: VerifierKey): KeyRange[] {
  return [{ key, from: 0n }];
}

/** Whether a key may speak for a tree of this size. */
export function speaksFor({ from, to }: KeyRange, size: bigint): boolean {
  return size >= from && (to === undefined || size <= to);
}

/**
 * The head that a key of the log signed while it was the log's key. Throws unless a signature holds (`signature_missing`,
 * `signature_invalid`), is by a key that may speak for a tree of this size (`key_out_of_range`: a key that was replaced
 * signs for nothing that came later) and the checkpoint is of this log (`wrong_origin`).
 */
export function verifyCheckpointBy(
  crypto: MerkleCrypto,
  note: Uint8Array | string,
  keys: readonly KeyRange[],
): TreeHead {
  const unverified = parseNote(note);
  const signers = verifyNote(
    crypto,
    unverified,
    keys.map(({ key }) => key),
  );
  const head = parseCheckpoint(unverified.text);
  if (keys.some(({ key }) => key.name !== head.origin))
    throw new MerkleError("wrong_origin", "the checkpoint is of another log");
  if (!keys.some((range) => signers.includes(range.key) && speaksFor(range, head.size))) {
    throw new MerkleError(
      "key_out_of_range",
      `the checkpoint of ${head.size} entries is signed by a key that does not speak for this size: it was replaced before, or introduced after`,
    );
  }
  return head;
}
