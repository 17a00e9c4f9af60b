// SPDX-License-Identifier: Apache-2.0
import { sign } from "node:crypto";
import {
  cosignedMessage,
  ED25519_COSIGNATURE,
  formatCosignature,
  formatNote,
  formatVkey,
  parseNote,
  type VerifierKey,
} from "@telltale/merkle";
import { createNoteKey, type NoteKey, parseNoteKey } from "../keys.js";

/** A key that says "this is the largest consistent tree that I had seen at that time" (C2SP tlog-cosignature). */
export interface Cosigner {
  readonly vkey: string;
  readonly verifier: VerifierKey;
  /** The checkpoint with our cosignature/v1 of this time, in POSIX seconds, in place of an older one of ours. */
  cosign(note: Uint8Array | string, seconds: number): string;
}

function toCosigner({ secret, verifier }: NoteKey): Cosigner {
  const { name, keyId } = verifier;
  return {
    verifier,
    vkey: formatVkey(verifier),
    cosign(note, seconds) {
      const { text, signatures } = parseNote(note);
      const time = BigInt(seconds);
      const signature = formatCosignature(time, sign(null, cosignedMessage(text, time), secret));
      // A line in our name that came from the source is not ours: it would make the whole note invalid.
      const others = signatures.filter((line) => line.name !== name || line.keyId !== keyId);
      return formatNote(text, [...others.slice(0, 99), { name, keyId, signature }]);
    },
  };
}

/** A new cosigner, with the text of its key file. The name must be used by no other key. */
export function createCosigner(name: string): { cosigner: Cosigner; file: string } {
  const { key, file } = createNoteKey(name, ED25519_COSIGNATURE);
  return { cosigner: toCosigner(key), file };
}

/** Parse a cosigner's key file; LogError `key_invalid`, whose message never contains any of it. */
export function parseCosigner(file: string): Cosigner {
  return toCosigner(parseNoteKey(file, ED25519_COSIGNATURE));
}
