// SPDX-License-Identifier: Apache-2.0
import { toUtf8 } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What people compare by telephone: SHA-256 of a verifier key's text, the first 16 bytes in groups of four hex digits. */
export function keyFingerprint(crypto: MerkleCrypto, vkey: string): string {
  const hex = toHex(crypto.sha256(toUtf8(vkey)).subarray(0, 16));
  return (hex.match(/.{4}/g) ?? []).join(" ");
}
