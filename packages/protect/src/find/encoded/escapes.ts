// SPDX-License-Identifier: Apache-2.0
import type { Shadow } from "../shadow.js";

/** Whether a text has an escape at all: most that hold a `%`, `&` or `\` have none. */
const ESCAPE =
  /%[0-9a-f]{2}|\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|\/)|&(?:#\d{2,7};|#x[0-9a-f]{2,6};|(?:quot|amp|lt|gt|apos|colon|equals|commat|nbsp|lowbar);)/i;
/** The same where JSON stands in the text, with blanks and quotes behind backslashes, too. Elsewhere `\n` is a part of a path. */
const JSON_ESCAPE = new RegExp(`${ESCAPE.source}|\\\\["tnr]`, "i");
const JSON_BEGIN = /[{[]\s{0,4}\\{0,4}["{[]/;
const ENTITY = /&(?:#(\d{2,7})|#x([0-9a-f]{2,6})|(quot|amp|lt|gt|apos|colon|equals|commat|nbsp|lowbar));/iy;
const BLANK = /\\{1,16}([tnr"])/y;
const BLANKS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34 };
const UNIT = /\\{1,16}(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/iy;
const NAMED: Readonly<Record<string, string>> = {
  quot: '"',
  amp: "&",
  lt: "<",
  gt: ">",
  apos: "'",
  colon: ":",
  equals: "=",
  commat: "@",
  nbsp: " ",
  lowbar: "_",
};
const CHUNK = 4096; // arguments of one call

/**
 * A text with its escapes undone, once: percent (RFC 3986, as UTF-8), `\uXXXX` and `\xXX` behind any number of backslashes, `\/`, and the
 * entities of HTML; in JSON also `\t`, `\n`, `\r` and `\"`. Returns undefined when it has none. `offsets[i]` is where what the character i was made of begins.
 */
export function unescapeText(text: string): Shadow | undefined {
  const isJson = JSON_BEGIN.test(text);
  if (!(isJson ? JSON_ESCAPE : ESCAPE).test(text)) return undefined;
  const offsets = new Int32Array(text.length + 1);
  const codes = new Uint16Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; ) {
    const code = text.charCodeAt(i);
    const escape = code === 37 || code === 92 || code === 38 ? readEscape(text, i, code, isJson) : undefined;
    offsets[length] = i;
    if (escape === undefined) {
      codes[length++] = code;
      i++;
      continue;
    }
    // What stands for an escape is shorter than it, so the arrays are long enough.
    if (escape.point > 0xffff) {
      codes[length++] = 0xd800 + ((escape.point - 0x10000) >> 10);
      offsets[length] = i;
      codes[length++] = 0xdc00 + ((escape.point - 0x10000) & 0x3ff);
    } else codes[length++] = escape.point;
    i = escape.end;
  }
  offsets[length] = text.length;
  // Joined, because a text of concatenations is read more slowly ever after.
  const pieces: string[] = [];
  for (let i = 0; i < length; i += CHUNK)
    pieces.push(String.fromCharCode(...codes.subarray(i, Math.min(i + CHUNK, length))));
  return { text: pieces.join(""), offsets };
}

function readEscape(text: string, at: number, code: number, isJson: boolean): Escape | undefined {
  if (code === 37) return readPercent(text, at);
  if (code === 38) return readEntity(text, at);
  return (isJson ? readBlank(text, at) : undefined) ?? readUnit(text, at);
}

interface Escape {
  readonly point: number;
  readonly end: number;
}

/** One character of UTF-8 in `%XX`; a byte that belongs to none stands for itself. */
function readPercent(text: string, at: number): Escape | undefined {
  const first = byteAt(text, at);
  if (first === -1) return undefined;
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  let point = more === 0 ? first : first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = byteAt(text, at + 3 * i);
    if ((next & 0xc0) !== 0x80 || next === -1) return { point: first, end: at + 3 };
    point = (point << 6) | (next & 0x3f);
  }
  return point > 0x10ffff ? { point: first, end: at + 3 } : { point, end: at + 3 * (more + 1) };
}

function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1;
  const high = hexValue(text.charCodeAt(at + 1));
  const low = hexValue(text.charCodeAt(at + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function readBlank(text: string, at: number): Escape | undefined {
  BLANK.lastIndex = at;
  const match = BLANK.exec(text);
  return match === null ? undefined : { point: BLANKS[match[1]!]!, end: BLANK.lastIndex };
}

function readUnit(text: string, at: number): Escape | undefined {
  if (text.charCodeAt(at + 1) === 47) return { point: 47, end: at + 2 };
  UNIT.lastIndex = at;
  const match = UNIT.exec(text);
  if (match === null) return undefined;
  return { point: Number.parseInt(match[1] ?? match[2]!, 16), end: UNIT.lastIndex };
}

function readEntity(text: string, at: number): Escape | undefined {
  ENTITY.lastIndex = at;
  const match = ENTITY.exec(text);
  if (match === null) return undefined;
  const [, decimal, hex, name] = match;
  const point =
    name === undefined
      ? Number.parseInt(decimal ?? hex!, decimal === undefined ? 16 : 10)
      : NAMED[name.toLowerCase()]!.charCodeAt(0);
  return point > 0x10ffff ? undefined : { point, end: ENTITY.lastIndex };
}
