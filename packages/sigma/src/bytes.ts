// SPDX-License-Identifier: Apache-2.0

/** Encodings for the value modifiers, written out because this package uses no platform API. */

/** UTF-8 bytes; a lone surrogate becomes U+FFFD, as everywhere on the web platform. */
export function toUtf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    let code = char.codePointAt(0) ?? 0;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return bytes;
}

/** UTF-16 code units as bytes, without a byte order mark. */
export function toUtf16(text: string, order: "le" | "be"): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (order === "le") bytes.push(unit & 0xff, unit >> 8);
    else bytes.push(unit >> 8, unit & 0xff);
  }
  return bytes;
}

/** One character per byte (latin-1): how undecoded bytes show up in a text field. */
export function toBinaryText(bytes: readonly number[]): string {
  return bytes.map((byte) => String.fromCharCode(byte)).join("");
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of RFC 4648 section 4, with padding. */
export function toBase64(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += (ALPHABET[word >> 18] ?? "") + (ALPHABET[(word >> 12) & 63] ?? "");
    text += left > 1 ? (ALPHABET[(word >> 6) & 63] ?? "") : "=";
    text += left > 2 ? (ALPHABET[word & 63] ?? "") : "=";
  }
  return text;
}

/** The three forms that the bytes take inside a longer base64 text, cut to the characters that do not depend on the neighbours. */
export function toBase64Offsets(bytes: readonly number[]): string[] {
  const cutFront = [0, 2, 3];
  const cutBehind = [0, 3, 2];
  return [0, 1, 2].map((offset) => {
    const encoded = toBase64([...Array.from({ length: offset }, () => 0), ...bytes]);
    return encoded.slice(cutFront[offset], encoded.length - (cutBehind[(bytes.length + offset) % 3] ?? 0));
  });
}
