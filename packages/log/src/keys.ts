// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  ED25519,
  formatCheckpoint,
  formatNote,
  formatVkey,
  isKeyName,
  MerkleError,
  parseBase64,
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
  /** The signed checkpoint of a tree. */
  signCheckpoint(size: number, root: Uint8Array): string;
}

function toSigner(origin: string, key: KeyObject): Signer {
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(12);
  const keyId = toKeyId(nodeCrypto, origin, ED25519, publicKey);
  const verifier: VerifierKey = { name: origin, keyId, type: ED25519, publicKey };
  return {
    origin,
    verifier,
    vkey: formatVkey(verifier),
    signCheckpoint: (size, root) => {
      const text = formatCheckpoint(origin, BigInt(size), root);
      const signature = sign(null, Buffer.from(text), key);
      return formatNote(text, [{ name: origin, keyId, signature }]);
    },
  };
}

/** A new key for an origin, with the text of its file: the signer format of golang.org/x/mod/sumdb/note. */
export function createSigner(origin: string): { signer: Signer; file: string } {
  if (!isKeyName(origin))
    throw new LogError("bad_name", "an origin has no spaces, no + and at most 255 bytes");
  const { privateKey } = generateKeyPairSync("ed25519");
  const signer = toSigner(origin, privateKey);
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
  const id = signer.verifier.keyId.toString(16).padStart(8, "0");
  const encoded = toBase64(Buffer.concat([Buffer.of(ED25519), seed]));
  return { signer, file: `PRIVATE+KEY+${origin}+${id}+${encoded}\n` };
}

function bad(why: string, cause?: unknown): never {
  throw new LogError("key_invalid", `the signing key cannot be used: ${why}`, { cause });
}

/** Parse a key file. The message never contains any of it. */
export function parseSigner(file: string): Signer {
  const parts = file.trimEnd().split("+");
  const [a, b, origin = "", id = ""] = parts;
  if (a !== "PRIVATE" || b !== "KEY" || !isKeyName(origin)) bad("the file does not have the expected form");
  try {
    const bytes = parseBase64(parts.slice(4).join("+"));
    if (bytes.length !== 33 || bytes[0] !== ED25519) bad("it is not an Ed25519 key");
    const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(1)]);
    const signer = toSigner(origin, createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    if (signer.verifier.keyId.toString(16).padStart(8, "0") !== id) bad("its key ID does not belong to it");
    return signer;
  } catch (error) {
    if (error instanceof MerkleError) return bad("it is not canonical base64", error);
    throw error;
  }
}
