// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** Random text of base32 characters, 5 bits each; survives double-clicks, URLs and shells. */
export function randomText(characters: number): string {
  let text = "";
  // 32 divides 256, so taking the low five bits of a random byte is uniform.
  for (const byte of randomBytes(characters)) text += ALPHABET[byte & 31];
  return text;
}

/** 260 random bits. Secrets of 112 bits and more may be stored under a plain hash (ASVS 5.0, 6.5.2). */
export function randomSecret(): string {
  return randomText(52);
}

/** SHA-256 in hex; `purpose` keeps hashes of different uses apart. */
export function hashSecret(purpose: string, secret: string): string {
  return createHash("sha256").update(purpose).update("\0").update(secret).digest("hex");
}

/** Compares two texts in a time that depends on their lengths only. */
export function isSameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * Compares two hashes in hex without stopping at the first difference. For hashes this is enough, and ten times
 * cheaper than two Buffers: whoever measures a difference in time learns about the hash of a guess, not about a secret.
 */
export function isSameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
