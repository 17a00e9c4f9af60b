// SPDX-License-Identifier: Apache-2.0
import { toText } from "./shadow.js";

/** How far words may stand from a number, in UTF-16 code units. Bounded, so that a text of numbers costs a constant for each. */
const BEFORE = 56;
const AFTER = 40;

/** From this length on it pays to know which words there are at all. */
const LONG = 256;

/** The first letter of the scripts without blanks: Thai. */
const UNSPACED = 0x0e00;
const BLANK = 32;
const BACKSLASH = 92;
/** Above it letters have no case and no accents that matter here. */
const FOLDED = 0x2500;

/** What a code unit folds to: 0 for no letter, 1 for nothing at all (a mark), else a code unit. Filled as they come; -1 is not yet known. */
const FOLDS = new Int32Array(FOLDED).fill(-1);

function foldCode(code: number): number {
  if (code >= FOLDED)
    return /\p{L}/u.test(String.fromCharCode(code)) ? code : /\p{M}/u.test(String.fromCharCode(code)) ? 1 : 0;
  const known = FOLDS[code]!;
  if (known !== -1) return known;
  const character = String.fromCharCode(code);
  const plain = character.normalize("NFKD").toLowerCase();
  const folded = /\p{M}/u.test(character) ? 1 : /\p{L}/u.test(character) ? plain.charCodeAt(0) : 0;
  FOLDS[code] = folded;
  return folded;
}

function isSmall(code: number): boolean {
  return code >= 97 && code <= 122;
}

/**
 * The words of a text, folded: small letters, no accents, one blank between and around. `taxId`, `tax_id` and `TAX-ID` are " tax id ".
 * Made in one pass, whatever is asked of it.
 */
export class Words {
  readonly all: string;
  /** Where each code unit of the text stands in `all`. */
  readonly #places: Int32Array;
  #known: Set<string> | undefined;
  /** Has letters of a script that may be written without blanks. */
  #unspaced = false;
  readonly #had = new Map<readonly string[], boolean>();

  constructor(text: string) {
    const codes = new Uint16Array(text.length * 2 + 2);
    const places = new Int32Array(text.length + 1);
    let length = 1;
    codes[0] = BLANK;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const folded = isSmall(code) ? code : foldCode(code);
      // "\n" in JSON is no letter; "taxId" is two words.
      const escaped =
        i > 0 && text.charCodeAt(i - 1) === BACKSLASH && (code === 110 || code === 114 || code === 116);
      const parts = folded > 1 && code >= 65 && code <= 90 && i > 0 && isSmall(text.charCodeAt(i - 1));
      if ((folded === 0 || escaped || parts) && codes[length - 1] !== BLANK) codes[length++] = BLANK;
      places[i] = length;
      if (folded > 1 && !escaped) {
        codes[length++] = folded;
        if (folded >= UNSPACED) this.#unspaced = true;
      }
    }
    if (codes[length - 1] !== BLANK) codes[length++] = BLANK;
    places[text.length] = length;
    this.#places = places;
    this.all = toText(codes.subarray(0, length));
  }

  /** The words around a number, and its own letters if it has some. A word that the border of the window cuts matches no phrase. */
  around(start: number, end: number): string {
    const last = Math.min(this.#places.length - 1, end + AFTER);
    return this.all.slice(
      Math.max(0, this.#places[Math.max(0, start - BEFORE)]! - 1),
      this.#places[last]! + 1,
    );
  }

  /** The words from one place in the text to another; the first and the last may be cut. */
  between(start: number, end: number): string {
    return this.all.slice(
      Math.max(0, this.#places[Math.max(0, start)]! - 1),
      this.#places[Math.min(end, this.#places.length - 1)],
    );
  }

  /** Whether a phrase may be somewhere: false only when its first word is not. Remembered for each list, as a long text asks often. */
  mayHave(phrases: readonly string[]): boolean {
    if (this.#places.length < LONG) return true;
    const known = this.#had.get(phrases);
    if (known !== undefined) return known;
    this.#known ??= new Set(this.all.split(" "));
    const words = this.#known;
    const has = phrases.some((phrase) =>
      phrase.startsWith(" ")
        ? words.has(phrase.slice(1, phrase.indexOf(" ", 1)))
        : this.#unspaced && this.all.includes(phrase),
    );
    this.#had.set(phrases, has);
    return has;
  }
}

let shared: { text: string; words: Words } | undefined;

/** The words of a text. Detectors that look at one text after each other share them, until {@link forgetWords}. */
export function wordsOf(text: string): Words {
  if (shared?.text !== text) shared = { text, words: new Words(text) };
  return shared.words;
}

/** Called when all detectors have seen a text: nothing of it is kept. */
export function forgetWords(): void {
  shared = undefined;
}

export function foldWords(text: string): string {
  return new Words(text).all;
}

/** Phrases as {@link Words} has them. One in a script without blanks stands anywhere; any other as whole words. */
export function foldPhrases(phrases: string): readonly string[] {
  return phrases.split("|").map((phrase) => {
    const folded = foldWords(phrase);
    return /[\u0e00-\u0e7f\u3000-\u9fff\uac00-\ud7af]/.test(phrase) ? folded.trim() : folded;
  });
}

export function hasPhrase(words: string, phrases: readonly string[]): boolean {
  for (const phrase of phrases) if (words.includes(phrase)) return true;
  return false;
}
