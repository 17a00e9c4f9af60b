// SPDX-License-Identifier: Apache-2.0

const POLYNOMIAL = 0xedb88320;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** CRC-32 (ISO 3309, as in zip) of an ASCII text, as an unsigned number. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = TABLE[(crc ^ text.charCodeAt(i)) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKSUM_CHARS = 6;

/** CRC-32 of a text as GitHub and npm write it: six characters of base62, the most significant first. */
export function crc32Base62(text: string): string {
  let rest = crc32(text);
  let written = "";
  while (written.length < CHECKSUM_CHARS) {
    written = BASE62.charAt(rest % 62) + written;
    rest = Math.floor(rest / 62);
  }
  return written;
}

/** Whether the last six characters of a body are the CRC-32 of those before: so GitHub and npm make their tokens (GitHub engineering blog, 5 April 2021). */
export function hasCrc32Base62(body: string): boolean {
  return crc32Base62(body.slice(0, -CHECKSUM_CHARS)) === body.slice(-CHECKSUM_CHARS);
}
