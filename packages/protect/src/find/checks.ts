// SPDX-License-Identifier: Apache-2.0

/** Check digits that more than one number has. All take digits only, unless said otherwise. */

function digitAt(digits: string, at: number): number {
  return digits.charCodeAt(at) - 48;
}

/** The sum of the digits, each times its weight. Digits without a weight do not count. */
export function weigh(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * digitAt(digits, i);
  return sum;
}

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digitAt(digits, digits.length - 1 - i);
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The remainder by 97 of a number too long for a double. Letters count as ISO/IEC 7064 has it: A is 10, Z is 35. */
export function mod97(text: string): number {
  let rest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    rest = code <= 57 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;
  }
  return rest;
}

/** ISO/IEC 7064, mod 11,10: the last digit checks those before. */
export function passesMod1110(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (product + digitAt(digits, i)) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digitAt(digits, digits.length - 1);
}

const DIHEDRAL = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const PERMUTED = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** J. Verhoeff, Error Detecting Decimal Codes, 1969. */
export function passesVerhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digitAt(digits, digits.length - 1 - i);
    check = digitAt(DIHEDRAL[check]!, digitAt(PERMUTED[i % 8]!, digit));
  }
  return check === 0;
}

/** `year` of two or four digits. A day that some year has: the 29th of February is one. */
export function isDate(month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= (month === 2 ? 29 : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
}

/** The number that stands in `text` from `start`, `length` digits long. */
export function numberAt(text: string, start: number, length: number): number {
  return Number(text.slice(start, start + length));
}

/** `111111111` passes many checks and is nobody's. */
export function isOneDigit(digits: string): boolean {
  for (let i = 1; i < digits.length; i++) {
    if (digits.charCodeAt(i) !== digits.charCodeAt(0)) return false;
  }
  return true;
}

/** ICAO 9303, part 3, 4.9: weights 7, 3, 1; letters count from 10, the filler `<` nothing. */
export function mrzDigit(field: string): number {
  let sum = 0;
  for (let i = 0; i < field.length; i++) {
    const code = field.charCodeAt(i);
    const value = code === 60 ? 0 : code <= 57 ? code - 48 : code - 55;
    sum += value * (i % 3 === 0 ? 7 : i % 3 === 1 ? 3 : 1);
  }
  return sum % 10;
}
