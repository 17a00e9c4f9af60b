// SPDX-License-Identifier: Apache-2.0
import { concatBytes } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";

export const HASH_BYTES = 32;

/** SHA-256 of nothing: the root of the empty tree (RFC 6962 section 2.1). A fresh copy each time. */
export function emptyRoot(): Uint8Array {
  const hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** SHA-256(0x00 || entry). The prefix keeps an entry from passing as an interior node (RFC 6962 section 2.1). */
export function leafHash(crypto: MerkleCrypto, entry: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(Uint8Array.of(0), entry));
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(crypto: MerkleCrypto, left: Uint8Array, right: Uint8Array): Uint8Array {
  return crypto.sha256(concatBytes(Uint8Array.of(1), left, right));
}

/** Throws `bad_hash` unless it is 32 bytes: a longer "hash" would move the border between left and right. */
export function verifyHashLength(hash: Uint8Array, what: string): void {
  if (hash.length !== HASH_BYTES) {
    throw new MerkleError("bad_hash", `${what} has ${hash.length} bytes, expected ${HASH_BYTES}`);
  }
}
