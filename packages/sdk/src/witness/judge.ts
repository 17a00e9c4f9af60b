// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  MerkleError,
  parseBase64,
  type TreeHead,
  type VerifierKey,
  verifyCheckpoint,
  verifyConsistency,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";

/** What a witness holds against a log. */
export type FindingCode =
  /** The log is shorter than it was: events that had been acknowledged are gone. */
  | "log_rollback"
  /** The log is not a continuation of what it was: events were changed, or somebody is shown another history. */
  | "log_fork"
  /** The checkpoint is not signed by the log's key. */
  | "log_wrong_key"
  /** The server does not prove that its log is the continuation of what it was. */
  | "log_unproven";

/** Thrown when an answer does not prove what it must. The message names sizes and reasons, no event data. */
export class Finding extends Error {
  readonly code: FindingCode;

  constructor(code: FindingCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Finding";
    this.code = code;
  }
}

/** The newest state of a log that a witness has seen proven. */
export interface Seen {
  size: bigint;
  root: Uint8Array;
  /** The signed text: with another one of the same key it is evidence that anybody can check. */
  checkpoint: string;
}

/** The part of an acknowledgement that is about the log; from outside, so it may be anything. */
export interface LogClaim {
  checkpoint?: unknown;
  consistency?: unknown;
}

/** Why an answer that says nothing of a log proves nothing. */
export const NO_CHECKPOINT = "the answer of the server has no checkpoint";
/** A checkpoint has three lines and some cosignatures; more is not looked at. */
const LONGEST_CHECKPOINT = 64 * 1024;
/** A tree has fewer than 2^63 leaves. */
const MOST_HASHES = 64;
/** Base64 of 32 bytes. */
const HASH_CHARS = 44;

function readHead(checkpoint: string, key: VerifierKey): TreeHead {
  if (checkpoint.length > LONGEST_CHECKPOINT) {
    throw new Finding("log_wrong_key", "what the server calls a checkpoint is too long for one");
  }
  try {
    return verifyCheckpoint(nodeCrypto, checkpoint, key);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new Finding("log_wrong_key", `the log's key did not sign this checkpoint: ${cause.code}`, {
      cause,
    });
  }
}

function parseProof(consistency: unknown): Uint8Array[] {
  if (!Array.isArray(consistency)) {
    throw new Finding(
      "log_unproven",
      "the answer has no consistency proof: does something between here and the server remove `telltale-seen`?",
    );
  }
  const hashes = consistency as unknown[];
  if (hashes.length > MOST_HASHES) throw new Finding("log_fork", "the consistency proof is too long for one");
  return hashes.map((hash) => {
    // The length first: what is no hash is not decoded.
    if (typeof hash !== "string" || hash.length !== HASH_CHARS) {
      throw new Finding("log_fork", "the consistency proof is not made of hashes");
    }
    return parseBase64(hash);
  });
}

function verifyGrowth(seen: Seen, head: TreeHead, consistency: unknown): void {
  // Every log continues the empty one.
  if (seen.size === 0n) return;
  try {
    const proof = parseProof(consistency);
    verifyConsistency(nodeCrypto, {
      size1: seen.size,
      size2: head.size,
      root1: seen.root,
      root2: head.root,
      proof,
    });
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    const message = `the log of ${head.size} events is no continuation of the ${seen.size} seen before: ${cause.code}`;
    throw new Finding("log_fork", message, { cause });
  }
}

/**
 * Establishes that the log of an acknowledgement is signed by `key` and continues what was seen before.
 *
 * @returns what is to be remembered now
 * @throws {Finding} when it does not hold; then the old memory is to be kept
 */
export function judgeClaim(key: VerifierKey, seen: Seen | undefined, claim: LogClaim): Seen {
  const { checkpoint, consistency } = claim;
  if (typeof checkpoint !== "string") {
    throw new Finding("log_unproven", NO_CHECKPOINT);
  }
  const head = readHead(checkpoint, key);
  const now = { size: head.size, root: head.root, checkpoint };
  if (seen === undefined) return now;
  if (head.size < seen.size) {
    throw new Finding("log_rollback", `the log has ${head.size} events and had ${seen.size}`);
  }
  if (head.size > seen.size) {
    verifyGrowth(seen, head, consistency);
    return now;
  }
  if (!equalBytes(head.root, seen.root)) {
    throw new Finding("log_fork", `the log of ${head.size} events has another root than before`);
  }
  return seen;
}
