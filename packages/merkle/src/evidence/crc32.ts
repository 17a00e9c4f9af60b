// SPDX-License-Identifier: Apache-2.0

const POLYNOMIAL = 0xedb88320;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    return value;
  });
}

const TABLE = makeTable();

/** CRC-32 as zip has it (ISO 3309). `before` is the value of the bytes before these; 0 at the beginning. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  for (let i = 0; i < bytes.length; i++)
    value = (TABLE[(value ^ (bytes[i] as number)) & 255] as number) ^ (value >>> 8);
  return ~value >>> 0;
}
