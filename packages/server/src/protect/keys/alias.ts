// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
/** 128 bits, five a character; the last one holds three of them. */
const CHARS = 26;

/** `sub_` and 128 random bits in lower-case base32 (RFC 4648 section 6, without padding). */
export function makeAlias(): string {
  let bits = BigInt(`0x${randomBytes(16).toString("hex")}`) << 2n;
  let text = "";
  for (let i = 0; i < CHARS; i++) {
    text = ALPHABET[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return `sub_${text}`;
}
