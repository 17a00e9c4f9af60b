// SPDX-License-Identifier: Apache-2.0
import { isDigit } from "../chars.js";

/** A number that an authority gives to a person, a device or an account. */
export interface IdKind {
  readonly kind: string;
  /**
   * Ways to write it that tell enough, once the check holds. `0` is a digit, `A` a letter, the rest stands for itself: blank `.` `-` `/` `+`.
   * A number with a small letter in it needs a word all the same.
   */
  readonly sure?: readonly string[];
  /** Ways to write it that other numbers have too: one of `words` must stand near. */
  readonly told?: readonly string[];
  /** Phrases, parted by `|`; whole words. */
  readonly words: string;
  /** Gets the letters, as capitals, and the digits; of the length of one of the forms. */
  readonly check: (compact: string) => boolean;
}

/** A way to write a kind. */
export interface IdForm {
  readonly kind: string;
  readonly sure: boolean;
  /** Has blanks between its parts. */
  readonly spaced: boolean;
  readonly phrases: readonly string[];
  readonly check: (compact: string) => boolean;
}

const SYMBOLS = 7;
const SEPARATORS = " .-/+";

function symbolOf(character: string): number {
  if (character === "0") return 0;
  if (character === "A") return 1;
  const separator = SEPARATORS.indexOf(character);
  if (separator === -1) throw new Error(`no form has a "${character}"`);
  return separator + 2;
}

const CODES = new Int8Array(128).fill(-1);
for (let code = 0; code < 128; code++) {
  if (isDigit(code)) CODES[code] = 0;
  else if (/[A-Za-z]/.test(String.fromCharCode(code))) CODES[code] = 1;
}
for (let i = 0; i < SEPARATORS.length; i++) CODES[SEPARATORS.charCodeAt(i)] = i + 2;

/** All forms as one tree, so that a text is compared with all of them at once. */
export class FormTree {
  /** `#next[node * SYMBOLS + symbol]` is the next node, 0 for none. */
  readonly #next: number[] = Array.from({ length: SYMBOLS }, () => 0);
  readonly #forms: (IdForm[] | undefined)[] = [undefined];

  add(written: string, form: IdForm): void {
    let node = 0;
    for (const character of written) {
      const at = node * SYMBOLS + symbolOf(character);
      let next = this.#next[at]!;
      if (next === 0) {
        next = this.#forms.length;
        this.#next[at] = next;
        for (let i = 0; i < SYMBOLS; i++) this.#next.push(0);
        this.#forms.push(undefined);
      }
      node = next;
    }
    this.#forms[node] = [...(this.#forms[node] ?? []), form];
  }

  /** Calls `visit` for every form that the text has at `start`, shortest first, with the offset after it. Takes as many steps as the longest form at most. */
  walk(text: string, start: number, visit: (forms: readonly IdForm[], end: number) => void): void {
    let node = 0;
    for (let i = start; i < text.length; i++) {
      const code = text.charCodeAt(i);
      const symbol = code < 128 ? CODES[code]! : -1;
      if (symbol === -1) return;
      node = this.#next[node * SYMBOLS + symbol]!;
      if (node === 0) return;
      const forms = this.#forms[node];
      if (forms !== undefined) visit(forms, i + 1);
    }
  }
}
