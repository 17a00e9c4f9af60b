// SPDX-License-Identifier: Apache-2.0

/** How far words may stand from a number, in UTF-16 code units. Bounded, so that a text of numbers costs a constant for each. */
const BEFORE = 56;
const AFTER = 32;

const NOT_LETTERS = /[^\p{L}]+/gu;
const MARKS = /\p{M}/gu;
const CAMEL = /(\p{Ll})(\p{Lu})/gu;
const NOT_ASCII = /[\u0080-\uffff]/;

/** Words of a text, folded: small letters, no accents, one blank between and around; `taxId`, `tax_id` and `TAX-ID` are " tax id ". */
export function foldWords(text: string): string {
  const parted = text.replace(CAMEL, "$1 $2").toLowerCase();
  const plain = NOT_ASCII.test(parted) ? parted.normalize("NFKD").replace(MARKS, "") : parted;
  return ` ${plain.replace(NOT_LETTERS, " ").trim()} `;
}

/** Phrases as {@link foldWords} makes them. One in a script without blanks stands anywhere; any other as whole words. */
export function foldPhrases(phrases: string): readonly string[] {
  return phrases.split("|").map((phrase) => {
    const folded = foldWords(phrase);
    return /[\u3000-\u9fff\uac00-\ud7af]/.test(phrase) ? folded.trim() : folded;
  });
}

/** The words around a number: those before it and those after it, in one. A word that the border of the window cuts is left out. */
export function wordsAround(text: string, start: number, end: number): string {
  const from = Math.max(0, start - BEFORE);
  let before = text.slice(from, start);
  if (from > 0) before = before.replace(/^[\p{L}\p{M}]+/u, "");
  let after = text.slice(end, end + AFTER);
  if (end + AFTER < text.length) after = after.replace(/[\p{L}\p{M}]+$/u, "");
  return foldWords(before) + foldWords(after);
}

export function hasPhrase(words: string, phrases: readonly string[]): boolean {
  for (const phrase of phrases) if (words.includes(phrase)) return true;
  return false;
}
