// SPDX-License-Identifier: Apache-2.0
import { LogError } from "../error.js";

/** Length of one zstd frame and of what it unpacks to, read from its headers (RFC 8878 section 3.1.1). */
export interface FrameInfo {
  length: number;
  rawLength: number;
}

const MAGIC = 0xfd2fb528;

function damaged(why: string): never {
  throw new LogError("damaged", `not a zstd frame: ${why}`);
}

function readUint(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) damaged("cut inside a header");
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
  return value;
}

/**
 * Measure the frame that begins at `start`, without unpacking it. Only frames that state their content size are
 * accepted: so nothing is ever unpacked into more memory than the caller has agreed to.
 */
export function parseFrame(bytes: Buffer, start = 0): FrameInfo {
  if (readUint(bytes, start, 4) !== MAGIC) damaged("no magic number");
  const descriptor = readUint(bytes, start + 4, 1);
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const dictionaryWidth = [0, 1, 2, 4][descriptor & 3] as number;
  if ((descriptor & 0x08) !== 0) damaged("a reserved bit is set");
  const sizeWidth = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 2 ** sizeFlag;
  if (sizeWidth === 0) damaged("it does not state its content size");
  let at = start + 5 + (singleSegment ? 0 : 1) + dictionaryWidth;
  const rawLength = readUint(bytes, at, sizeWidth) + (sizeWidth === 2 ? 256 : 0);
  at += sizeWidth;
  for (let last = false; !last; ) {
    const header = readUint(bytes, at, 3);
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    if (type === 3) damaged("reserved block type");
    at += 3 + (type === 1 ? 1 : header >> 3);
    if (at > bytes.length) damaged("a block reaches beyond the file");
  }
  if ((descriptor & 0x04) !== 0) at += 4;
  if (at > bytes.length) damaged("cut inside the checksum");
  return { length: at - start, rawLength };
}
