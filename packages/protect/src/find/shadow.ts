// SPDX-License-Identifier: Apache-2.0

/** A text as a person reads it, with the way back to the offsets of the text as it was sent. */
export interface Shadow {
  text: string;
  /** `offsets[i]` is where the shadow's character i stands in the original; one more entry for the end. */
  offsets: Int32Array;
}

/** Invisible characters, unusual blanks (0x20) and dashes (0x2d), full-width letters and digits: first and last code unit, and what they read as (0: nothing). */
const DISGUISES: readonly (readonly [first: number, last: number, reads: number])[] = [
  [0xa0, 0xa0, 0x20],
  [0xad, 0xad, 0],
  [0x34f, 0x34f, 0],
  [0x61c, 0x61c, 0],
  [0x115f, 0x1160, 0],
  [0x17b4, 0x17b5, 0],
  [0x180b, 0x180e, 0],
  [0x2000, 0x200a, 0x20],
  [0x200b, 0x200f, 0],
  [0x2010, 0x2015, 0x2d],
  [0x202a, 0x202e, 0],
  [0x202f, 0x202f, 0x20],
  [0x205f, 0x205f, 0x20],
  [0x2060, 0x206f, 0],
  [0x2212, 0x2212, 0x2d],
  [0x3000, 0x3000, 0x20],
  [0xfe00, 0xfe0f, 0],
  [0xfeff, 0xfeff, 0],
];

/**
 * Undoes what hides a secret from a scanner and not from a reader: invisible characters inside it, full-width letters and digits,
 * unusual blanks and dashes. Returns undefined when the text has none.
 */
export function toShadow(text: string): Shadow | undefined {
  let i = 0;
  while (i < text.length && toPlain(text.charCodeAt(i)) === -1) i++;
  if (i === text.length) return undefined;
  const offsets = new Int32Array(text.length + 1);
  const characters: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const plain = toPlain(text.charCodeAt(i));
    if (plain === 0) continue;
    offsets[characters.length] = i;
    characters.push(plain === -1 ? text.charAt(i) : String.fromCharCode(plain));
  }
  offsets[characters.length] = text.length;
  return { text: characters.join(""), offsets };
}

/** The plain character for a code unit: 0 for none at all, -1 for itself. */
function toPlain(code: number): number {
  if (code < 0xa0) return -1;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  for (const [first, last, reads] of DISGUISES) {
    if (code < first) return -1;
    if (code <= last) return reads;
  }
  return -1;
}
