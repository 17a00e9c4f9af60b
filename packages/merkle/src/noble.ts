// SPDX-License-Identifier: Apache-2.0
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { MerkleCrypto } from "./crypto.js";

/** `MerkleCrypto` in plain JavaScript: for browsers. RFC 8032 rules (`zip215: false`), as node:crypto applies them. */
export const nobleCrypto: MerkleCrypto = {
  sha256: (data) => sha256(data),
  verifyEd25519: (publicKey, message, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
};
