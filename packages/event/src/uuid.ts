// SPDX-License-Identifier: Apache-2.0

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * UUID version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random bits.
 *
 * @param ms milliseconds since 1970; brought into 48 bits, so that a broken clock makes a valid id
 * @param random10 ten random bytes
 */
export function uuidV7(ms: number, random10: Uint8Array): string {
  const time = Number.isFinite(ms) ? Math.min(Math.max(Math.trunc(ms), 0), 2 ** 48 - 1) : 0;
  const high = Math.floor(time / 2 ** 32);
  const low = time >>> 0;
  const at = (i: number): number => random10[i] ?? 0;
  return (
    `${HEX[high >>> 8]}${HEX[high & 0xff]}${HEX[low >>> 24]}${HEX[(low >>> 16) & 0xff]}-` +
    `${HEX[(low >>> 8) & 0xff]}${HEX[low & 0xff]}-` +
    `${HEX[0x70 | (at(0) & 0x0f)]}${HEX[at(1)]}-` +
    `${HEX[0x80 | (at(2) & 0x3f)]}${HEX[at(3)]}-` +
    `${HEX[at(4)]}${HEX[at(5)]}${HEX[at(6)]}${HEX[at(7)]}${HEX[at(8)]}${HEX[at(9)]}`
  );
}

/**
 * UUID version 8 (RFC 9562, section 5.8) of sixteen bytes, usually the start of a hash: the id of something that must
 * get the same id whenever it is made again.
 */
export function uuidV8(bytes16: Uint8Array): string {
  const hex = (from: number, to: number): string => {
    let text = "";
    for (let i = from; i < to; i++) {
      const byte = bytes16[i] ?? 0;
      text += HEX[i === 6 ? 0x80 | (byte & 0x0f) : i === 8 ? 0x80 | (byte & 0x3f) : byte];
    }
    return text;
  };
  return `${hex(0, 4)}-${hex(4, 6)}-${hex(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
}

/** Whether a text is a UUID of any version in its usual form: lower case, with hyphens. */
export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}
