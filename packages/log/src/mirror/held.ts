// SPDX-License-Identifier: Apache-2.0
import {
  ED25519,
  ED25519_COSIGNATURE,
  parseCheckpoint,
  parseCosignatureTime,
  parseNote,
  type TreeHead,
  type VerifierKey,
  verifyNote,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";

/** The newest checkpoint of a mirror: signed by the log, cosigned by the mirror. */
export interface HeldCheckpoint {
  /** The whole note. */
  note: string;
  head: TreeHead;
  size: number;
  /** When the mirror last saw that this is the newest, POSIX seconds. */
  seen: number;
}

/** Parse the checkpoint of a mirror; LogError `damaged` unless both signatures hold. */
export function parseHeld(bytes: Buffer, log: VerifierKey, cosigner: VerifierKey): HeldCheckpoint {
  try {
    const note = parseNote(bytes);
    const signers = verifyNote(nodeCrypto, note, [log, cosigner]).map(({ type }) => type);
    if (!signers.includes(ED25519) || !signers.includes(ED25519_COSIGNATURE)) {
      throw new LogError("damaged", "one of its two signatures is missing");
    }
    const head = parseCheckpoint(note.text);
    if (head.origin !== log.name) throw new LogError("damaged", "it is of another log");
    const line = note.signatures.find(
      ({ name, keyId }) => name === cosigner.name && keyId === cosigner.keyId,
    );
    const seen = Number(line && parseCosignatureTime(line.signature));
    return { note: bytes.toString("utf8"), head, size: Number(head.size), seen };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LogError("damaged", `the mirror's checkpoint cannot be believed: ${why}`, { cause });
  }
}

/** As `parseHeld`, for a log that may sign with any of several keys. */
export function parseHeldBy(
  bytes: Buffer,
  keys: readonly VerifierKey[],
  cosigner: VerifierKey,
): HeldCheckpoint {
  let last: unknown;
  for (const key of keys) {
    try {
      return parseHeld(bytes, key, cosigner);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}
