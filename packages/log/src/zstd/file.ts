// SPDX-License-Identifier: Apache-2.0
import { LogError } from "../error.js";
import { sha256 } from "../hash.js";
import { parseFrame } from "./frame.js";
import { type Codec, unpackLines } from "./codec.js";

/** Lines in a frame; fewer where they are long, but always a multiple of 256 except for the last frame. */
export const FRAME_LINES = 1024;
/** A frame is closed at the next multiple of 256 lines after this many bytes. */
const FRAME_BYTES = 4 * 1024 * 1024;
/** So no frame unpacks to more than this. */
export const MAX_FRAME_BYTES = FRAME_BYTES + 256 * 65_536;
const MAX_FRAMES = 1 << 20;

/** Where a frame begins: its first line (counted in the segment), its offset in the file and unpacked. */
export interface FramePlace {
  line: number;
  offset: number;
  raw: number;
}

/** The frames of a compressed segment; the last place is the end of everything. */
export interface FrameIndex {
  first: number;
  count: number;
  places: FramePlace[];
}

/** Cut a segment of `count` lines into frames: the line at which each begins, and `count`. */
export function planFrames(count: number, endOf: (line: number) => number): number[] {
  const starts = [0];
  for (let line = 256; line < count; line += 256) {
    const start = starts.at(-1) as number;
    const bytes = endOf(line - 1) - endOf(start - 1);
    if (line - start >= FRAME_LINES || bytes >= FRAME_BYTES) starts.push(line);
  }
  starts.push(count);
  return starts;
}

const MAGIC = Buffer.from("telltale-idx/1\n\0", "latin1");
const HEADER_BYTES = MAGIC.length + 16;
const PLACE_BYTES = 20;

/** Magic, first index (u64), lines (u32), frames (u32), then frames + 1 places (u32, u64, u64), then SHA-256. */
export function formatIndex(index: FrameIndex): Buffer {
  const body = Buffer.alloc(HEADER_BYTES + PLACE_BYTES * index.places.length);
  MAGIC.copy(body);
  body.writeBigUInt64BE(BigInt(index.first), MAGIC.length);
  body.writeUInt32BE(index.count, MAGIC.length + 8);
  body.writeUInt32BE(index.places.length - 1, MAGIC.length + 12);
  for (const [i, place] of index.places.entries()) {
    const at = HEADER_BYTES + PLACE_BYTES * i;
    body.writeUInt32BE(place.line, at);
    body.writeBigUInt64BE(BigInt(place.offset), at + 4);
    body.writeBigUInt64BE(BigInt(place.raw), at + 12);
  }
  return Buffer.concat([body, sha256(body)]);
}

function damaged(why: string): never {
  throw new LogError("damaged", `the frame index is damaged: ${why}`);
}

/** Parse an index file; `damaged` unless it is whole and its places grow. */
export function parseIndex(bytes: Buffer): FrameIndex {
  const body = bytes.subarray(0, -32);
  if (body.length < HEADER_BYTES || !body.subarray(0, MAGIC.length).equals(MAGIC)) damaged("another format");
  if (!sha256(body).equals(bytes.subarray(-32))) damaged("the checksum differs");
  const first = Number(body.readBigUInt64BE(MAGIC.length));
  const count = body.readUInt32BE(MAGIC.length + 8);
  const frames = body.readUInt32BE(MAGIC.length + 12);
  if (frames < 1 || frames > MAX_FRAMES) damaged("no frames, or too many");
  if (body.length !== HEADER_BYTES + PLACE_BYTES * (frames + 1)) damaged("its length does not fit");
  const places: FramePlace[] = [];
  for (let at = HEADER_BYTES; at < body.length; at += PLACE_BYTES) {
    const place = {
      line: body.readUInt32BE(at),
      offset: Number(body.readBigUInt64BE(at + 4)),
      raw: Number(body.readBigUInt64BE(at + 12)),
    };
    const before = places.at(-1) ?? { line: -1, offset: -1, raw: -1 };
    if (place.line <= before.line || place.offset <= before.offset || place.raw <= before.raw) {
      damaged("the places do not grow");
    }
    if (place.raw - before.raw > MAX_FRAME_BYTES + 1) damaged("a frame is too long");
    places.push(place);
  }
  const [start] = places;
  if (start?.line !== 0 || start.offset !== 0 || start.raw !== 0) damaged("it does not start at zero");
  if (places.at(-1)?.line !== count) damaged("the lines do not add up");
  return { first, count, places };
}

/** Derive the index again from the compressed file: all of it is read and unpacked once. */
export function rebuildIndex(codec: Codec, first: number, file: Buffer): FrameIndex {
  const places: FramePlace[] = [{ line: 0, offset: 0, raw: 0 }];
  let place = places[0] as FramePlace;
  while (place.offset < file.length) {
    const { length, rawLength } = parseFrame(file, place.offset);
    const lines = unpackLines(codec, file.subarray(place.offset, place.offset + length), MAX_FRAME_BYTES);
    place = { line: place.line + lines.count, offset: place.offset + length, raw: place.raw + rawLength };
    places.push(place);
  }
  return { first, count: place.line, places };
}

/** The frame (its number in `places`) that holds a line of the segment. */
export function findFrame(index: FrameIndex, line: number): number {
  let low = 0;
  let high = index.places.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((index.places[middle] as FramePlace).line <= line) low = middle;
    else high = middle - 1;
  }
  return low;
}
