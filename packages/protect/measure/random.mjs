// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

export const DIGITS = "0123456789";
export const LOWER = "abcdefghijklmnopqrstuvwxyz";
export const UPPER = LOWER.toUpperCase();
export const ALNUM = UPPER + LOWER + DIGITS;
export const HEX = "0123456789abcdef";
export const BASE32 = `${UPPER}234567`;
export const BASE64URL = `${ALNUM}-_`;

/**
 * A stream of numbers that follows from a name: the same name gives the same values in every run and on every machine.
 * Taken from SHA-256 in counter mode, so that neighbouring names share nothing.
 */
export class Random {
  #name;
  #block = 0;
  #bytes = Buffer.alloc(0);
  #at = 0;

  constructor(name) {
    this.#name = name;
  }

  #word() {
    if (this.#at + 4 > this.#bytes.length) {
      this.#bytes = createHash("sha256")
        .update(`${this.#name}/${this.#block++}`)
        .digest();
      this.#at = 0;
    }
    const word = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return word;
  }

  /** A whole number from 0 up to and without `limit`. */
  below(limit) {
    return Math.floor((this.#word() / 2 ** 32) * limit);
  }

  /** From `first` to `last`, both included. */
  between(first, last) {
    return first + this.below(last - first + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Fisher and Yates: the same order on every engine, which a drawn comparison is not. */
  shuffle(list) {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return list;
  }

  chars(alphabet, length) {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.below(alphabet.length));
    return text;
  }

  digits(length) {
    return this.chars(DIGITS, length);
  }

  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
