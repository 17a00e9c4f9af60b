// SPDX-License-Identifier: Apache-2.0
import {
  type KeyRange,
  parseCosignatureTime,
  parseNote,
  type TreeHead,
  verifyCheckpointBy,
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
export function parseHeld(bytes: Buffer, log: readonly KeyRange[], cosigner: VerifierKey): HeldCheckpoint {
  try {
    const note = parseNote(bytes);
    const head = verifyCheckpointBy(nodeCrypto, bytes, log);
    verifyNote(nodeCrypto, note, [cosigner]);
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
