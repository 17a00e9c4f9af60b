// SPDX-License-Identifier: Apache-2.0
import { concatBytes, equalBytes, parseBase64, parseUtf8, toBase64, toUtf8 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { ED25519_COSIGNATURE, isKeyName, type VerifierKey } from "./vkey.js";

/** Limits of golang.org/x/mod/sumdb/note: enough for post-quantum cosignatures, small enough to hold. */
const MAX_NOTE_BYTES = 1_000_000;
const MAX_SIGNATURES = 100;

export interface NoteSignature {
  name: string;
  keyId: number;
  /** What follows the key ID. */
  signature: Uint8Array;
}

/** A signed-note as written: nothing has been verified yet. */
export interface UnverifiedNote {
  /** The signed text, ending in a newline. */
  text: string;
  signatures: NoteSignature[];
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_note", `not a signed note: ${why}`, { cause });
}

function isNoteText(text: string): boolean {
  // Control characters below U+0020 other than newline are forbidden; a lone surrogate has no UTF-8.
  return text.endsWith("\n") && !/[^\n\P{Cc}\u007f-\u009f]|\p{Cs}/u.test(text);
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = "", encoded = "", ...more] = line.split(" ");
  if (dash !== "\u2014" || more.length > 0 || !isKeyName(name)) bad("malformed signature line");
  let bytes: Uint8Array;
  try {
    bytes = parseBase64(encoded);
  } catch (cause) {
    return bad("a signature is not base64", cause);
  }
  if (bytes.length < 5) bad("a signature is shorter than its key ID");
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { name, keyId, signature: bytes.slice(4) };
}

/** Parse a signed-note (C2SP). The text ends at the last empty line: it may itself contain empty lines. */
export function parseNote(input: Uint8Array | string): UnverifiedNote {
  if (input.length > MAX_NOTE_BYTES) bad("longer than 1,000,000 bytes");
  const note = typeof input === "string" ? input : parseUtf8(input);
  if (!isNoteText(note)) bad("control characters, or no final newline");
  const split = note.lastIndexOf("\n\n");
  if (split < 0) bad("no empty line before the signatures");
  const lines = note.slice(split + 2).split("\n");
  lines.pop(); // the note ends in a newline
  if (lines.length === 0) bad("no signature");
  if (lines.length > MAX_SIGNATURES) bad(`more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

function formatSignatureLine({ name, keyId, signature }: NoteSignature): string {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, keyId);
  return `\u2014 ${name} ${toBase64(concatBytes(id, signature))}\n`;
}

/** Signature lines, each with its newline: the end of a note, and what a witness answers. */
export function formatSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(formatSignatureLine).join("");
}

/** The exact bytes of a note: text, empty line, one line for each signature. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  if (!isNoteText(text)) bad("control characters, or no final newline");
  return `${text}\n${formatSignatures(signatures)}`;
}

/** What a cosigner signs (C2SP tlog-cosignature, cosignature/v1): the time, in POSIX seconds, and the whole note text. */
export function cosignedMessage(text: string, seconds: bigint): Uint8Array {
  return toUtf8(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** The signature of a cosignature/v1 as it stands in a note: eight bytes of time, then the 64 of Ed25519. */
export function formatCosignature(seconds: bigint, ed25519: Uint8Array): Uint8Array {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, seconds);
  return concatBytes(time, ed25519);
}

/** The POSIX seconds that a cosignature/v1 states; undefined when it is none. Says nothing about who signed. */
export function parseCosignatureTime(signature: Uint8Array): bigint | undefined {
  if (signature.length !== 72) return undefined;
  const seconds = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return seconds > 0x7fff_ffff_ffff_ffffn ? undefined : seconds;
}

function isSignedBy(crypto: MerkleCrypto, text: string, signature: Uint8Array, key: VerifierKey): boolean {
  if (key.type === ED25519_COSIGNATURE) {
    const seconds = parseCosignatureTime(signature);
    if (seconds === undefined) return false;
    return crypto.verifyEd25519(key.publicKey, cosignedMessage(text, seconds), signature.slice(8));
  }
  return signature.length === 64 && crypto.verifyEd25519(key.publicKey, toUtf8(text), signature);
}

/**
 * The given keys that signed this note. Lines of unknown keys are ignored; a line that claims a known key and
 * does not verify makes the whole note invalid (`signature_invalid`). No line of a known key: `signature_missing`.
 */
export function verifyNote(
  crypto: MerkleCrypto,
  note: UnverifiedNote,
  keys: readonly VerifierKey[],
): VerifierKey[] {
  const verified: VerifierKey[] = [];
  for (const line of note.signatures) {
    for (const key of keys) {
      if (key.name !== line.name || key.keyId !== line.keyId) continue;
      if (verified.some((known) => known.name === key.name && equalBytes(known.publicKey, key.publicKey)))
        continue;
      if (!isSignedBy(crypto, note.text, line.signature, key)) {
        throw new MerkleError("signature_invalid", "a signature in the name of a known key does not verify");
      }
      verified.push(key);
    }
  }
  if (verified.length === 0) throw new MerkleError("signature_missing", "no signature by a known key");
  return verified;
}
