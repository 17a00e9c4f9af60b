// SPDX-License-Identifier: Apache-2.0
// Check digits, written from their specifications for the generator. The detectors have their own: where the two differ, one is wrong.

/** ISO/IEC 7812-1 annex B: the digit that makes `body` pass. */
export function luhnDigit(body) {
  let sum = 0;
  for (let i = body.length - 1, double = true; i >= 0; i--, double = !double) {
    let digit = Number(body[i]);
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return String((10 - (sum % 10)) % 10);
}

export function withLuhn(body) {
  return body + luhnDigit(body);
}

/** The sum of digits times weights. */
export function weigh(digits, weights) {
  return weights.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0);
}

/** ISO/IEC 7064 mod 97-10 of letters and digits (A = 10 … Z = 35). */
export function mod97(text) {
  let rest = 0;
  for (const character of text) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

export function withIban(country, account) {
  const check = 98 - mod97(`${account}${country}00`);
  return `${country}${String(check).padStart(2, "0")}${account}`;
}

/** ISO/IEC 7064 mod 11,10, as the German tax number has it. */
export function mod1110Digit(digits) {
  let product = 10;
  for (const digit of digits) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return String((11 - product) % 10);
}

const D5 = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const TURN = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/** Verhoeff's digit over the dihedral group of ten. */
export function verhoeffDigit(body) {
  let check = 0;
  for (let i = 0; i < body.length; i++) {
    let digit = Number(body[body.length - 1 - i]);
    for (let turn = (i + 1) % 8; turn > 0; turn--) digit = TURN[digit];
    check = D5[check][digit];
  }
  return String(D5[check].indexOf(0));
}

/** ICAO 9303 part 3, 4.9: weights 7, 3, 1. */
export function mrzDigit(field) {
  let sum = 0;
  for (let i = 0; i < field.length; i++) {
    const value = field[i] === "<" ? 0 : Number.parseInt(field[i], 36);
    sum += value * [7, 3, 1][i % 3];
  }
  return String(sum % 10);
}
