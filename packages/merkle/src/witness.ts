// SPDX-License-Identifier: Apache-2.0
import { parseBase64, parseDecimal, parseUtf8, toBase64 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { HASH_BYTES } from "./hash.js";
import { type NoteSignature, parseCosignatureTime, parseNote, verifyNote } from "./note.js";
import type { VerifierKey } from "./vkey.js";

/** Requests and answers of the witness protocol: a checkpoint with post-quantum signatures has some kilobytes. */
export const MAX_WITNESS_BYTES = 64 * 1024;
/** C2SP tlog-witness: no proof between two trees of less than 2^63 leaves is longer. */
const MAX_PROOF_LINES = 63;

/** A request to cosign (C2SP tlog-witness, add-checkpoint). Nothing has been verified yet. */
export interface AddCheckpoint {
  /** Size of the tree that the witness is believed to have cosigned last; 0 for none. */
  oldSize: bigint;
  /** Consistency proof (RFC 6962 section 2.1.2) from that size to the checkpoint's. */
  proof: Uint8Array[];
  /** The whole signed note, verbatim. */
  checkpoint: string;
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_request", `not an add-checkpoint request: ${why}`, { cause });
}

/** The body of an add-checkpoint request. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  if (proof.length > MAX_PROOF_LINES) bad(`more than ${MAX_PROOF_LINES} hashes`);
  return [`old ${oldSize}`, ...proof.map(toBase64), "", checkpoint].join("\n");
}

function parseHash(line: string): Uint8Array {
  const hash = parseBase64(line);
  return hash.length === HASH_BYTES ? hash : bad("a hash is not 32 bytes");
}

/** Parse the body of an add-checkpoint request; `bad_request` for whatever is not exactly one. */
export function parseAddCheckpoint(input: Uint8Array): AddCheckpoint {
  if (input.length > MAX_WITNESS_BYTES) bad(`longer than ${MAX_WITNESS_BYTES} bytes`);
  try {
    const text = parseUtf8(input);
    // No proof line is empty, so the header ends at the first empty line.
    const split = text.indexOf("\n\n");
    if (split < 0) bad("no empty line before the checkpoint");
    const [first = "", ...lines] = text.slice(0, split).split("\n");
    if (!first.startsWith("old ")) bad("it does not begin with the old size");
    if (lines.length > MAX_PROOF_LINES) bad(`more than ${MAX_PROOF_LINES} hashes`);
    const oldSize = parseDecimal(first.slice(4));
    return { oldSize, proof: lines.map(parseHash), checkpoint: text.slice(split + 2) };
  } catch (cause) {
    if (cause instanceof MerkleError && cause.code === "bad_request") throw cause;
    return bad(cause instanceof MerkleError ? cause.message : "malformed", cause);
  }
}

/** The size in the answer 409: decimal and newline. `bad_number` otherwise. */
export function parseSizeAnswer(input: Uint8Array): bigint {
  if (input.length > 20 || input.at(-1) !== 0x0a) {
    throw new MerkleError("bad_number", "the answer is not a size and a newline");
  }
  return parseDecimal(parseUtf8(input.subarray(0, -1)));
}

/** A verified cosignature/v1: as of `seconds` (POSIX) its key had seen no larger consistent tree of this log. */
export interface Cosignature {
  line: NoteSignature;
  seconds: bigint;
}

/**
 * The cosignature of `key` on a checkpoint, out of a witness's answer. Lines of other keys are ignored; `signature_missing`
 * when there is none of this key, `signature_invalid` when one does not verify, `bad_note` for what are no signature lines.
 * When it was made is the caller's to judge.
 */
export function parseCosignature(
  crypto: MerkleCrypto,
  checkpointText: string,
  answer: Uint8Array,
  key: VerifierKey,
): Cosignature {
  if (answer.length > MAX_WITNESS_BYTES) throw new MerkleError("bad_note", "the answer is too long");
  const note = parseNote(`${checkpointText}\n${parseUtf8(answer)}`);
  // A note is split at its last empty line: an answer that has one would otherwise choose the text that was signed.
  if (note.text !== checkpointText)
    throw new MerkleError("bad_note", "the answer is more than signature lines");
  verifyNote(crypto, note, [key]);
  const line = note.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  const seconds = line === undefined ? undefined : parseCosignatureTime(line.signature);
  if (line === undefined || seconds === undefined) {
    throw new MerkleError("signature_missing", "the key signs no cosignatures");
  }
  return { line, seconds };
}
