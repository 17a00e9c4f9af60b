// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  ED25519,
  formatCheckpoint,
  formatNote,
  formatVkey,
  isKeyName,
  MerkleError,
  type NoteSignature,
  parseBase64,
  parseNote,
  toBase64,
  toKeyId,
  type VerifierKey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "./error.js";

// DER of PKCS#8 up to the 32 bytes of the seed (RFC 8410 section 7).
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** The key of a log. Signing costs 40 µs: checkpoints are signed, never events. */
export interface Signer {
  readonly origin: string;
  readonly vkey: string;
  readonly verifier: VerifierKey;
  /** Sign bytes that say themselves what they are: see `formatSlot` for why none can pass for a checkpoint. */
  sign(message: Uint8Array): NoteSignature;
  /** The signed checkpoint of a tree; with the key that comes next, when it signs, too. */
  signCheckpoint(size: number, root: Uint8Array, next?: Pick<Signer, "sign">): string;
}

/** A secret Ed25519 key and what it is known by. */
export interface NoteKey {
  secret: KeyObject;
  verifier: VerifierKey;
}

function toNoteKey(name: string, type: number, secret: KeyObject): NoteKey {
  const publicKey = createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(12);
  return { secret, verifier: { name, keyId: toKeyId(nodeCrypto, name, type, publicKey), type, publicKey } };
}

function toSigner({ secret: key, verifier }: NoteKey): Signer {
  const { name: origin, keyId } = verifier;
  const one = (message: Uint8Array): NoteSignature => ({
    name: origin,
    keyId,
    signature: sign(null, message, key),
  });
  return {
    origin,
    verifier,
    vkey: formatVkey(verifier),
    sign: one,
    signCheckpoint: (size, root, next) => {
      const text = formatCheckpoint(origin, BigInt(size), root);
      const bytes = Buffer.from(text);
      return formatNote(text, next === undefined ? [one(bytes)] : [one(bytes), next.sign(bytes)]);
    },
  };
}

/** A new key of this name and type (signed-note), with the text of its file: that of golang.org/x/mod/sumdb/note. */
export function createNoteKey(name: string, type: number): { key: NoteKey; file: string } {
  if (!isKeyName(name)) throw new LogError("bad_name", "an origin has no spaces, no + and at most 255 bytes");
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = toNoteKey(name, type, privateKey);
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const id = key.verifier.keyId.toString(16).padStart(8, "0");
  const encoded = toBase64(Buffer.concat([Buffer.of(type), seed]));
  return { key, file: `PRIVATE+KEY+${name}+${id}+${encoded}\n` };
}

function bad(why: string, cause?: unknown): never {
  throw new LogError("key_invalid", `the signing key cannot be used: ${why}`, { cause });
}

/** Parse a key file of this type. The message never contains any of it. */
export function parseNoteKey(file: string, type: number): NoteKey {
  const parts = file.trimEnd().split("+");
  const [a, b, name = "", id = ""] = parts;
  if (a !== "PRIVATE" || b !== "KEY" || !isKeyName(name)) bad("the file does not have the expected form");
  try {
    const bytes = parseBase64(parts.slice(4).join("+"));
    if (bytes.length !== 33 || bytes[0] !== type) bad("it is not an Ed25519 key of the expected type");
    const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(1)]);
    const key = toNoteKey(name, type, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    if (key.verifier.keyId.toString(16).padStart(8, "0") !== id) bad("its key ID does not belong to it");
    return key;
  } catch (error) {
    if (error instanceof MerkleError) return bad("it is not canonical base64", error);
    throw error;
  }
}

/** A new key for an origin, with the text of its file. */
export function createSigner(origin: string): { signer: Signer; file: string } {
  const { key, file } = createNoteKey(origin, ED25519);
  return { signer: toSigner(key), file };
}

/** Parse the key file of a log. The message never contains any of it. */
export function parseSigner(file: string): Signer {
  return toSigner(parseNoteKey(file, ED25519));
}

/** Whether a note that was verified bears a signature of this key. */
export function isSignedBy(note: string, { verifier }: Signer): boolean {
  return parseNote(note).signatures.some(
    ({ name, keyId }) => name === verifier.name && keyId === verifier.keyId,
  );
}
