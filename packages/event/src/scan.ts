// SPDX-License-Identifier: Apache-2.0
import { isDeceptive } from "./characters.js";
import { EVENT_SHAPE, type Fields, LIMITS } from "./shape.js";

// One pass over bytes that nobody has vouched for. Every function takes the place to start at and returns the place
// just after what it read, or NO. Reading past `end` is impossible to profit from: `isCanonical` accepts only when
// everything read ends exactly at `end`. Recursion is bounded by LIMITS.depth, work per object by MAX_KEYS.

const NO = -1;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Keys of one open object that are compared for duplicates; larger objects take the slow path. */
const MAX_KEYS = 64;
const MAX_SAFE_DIGITS = "9007199254740991";

/** 0: ends no string run; 1: anything that needs a look (quote, backslash, control, not ASCII). */
const STOPS = new Uint8Array(256).fill(1, 0, 0x20).fill(1, 0x7f);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

/** Hashes of the keys of the open objects that are being read, innermost last. */
const keyHashes = new Int32Array(MAX_KEYS * (LIMITS.depth + 1));

interface Keys {
  /** `"name":` as bytes, in canonical order. */
  readonly names: readonly Uint8Array[];
  readonly inner: readonly (Keys | undefined)[];
}

function keysOf(fields: Fields): Keys {
  const entries = Object.entries(fields);
  return {
    names: entries.map(([name]) => Uint8Array.from(`"${name}":`, (char) => char.charCodeAt(0))),
    inner: entries.map(([, field]) =>
      field.type === "object" || field.type === "objects" ? keysOf(field.fields) : undefined,
    ),
  };
}

const EVENT_KEYS = keysOf(EVENT_SHAPE);

/** After one UTF-8 sequence of two to four bytes (RFC 3629) that may be shown as it is. */
function scanUnicode(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + length > end) return NO;
  let code = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] as number;
    if ((byte & 0xc0) !== 0x80) return NO;
    code = (code << 6) | (byte & 0x3f);
  }
  // Overlong forms, surrogates and what lies beyond Unicode are not UTF-8.
  if (length === 3 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return NO;
  if (length === 4 && (code < 0x10000 || code > 0x10ffff)) return NO;
  return isDeceptive(code) ? NO : at + length;
}

/** After one escape; `at` is its backslash. */
function scanEscape(bytes: Uint8Array, at: number): number {
  switch (bytes[at + 1]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: // u
      break;
    default:
      return NO;
  }
  for (let i = at + 2; i < at + 6; i++) {
    const byte = bytes[i] as number;
    const isHex =
      (byte >= ZERO && byte <= NINE) || (byte >= 0x61 && byte <= 0x66) || (byte >= 0x41 && byte <= 0x46);
    if (!isHex) return NO;
  }
  return at + 6;
}

/** After a string; `at` is the first byte behind its opening quote. */
function scanString(bytes: Uint8Array, at: number, end: number): number {
  for (;;) {
    // Four bytes a turn: a third faster than one, and strings are most of an event.
    while (
      at < end - 3 &&
      ((STOPS[bytes[at] as number] as number) |
        (STOPS[bytes[at + 1] as number] as number) |
        (STOPS[bytes[at + 2] as number] as number) |
        (STOPS[bytes[at + 3] as number] as number)) ===
        0
    ) {
      at += 4;
    }
    while (at < end && STOPS[bytes[at] as number] === 0) at++;
    if (at >= end) return NO;
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at = scanEscape(bytes, at);
    else if (byte >= 0x80) at = scanUnicode(bytes, at, end);
    else return NO;
    if (at === NO) return NO;
  }
}

/** After a number that every reader understands alike: no exponent, no `-0`, integers within 2^53 - 1. */
function scanNumber(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === MINUS) at++;
  const first = at;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  const digits = at - first;
  if (digits === 0 || digits > MAX_SAFE_DIGITS.length) return NO;
  const isFraction = at < end && bytes[at] === DOT;
  if (bytes[first] === ZERO && (digits > 1 || (!isFraction && bytes[first - 1] === MINUS))) return NO;
  if (digits === MAX_SAFE_DIGITS.length && !isSafe(bytes, first)) return NO;
  if (!isFraction) return at;
  const dot = at++;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  return at === dot + 1 || at > dot + 30 ? NO : at;
}

