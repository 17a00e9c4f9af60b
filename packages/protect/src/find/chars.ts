// SPDX-License-Identifier: Apache-2.0

/**
 * Character classes of a text, found in one cheap pass. A detector names the classes without which it cannot match, so that
 * ordinary texts never meet a regular expression. Each class is a character that is rare in ordinary values and necessary in some secret.
 */
export const LETTER = 1; // any but T and Z, so that a timestamp has none, and a to f, so that an identifier in hexadecimal has none; every non-ASCII character counts
export const DIGIT = 1 << 1;
export const AT = 1 << 2;
export const EQUALS = 1 << 3;
export const COLON = 1 << 4;
export const PERCENT = 1 << 5;
export const UNDERSCORE = 1 << 6;
export const DASH = 1 << 7;
export const SPACE = 1 << 8; // tab and line ends too
export const SLASH = 1 << 9;
export const ANGLE = 1 << 10;
export const FOREIGN = 1 << 11; // not ASCII
export const BACKSLASH = 1 << 12;
export const AMPERSAND = 1 << 13;
export const LITERAL = 1 << 14; // three characters in a row that some literal of a detector has; not of one character, see literals.ts
export const DIGIT_SPAN = 1 << 19; // fourteen digits or gaps between them in a row; not of one character, see spansOf
export const DIGITS = 1 << 20; // six digits or gaps in a row, or ten digits or capitals; likewise

const CLASSES = new Int32Array(256);

function mark(characters: string, bits: number): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)]! |= bits;
}

mark("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSUVWXY", LETTER);
mark("0123456789", DIGIT);
mark("@", AT);
mark("=", EQUALS);
mark(":", COLON);
mark("%", PERCENT);
mark("_", UNDERSCORE);
mark("-", DASH);
mark(" \t\n\r", SPACE);
mark("/", SLASH);
mark("<>", ANGLE);
mark("\\", BACKSLASH);
mark("&", AMPERSAND);

/** The upper five bits of a class: what the character is in a trigram. Letters of both cases, digits, and the signs that literals have. */
const SYMBOL_SHIFT = 27;
const CLASS_BITS = (1 << SYMBOL_SHIFT) - 1;
const SYMBOLS: readonly (readonly [characters: string, symbol: number])[] = [
  ..."abcdefghijklmnopqrstuvwxyz"
    .split("")
    .map((letter, i) => [letter + letter.toUpperCase(), i + 1] as const),
  ["0123456789", 27],
  ["_", 28],
  ["-", 29],
  [".", 30],
  ["/:=", 31],
];
for (const [characters, symbol] of SYMBOLS) mark(characters, symbol << SYMBOL_SHIFT);

/** How many trigrams there are: three symbols of five bits. */
export const TRIGRAMS = 1 << 15;

/** The trigram that ends with the character `code`, after the trigram `before`. */
export function nextTrigram(before: number, code: number): number {
  return ((before << 5) | (CLASSES[code & 0xff]! >>> SYMBOL_SHIFT)) & (TRIGRAMS - 1);
}

/**
 * The union of the classes of all characters of `text`, and {@link LITERAL} when `wanted` has one of its trigrams: bit 0 always, any other only beside a blank.
 * Two table look-ups and no branch for a character: this loop is most of the cost of an event with nothing to hide.
 */
export function classesOf(text: string, wanted: Uint8Array): number {
  let bits = 0;
  let codes = 0;
  let trigram = 0;
  let found = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const entry = CLASSES[code & 0xff]!;
    codes |= code;
    bits |= entry;
    trigram = ((trigram << 5) | (entry >>> SYMBOL_SHIFT)) & (TRIGRAMS - 1);
    found |= wanted[trigram]!;
  }
  bits &= CLASS_BITS;
  // Sentences that are told with blanks between: "password is …". A name alone is none.
  if ((found & 1) !== 0 || (found !== 0 && (bits & SPACE) !== 0)) bits |= LITERAL;
  // Beyond ASCII the low byte means nothing; the classes it added only cost time.
  return codes < 128 ? bits : bits | FOREIGN | LETTER;
}

const CARD_SPAN = 14;
const NUMBER_SPAN = 6;
const CODE_SPAN = 10;

/** Which of {@link DIGITS} and {@link DIGIT_SPAN} a text with a digit has, of those in `wanted`: not every scope has detectors that ask for them. */
export function spansOf(text: string, wanted: number): number {
  if (text.length < NUMBER_SPAN) return 0;
  const span =
    (wanted & DIGIT_SPAN) !== 0 && hasSpan(text, CARD_SPAN, DIGIT_OR_GAP) ? DIGITS | DIGIT_SPAN : 0;
  if (span !== 0 || (wanted & DIGITS) === 0) return span & wanted;
  return hasSpan(text, NUMBER_SPAN, DIGIT_OR_GAP) || hasSpan(text, CODE_SPAN, DIGIT_OR_CAPITAL) ? DIGITS : 0;
}

const DIGIT_OR_GAP = 1;
const DIGIT_OR_CAPITAL = 2;
const SPANS = new Uint8Array(128);
for (const character of "0123456789 .-") SPANS[character.charCodeAt(0)]! |= DIGIT_OR_GAP;
for (const character of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
  SPANS[character.charCodeAt(0)]! |= DIGIT_OR_CAPITAL;

/**
 * Whether `length` characters in a row are of the class. Looks at every so many characters, because no such span fits between two of them,
 * and around those that could belong to one.
 */
function hasSpan(text: string, length: number, span: number): boolean {
  for (let at = length - 1; at < text.length; at += length) {
    if (!isOfSpan(text, at, span)) continue;
    let start = at;
    while (start > 0 && at - start < length && isOfSpan(text, start - 1, span)) start--;
    let end = at + 1;
    while (end - start < length && end < text.length && isOfSpan(text, end, span)) end++;
    if (end - start >= length) return true;
  }
  return false;
}

function isOfSpan(text: string, at: number, span: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && (SPANS[code]! & span) !== 0;
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** A letter, digit, `_`, or any non-ASCII letter: what a name is made of. General and CJK punctuation are not. */
export function isWord(code: number): boolean {
  if (code < 128) return isAlphanumeric(code) || code === 95;
  return (
    code >= 0xc0 &&
    !(code >= 0x2000 && code <= 0x206f) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    code < 0xfe00
  );
}
