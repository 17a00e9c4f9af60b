// SPDX-License-Identifier: Apache-2.0

/** Base64 of fewer characters holds no secret that could be told from anything else. */
const SHORTEST = 20;
/** As much of a run is decoded as this many characters hold. */
const LONGEST = 16_384;
/** How many places in a run a text may begin: in an address, after each of its slashes. */
const MOST_STARTS = 8;
/** So many characters tell whether a text is behind them: nine bytes. */
const PROBE = 12;

const VALUES = new Int8Array(128).fill(-1);
Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").forEach((character, value) => {
  VALUES[character.charCodeAt(0)] = value;
});
VALUES[45] = 62; // base64url
VALUES[95] = 63;

/** A part of a text that is base64, and the text behind it. */
export interface EncodedPart {
  readonly start: number;
  readonly end: number;
  /** Absent where there was too much of it to look at. */
  readonly text: string | undefined;
}

/** More parts than these are not looked at: what follows them is to be hidden. */
const MOST_PARTS = 512;

/**
 * The parts of a text that are base64 or base64url of a text, in UTF-8 or UTF-16. Looks at every {@link SHORTEST}th character and around those
 * that could belong to one, so that a text without any costs next to nothing. Linear.
 */
export function decodeParts(text: string): EncodedPart[] | undefined {
  let parts: EncodedPart[] | undefined;
  let from = 0;
  for (let at = SHORTEST - 1; at < text.length; at += SHORTEST) {
    if (at < from || valueAt(text, at) === -1) continue;
    let start = at;
    while (start > from && valueAt(text, start - 1) !== -1) start--;
    let end = at + 1;
    while (end < text.length && valueAt(text, end) !== -1) end++;
    from = end;
    if (end - start < SHORTEST) continue;
    const part = decodeRun(text, start, end);
    if (part === undefined) continue;
    parts ??= [];
    if (parts.length === MOST_PARTS) {
      parts.push({ start: part.start, end: text.length, text: undefined });
      break;
    }
    parts.push(part);
  }
  return parts;
}

function valueAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? VALUES[code]! : -1;
}

function decodeRun(text: string, start: number, end: number): EncodedPart | undefined {
  let begin = start;
  for (let starts = 0; starts < MOST_STARTS && end - begin >= SHORTEST; starts++) {
    const wide = probe(text, begin);
    if (wide !== undefined) {
      const decoded = decode(text.slice(begin, Math.min(end, begin + LONGEST)), wide);
      if (decoded !== undefined) return { start: begin, end: skipPadding(text, end), text: decoded };
    }
    const slash = text.indexOf("/", begin);
    if (slash === -1 || slash >= end) break;
    begin = slash + 1;
  }
  return undefined;
}

function skipPadding(text: string, at: number): number {
  let end = at;
  while (end < at + 2 && text.charCodeAt(end) === 61) end++;
  return end;
}

/** 0 when the first bytes are characters of a text, 1 or 2 when every other byte is none (UTF-16, least or most significant byte first). */
function probe(text: string, start: number): 0 | 1 | 2 | undefined {
  let plain = true;
  let low = true;
  let high = true;
  for (let i = 0, place = 0; i < PROBE; i += 4) {
    const bits =
      (valueAt(text, start + i) << 18) |
      (valueAt(text, start + i + 1) << 12) |
      (valueAt(text, start + i + 2) << 6) |
      valueAt(text, start + i + 3);
    for (let shift = 16; shift >= 0; shift -= 8, place++) {
      const byte = (bits >> shift) & 0xff;
      const printable = isPrintable(byte);
      plain &&= printable;
      low &&= place % 2 === 0 ? printable : byte === 0;
      high &&= place % 2 === 1 ? printable : byte === 0;
    }
  }
  return plain ? 0 : low ? 1 : high ? 2 : undefined;
}

function isPrintable(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 10 || byte === 13 || byte === 9;
}

function decode(run: string, wide: 0 | 1 | 2): string | undefined {
  const bytes = Buffer.from(run, "base64");
  if (wide === 2) {
    if (bytes.length % 2 === 1) return bytes.subarray(0, -1).swap16().toString("utf16le");
    return bytes.swap16().toString("utf16le");
  }
  const text = bytes.toString(wide === 1 ? "utf16le" : "utf8");
  // What was cut in the middle of a character ends in one replacement; more of them are no text.
  return text.slice(0, -1).includes("\ufffd") ? undefined : text;
}