function isSafe(bytes: Uint8Array, first: number): boolean {
  for (let i = 0; i < MAX_SAFE_DIGITS.length; i++) {
    const difference = (bytes[first + i] as number) - MAX_SAFE_DIGITS.charCodeAt(i);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/** After `word` (true, false, null), given as bytes. */
function scanWord(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return NO;
  return at + word.length;
}

const TRUE = Uint8Array.of(0x74, 0x72, 0x75, 0x65);
const FALSE = Uint8Array.of(0x66, 0x61, 0x6c, 0x73, 0x65);
const NULL = Uint8Array.of(0x6e, 0x75, 0x6c, 0x6c);

/** After any value; its objects are open ones. `inner` are the keys of the objects directly in it, when known. */
function scanValue(
  bytes: Uint8Array,
  at: number,
  end: number,
  depth: number,
  inner: Keys | undefined,
): number {
  if (at >= end) return NO;
  switch (bytes[at]) {
    case QUOTE:
      return scanString(bytes, at + 1, end);
    case OPEN_OBJECT:
      if (depth >= LIMITS.depth) return NO;
      return inner === undefined
        ? scanOpenObject(bytes, at, end, depth + 1)
        : scanKnownObject(bytes, at, end, depth + 1, inner);
    case OPEN_LIST:
      return depth >= LIMITS.depth ? NO : scanList(bytes, at, end, depth + 1, inner);
    case 0x74:
      return scanWord(bytes, at, TRUE);
    case 0x66:
      return scanWord(bytes, at, FALSE);
    case 0x6e:
      return scanWord(bytes, at, NULL);
    default:
      return scanNumber(bytes, at, end);
  }
}

function scanList(
  bytes: Uint8Array,
  at: number,
  end: number,
  depth: number,
  inner: Keys | undefined,
): number {
  at++;
  if (at < end && bytes[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    at = scanValue(bytes, at, end, depth, inner);
    if (at === NO || at >= end) return NO;
    const byte = bytes[at++];
    if (byte === CLOSE_LIST) return at;
    if (byte !== COMMA) return NO;
  }
}

/** An object of the schema: known keys only, each at most once because their places must rise. */
function scanKnownObject(bytes: Uint8Array, at: number, end: number, depth: number, keys: Keys): number {
  at++;
  if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1;
  let place = 0;
  for (;;) {
    place = findKey(bytes, at, end, keys.names, place);
    if (place === NO) return NO;
    at += (keys.names[place] as Uint8Array).length;
    // Most values are strings: they skip the switch.
    at =
      bytes[at] === QUOTE
        ? scanString(bytes, at + 1, end)
        : scanValue(bytes, at, end, depth, keys.inner[place]);
    place++;
    if (at === NO || at >= end) return NO;
    const byte = bytes[at++];
    if (byte === CLOSE_OBJECT) return at;
    if (byte !== COMMA) return NO;
  }
}

function findKey(
  bytes: Uint8Array,
  at: number,
  end: number,
  names: readonly Uint8Array[],
  from: number,
): number {
  if (at + 2 >= end) return NO;
  const first = bytes[at + 1] as number;
  for (let place = from; place < names.length; place++) {
    const name = names[place] as Uint8Array;
    if (name[1] !== first || at + name.length > end) continue;
    let i = 0;
    while (i < name.length && bytes[at + i] === name[i]) i++;
    if (i === name.length) return place;
  }
  return NO;
}

/**
 * An object of any keys. A key with an escape is refused, because it could equal another one in disguise; keys with
 * equal hashes are taken for duplicates. Both errors only cost the slow path.
 */
function scanOpenObject(bytes: Uint8Array, at: number, end: number, depth: number): number {
  at++;
  if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1;
  const base = (depth - 1) * MAX_KEYS;
  for (let count = 0; count < MAX_KEYS; count++) {
    if (at >= end || bytes[at] !== QUOTE) return NO;
    const key = at + 1;
    at = scanString(bytes, key, end);
    if (at === NO || at >= end || bytes[at] !== COLON) return NO;
    let hash = 0;
    for (let i = key; i < at - 1; i++) {
      const byte = bytes[i] as number;
      if (byte === BACKSLASH) return NO;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    for (let i = base; i < base + count; i++) if (keyHashes[i] === hash) return NO;
    keyHashes[base + count] = hash;
    at = scanValue(bytes, at + 1, end, depth, undefined);
    if (at === NO || at >= end) return NO;
    const byte = bytes[at++];
    if (byte === CLOSE_OBJECT) return at;
    if (byte !== COMMA) return NO;
  }
  return NO;
}

/**
 * Whether `bytes[start..end)` is an event in canonical form, so that the bytes may be sealed as they are when parsing
 * and normalizing change nothing: one JSON object (RFC 8259) in UTF-8, keys of the schema in the schema's order and
 * no others, no key twice anywhere, no whitespace outside strings, no raw control, C1 or bidirectional character,
 * no number that readers could understand differently, depth within `LIMITS.depth`.
 *
 * True means: all JSON parsers read the same event from these bytes. False says nothing about the event, only that
 * its bytes must be written anew. Never throws.
 */
export function isCanonical(bytes: Uint8Array, start: number, end: number): boolean {
  if (start < 0 || end > bytes.length || start >= end || bytes[start] !== OPEN_OBJECT) return false;
  return scanKnownObject(bytes, start, end, 1, EVENT_KEYS) === end;
}
