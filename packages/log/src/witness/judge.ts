// SPDX-License-Identifier: Apache-2.0
import {
  type AddCheckpoint,
  emptyRoot,
  equalBytes,
  type KeyRange,
  MerkleError,
  parseNote,
  parseTreeHead,
  provesContradiction,
  speaksFor,
  type TreeHead,
  type UnverifiedNote,
  verifyConsistency,
  verifyNote,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";

/** What a witness knows of a log. */
export interface Known {
  /** The keys that it trusts for the origin. */
  keys: readonly KeyRange[];
  /** The largest tree that it cosigned; undefined before the first. */
  head: { size: bigint; root: Uint8Array } | undefined;
}

/** Why a request is not answered with 200, by the status codes of C2SP tlog-witness. */
export type Refusal =
  | { status: 400; why: string }
  | { status: 403; why: string }
  | { status: 404; why: string }
  | { status: 409; why: string; size: bigint }
  /**
   * `proven`: the checkpoint contradicts the one that was cosigned, and that is the doing of the log's key. Otherwise it is the
   * proof that is wrong, and that anybody can make to a checkpoint that the log published.
   */
  | { status: 422; why: string; proven: boolean };

/** A checkpoint whose form, and nothing else, is established. */
export interface Submitted {
  note: UnverifiedNote;
  head: TreeHead;
}

/** The checkpoint of a request; undefined when it is none, whoever signed it. */
export function parseSubmitted({ checkpoint }: AddCheckpoint): Submitted | undefined {
  try {
    const note = parseNote(checkpoint);
    return { note, head: parseTreeHead(note.text) };
  } catch (error) {
    if (error instanceof MerkleError) return undefined;
    throw error;
  }
}

/** Signed by a key that is the log's at this size: one that was replaced signs for nothing larger. */
function isSigned({ note, head }: Submitted, keys: readonly KeyRange[]): boolean {
  try {
    const signers = verifyNote(
      nodeCrypto,
      note,
      keys.map(({ key }) => key),
    );
    return keys.some((range) => signers.includes(range.key) && speaksFor(range, head.size));
  } catch (error) {
    // Missing, or there and not verifying: 403 for both.
    if (error instanceof MerkleError) return false;
    throw error;
  }
}

/** Why the checkpoint does not follow from the one that was cosigned last; undefined when it does. */
function findInconsistency(
  { oldSize, proof }: AddCheckpoint,
  { head }: Submitted,
  known: Known["head"],
): { why: string; proven: boolean } | undefined {
  if (head.size === 0n && !equalBytes(head.root, emptyRoot()))
    return { why: "an empty tree with another root", proven: true };
  if (oldSize === 0n || known === undefined) {
    return proof.length > 0 ? { why: "a proof of growth from the empty tree", proven: false } : undefined;
  }
  const claim = { size1: oldSize, size2: head.size, root1: known.root, root2: head.root, proof };
  try {
    verifyConsistency(nodeCrypto, claim);
    return undefined;
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    return { why: error.message, proven: provesContradiction(nodeCrypto, claim) };
  }
}

/**
 * Whether a witness may cosign, in the order of C2SP tlog-witness; undefined when it may. Says nothing about a checkpoint that
 * another request is just being given: whoever asks MUST hold the log's turn until the answer is on disk.
 */
export function findRefusal(request: AddCheckpoint, submitted: Submitted, known: Known): Refusal | undefined {
  if (!isSigned(submitted, known.keys)) return { status: 403, why: "no valid signature of a known key" };
  const { size } = submitted.head;
  if (request.oldSize > size) return { status: 400, why: "the old size is larger than the checkpoint's" };
  const last = known.head?.size ?? 0n;
  if (request.oldSize !== last) {
    return { status: 409, why: `the old size is ${request.oldSize}, cosigned last was ${last}`, size: last };
  }
  const found = findInconsistency(request, submitted, known.head);
  return found === undefined ? undefined : { status: 422, ...found };
}
