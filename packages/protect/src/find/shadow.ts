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
  let first = 0;
  while (first < text.length && toPlain(text.charCodeAt(first)) === -1) first++;
  if (first === text.length) return undefined;
  const offsets = new Int32Array(text.length + 1);
  const codes = new Uint16Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const plain = toPlain(code);
    if (plain === 0) continue;
    offsets[length] = i;
    codes[length++] = plain === -1 ? code : plain;
  }
  offsets[length] = text.length;
  return { text: toText(codes.subarray(0, length)), offsets };
}

const CHUNK = 4096; // arguments of one call

/** The text of these code units. Spreading them would go through an iterator, which takes seven times as long. */
export function toText(codes: Uint16Array): string {
  let text = "";
  for (let i = 0; i < codes.length; i += CHUNK)
    text += Reflect.apply(String.fromCharCode, null, codes.subarray(i, i + CHUNK)) as string;
  return text;
}

/** The plain character for a code unit: 0 for none at all, -1 for itself. */
function toPlain(code: number): number {
  if (code < 0xa0) return -1;
  if (code > 0x3000 && code < 0xfe00) return -1;
  if (code >= 0xff01 && code <= 0xff5e) return code - 0xfee0;
  for (const [first, last, reads] of DISGUISES) {
    if (code < first) return -1;
    if (code <= last) return reads;
  }
  return -1;
}
