// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "./error.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) DIGITS[ALPHABET.charCodeAt(i)] = i;

const encoder = new TextEncoder();
// `ignoreBOM` keeps a leading U+FEFF: it is part of what was signed.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Length and content are equal. Not constant-time: everything compared here is public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes to text; throws `bad_utf8` where a lenient decoder would silently change what was signed. */
export function parseUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new MerkleError("bad_utf8", "the bytes are not UTF-8", { cause });
  }
}

export function toBase64(bytes: Uint8Array): string {
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += ALPHABET.charAt(group >> 18) + ALPHABET.charAt((group >> 12) & 63);
    out += left > 1 ? ALPHABET.charAt((group >> 6) & 63) : "=";
    out += left > 2 ? ALPHABET.charAt(group & 63) : "=";
  }
  return out;
}

function badBase64(why: string): never {
  throw new MerkleError("bad_base64", `not canonical base64: ${why}`);
}

/**
 * Standard base64 (RFC 4648 section 4), canonical form only: padding present, no other characters, unused bits
 * zero. One value has one text, so nobody can alter a signed or hashed text without altering its value.
 */
export function parseBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) badBase64("the length is not a multiple of four");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  const digits = text.length - padding;
  let bits = 0;
  let value = 0;
  let at = 0;
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i);
    const digit = code < 128 ? (DIGITS[code] as number) : -1;
    if (digit < 0) badBase64(`unexpected character at ${i}`);
    value = ((value << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (value >> bits) & 0xff;
    }
  }
  if ((value & ((1 << bits) - 1)) !== 0) badBase64("unused bits are not zero");
  return out;
}

/** A decimal without sign or leading zeros, at most 2^63 - 1: what an index, a size or a time may be. */
export function parseDecimal(text: string): bigint {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text)) throw new MerkleError("bad_number", "not a plain decimal");
  const value = BigInt(text);
  if (value > 0x7fff_ffff_ffff_ffffn) throw new MerkleError("bad_number", "the number exceeds 2^63 - 1");
  return value;
}
