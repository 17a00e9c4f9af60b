// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { MerkleCrypto } from "./crypto.js";

// DER of SubjectPublicKeyInfo up to the 32 key bytes (RFC 8410 section 4).
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

let lastKey: { bytes: Buffer; object: KeyObject } | undefined;

/** Importing a key costs more than verifying with it; a verifier uses the same one again and again. */
function toKeyObject(publicKey: Uint8Array): KeyObject {
  if (lastKey?.bytes.equals(publicKey)) return lastKey.object;
  const key = Buffer.concat([SPKI_PREFIX, publicKey]);
  lastKey = { bytes: Buffer.from(publicKey), object: createPublicKey({ key, format: "der", type: "spki" }) };
  return lastKey.object;
}

/** `MerkleCrypto` by node:crypto. */
export const nodeCrypto: MerkleCrypto = {
  sha256: (data) => createHash("sha256").update(data).digest(),
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verify(null, message, toKeyObject(publicKey), signature);
    } catch {
      return false;
    }
  },
};
