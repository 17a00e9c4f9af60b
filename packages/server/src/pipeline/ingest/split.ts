// SPDX-License-Identifier: Apache-2.0

/** Where each event of a body lies: pairs of start and end offsets (end exclusive), and its number for answers. */
export interface Split {
  starts: number[];
  ends: number[];
  /** 1-based line of NDJSON, or 1-based position in an array. */
  lines: number[];
  /** True when the body is one event and no list: a refusal of it is a refusal of the body. */
  lone: boolean;
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Splits newline-delimited JSON. Blank lines carry no event but keep their number. */
export function splitLines(body: Buffer): Split {
  const split: Split = { starts: [], ends: [], lines: [], lone: false };
  let line = 0;
  for (let start = 0; start < body.length; ) {
    line++;
    const newline = body.indexOf(NEWLINE, start);
    const next = newline === -1 ? body.length : newline + 1;
    let from = start;
    let to = newline === -1 ? body.length : newline;
    while (from < to && isSpace(body[from]!)) from++;
    while (to > from && isSpace(body[to - 1]!)) to--;
    if (to > from) push(split, from, to, line);
    start = next;
  }
  return split;
}

/** One more than this many is found in no body: whoever asks for more splits a body that is refused anyway. */
export const MAX_EVENTS_PER_BODY = 100_000;

function push(split: Split, start: number, end: number, line: number): void {
  if (split.starts.length > MAX_EVENTS_PER_BODY) return;
  split.starts.push(start);
  split.ends.push(end);
  split.lines.push(line);
}

/**
 * Splits a JSON text that is one object or one array into the byte ranges of its events, or returns undefined
 * when brackets and quotes do not balance. Only the structure is scanned here: each range is parsed on its own
 * afterwards, so a comma or bracket smuggled into a string cannot make two events out of one.
 */
export function splitJson(body: Buffer): Split | undefined {
  let from = 0;
  let to = body.length;
  while (from < to && isSpace(body[from]!)) from++;
  while (to > from && isSpace(body[to - 1]!)) to--;
  const split: Split = { starts: [], ends: [], lines: [], lone: body[from] !== 0x5b };
  if (split.lone) {
    if (to > from) push(split, from, to, 1);
    return split.starts.length === 1 ? split : undefined;
  }
  return splitArray(body, from + 1, to, split);
}

function splitArray(body: Buffer, from: number, to: number, split: Split): Split | undefined {
  let start = from;
  let depth = 0;
  for (let at = from; at < to; at++) {
    const byte = body[at]!;
    if (byte === QUOTE) {
      at = endOfString(body, at + 1, to);
      if (at === -1) return undefined;
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || (byte === 0x5d && depth > 0)) depth--;
    else if (byte === 0x5d) {
      return at === to - 1 && closeElement(body, split, start, at, true) ? split : undefined;
    } else if (byte === COMMA && depth === 0) {
      if (!closeElement(body, split, start, at, false)) return undefined;
      start = at + 1;
    }
    if (depth < 0) return undefined;
  }
  return undefined;
}

function closeElement(body: Buffer, split: Split, start: number, end: number, last: boolean): boolean {
  let from = start;
  let to = end;
  while (from < to && isSpace(body[from]!)) from++;
  while (to > from && isSpace(body[to - 1]!)) to--;
  if (from === to) return last && split.starts.length === 0;
  push(split, from, to, split.starts.length + 1);
  return true;
}

/** The offset of the closing quote, or -1. A quote is closing unless an odd run of backslashes stands before it. */
function endOfString(body: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const byte = body[at]!;
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at;
  }
  return -1;
}
