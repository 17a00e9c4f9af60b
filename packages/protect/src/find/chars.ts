// SPDX-License-Identifier: Apache-2.0

/**
 * Character classes of a text, found in one cheap pass. A detector names the classes without which it cannot match, so that
 * ordinary texts never meet a regular expression. Each class is a character that is rare in ordinary values and necessary in some secret.
 */
export const LETTER = 1; // any but T and Z, so that a timestamp has none; every non-ASCII character counts
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
export const B = 1 << 12; // b, B, in a text with a blank, % or /: "Bearer", "basic"
export const W = 1 << 13; // w, W, likewise: "password", "pwd"
export const X = 1 << 14; // x: "xoxb-"
export const Y = 1 << 15; // y: "ya29."
export const UPPER_G = 1 << 16; // "SG.", "BEGIN"
export const UPPER_I = 1 << 17; // "AKIA", "AIza", "PRIVATE"
export const UPPER_J = 1 << 18; // "eyJ"
export const DIGIT_SPAN = 1 << 19; // fourteen digits or gaps between them in a row; not of one character, see hasDigitSpan

const CLASSES = new Int32Array(256);

function mark(characters: string, bits: number): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)]! |= bits;
}

mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSUVWXY", LETTER);
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
mark("bB", B);
mark("wW", W);
mark("x", X);
mark("yY", Y);
mark("G", UPPER_G);
mark("I", UPPER_I);
mark("J", UPPER_J);

/** The union of the classes of all characters of `text`. One table look-up and no branch for a character: this loop is most of the cost of an event with nothing to hide. */
export function classesOf(text: string): number {
  let bits = 0;
  let codes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    codes |= code;
    bits |= CLASSES[code & 0xff]!;
  }
  // These two are asked for only beside a gap; identifiers in hexadecimal are full of "b".
  if ((bits & (SPACE | PERCENT | SLASH)) === 0) bits &= ~(B | W);
  if ((bits & DIGIT) !== 0 && hasDigitSpan(text)) bits |= DIGIT_SPAN;
  // Beyond ASCII the low byte means nothing; the classes it added only cost time.
  return codes < 128 ? bits : bits | FOREIGN | LETTER;
}

const CARD_SPAN = 14;

/**
 * Whether 14 characters in a row are digits, blanks, dots or dashes. Looks at every fourteenth character, because no such span fits
 * between two of them, and around those that could belong to one.
 */
function hasDigitSpan(text: string): boolean {
  for (let at = CARD_SPAN - 1; at < text.length; at += CARD_SPAN) {
    if (!isDigitOrGap(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && at - start < CARD_SPAN && isDigitOrGap(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end - start < CARD_SPAN && end < text.length && isDigitOrGap(text.charCodeAt(end))) end++;
    if (end - start >= CARD_SPAN) return true;
  }
  return false;
}

function isDigitOrGap(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 32 || code === 45 || code === 46;
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
