// SPDX-License-Identifier: Apache-2.0

/**
 * Search ignores case. To give the same answer everywhere (this process, DuckDB's `lower`, a browser), folding is
 * Unicode's simple lower case, one code point at a time: no final sigma, no locale, and no letters whose case pair
 * is newer than Unicode 15, which engines disagree on.
 */
const NEWER_PAIRS: readonly (readonly [first: number, last: number])[] = [
  [0x1c89, 0x1c89],
  [0xa7cb, 0xa7dc],
  [0x10d50, 0x10d65],
  [0x16ea0, 0x16eb8],
];

/** Letters inside the ranges above that have had their pair for long. */
const KEPT_OLD: ReadonlySet<number> = new Set([0xa7d0, 0xa7d6, 0xa7d8]);

function foldPoint(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  if (point === 0x130) return "i"; // simple mapping; toLowerCase would give two code points
  for (const [first, last] of NEWER_PAIRS) {
    if (point >= first && point <= last) return KEPT_OLD.has(point) ? char.toLowerCase() : char;
  }
  return char.toLowerCase();
}

// oxlint-disable-next-line no-control-regex -- the ASCII range is meant
const ASCII = /^[\x00-\x7f]*$/;

/** The text in the form in which search compares it. Lone surrogates become U+FFFD, as they do in the index. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = "";
  for (const char of wellFormed(text)) folded += foldPoint(char);
  return folded;
}

const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** The text with U+FFFD for each lone surrogate: what UTF-8 can hold. */
export function wellFormed(text: string): string {
  return text.replace(LONE, "\uFFFD");
}
