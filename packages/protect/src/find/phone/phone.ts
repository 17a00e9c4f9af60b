// SPDX-License-Identifier: Apache-2.0
import { DIGITS, isDigit, isWord } from "../chars.js";
import { foldPhrases, foldWords, hasPhrase } from "../context.js";
import type { Detector } from "../detector.js";
import { isInternational, isNorthAmerican } from "./countries.js";

/** Digits with what people write between them; the shortest that counts has seven. */
const NUMBER = /(?:\+|%2B)?\(?\d(?:[ .\-/()\u00a0]{0,2}\d){6,17}/g;
const MOST_DIGITS = 15; // E.164

const WORDS = foldPhrases(
  "phone|phones|phone number|phonenumber|telephone|tel|mobile|mobile number|cell|cellphone|cell phone|msisdn|fax|whatsapp|sms|call|calls|called|caller|callback|dial|dialed|" +
    "telefon|telefonnummer|handy|handynummer|mobilnummer|rufnummer|mobil|telefono|telefone|cellulare|movil|celular|telephone|portable|telefoon|telefoonnummer|mobiel|" +
    "gsm|puhelin|puhelinnumero|telefonszam|numer telefonu|telefonu|komorka|cep|numara|телефон|тел|мобильный|номер телефона|电话|電話|手机|手機|手机号|携帯|전화|휴대폰",
);
/** Words that may stand between such a word and its number. */
const BETWEEN =
  /^(?: (?:number|numbers|no|nr|num|nummer|numero|is|was|ist|es|est|at|to|on|home|work|office|private|the|customer|new|old|value|raw|e|or|us|me|him|her))*  ?$/;

/** How far the word may stand before and after, in UTF-16 code units. */
const WINDOW = 32;

/**
 * Telephone numbers: after `+` (or `00` and a word) with a country code and of a length that numbers have there (ITU-T E.164), written
 * as `(415) 555-2671`, or after or before a word that says so.
 */
export const phone: Detector = {
  name: "phone",
  class: "personal",
  needs: [{ classes: DIGITS, length: 7 }],
  find(text, hits) {
    NUMBER.lastIndex = 0;
    for (let match = NUMBER.exec(text); match !== null; match = NUMBER.exec(text)) {
      const start = match.index;
      const end = NUMBER.lastIndex;
      if (!isApart(text, start, end)) continue;
      const written = match[0];
      const digits = written.replace(/%2B|\D/g, "");
      if (digits.length > MOST_DIGITS) continue;
      if (!isPhone(written, digits) && !(isLocal(written, digits) && hasWord(text, start, end))) continue;
      hits.push({ start, end: withClosing(text, start, end), kind: "phone" });
    }
  },
};

/** Sure without a word. */
function isPhone(written: string, digits: string): boolean {
  if (written.startsWith("+") || written.startsWith("%2B")) return isGrouped(written) && isInternational(digits);
  return /^\(\d{3}\) ?\d{3}[ .-]\d{4}$/.test(written) && isNorthAmerican(digits);
}

/** "+1 0 2 3 4 5 6 7" and "+12 345678901-2" are no numbers: at most five groups, of two digits at least but for the first. */
function isGrouped(written: string): boolean {
  const groups = written.match(/\d+/g) ?? [];
  return groups.length <= 7 && groups.every((group, i) => i === 0 || i === 1 || group.length > 1);
}

/** With a word. A date, a time, an address of a host or an amount is no telephone number. */
function isLocal(written: string, digits: string): boolean {
  if (/^\d{4}[-./]\d{2}[-./]\d{2}/.test(written) || /^\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)/.test(written)) return false;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(written) || /^\d+\.\d+$/.test(written)) return false;
  if (!isGrouped(written)) return false;
  const groups = written.match(/\d+/g) ?? [];
  // Bare digits must have the length of a number in use somewhere: an identifier after "call" mostly has not.
  if (groups.length === 1) return /^0\d{7,13}$|^[1-9]\d{6,14}$/.test(digits);
  return digits.length <= 13 && groups.every((group) => group.length <= 8);
}

function hasWord(text: string, start: number, end: number): boolean {
  const from = Math.max(0, start - WINDOW);
  let before = text.slice(from, start);
  if (from > 0) before = before.replace(/^[\p{L}\p{M}]+/u, "");
  // Only what stands after the last other number.
  const near = foldWords(before.slice(before.search(/[^\d]*$/)));
  for (const phrase of WORDS) {
    const at = near.lastIndexOf(phrase);
    if (at !== -1 && BETWEEN.test(` ${near.slice(at + phrase.length).trim()} `.replace(/^ {2}$/, "  "))) return true;
  }
  const after = /^["')\]]{0,2}[ ]{0,2}[:(]?[ ]{0,2}(?:(?:is|was|wrong|bad|invalid|not a|unknown) )?([\p{L}]{2,16}(?: [\p{L}]{2,12})?)/u.exec(
    text.slice(end, end + WINDOW),
  );
  return after !== null && hasPhrase(foldWords(after[1]!), WORDS) && /^["')\]]{0,2} ?[(:]/.test(text.slice(end));
}

/** No part of a longer number, a name, an identifier or a path. */
function isApart(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isWord(before) && before !== 95) return false;
  if (before === 43 || before === 42 || before === 36 || after === 42 || after === 37) return false;
  if (isWord(after) || (isJoint(after) && isDigit(text.charCodeAt(end + 1)))) return false;
  return !(isJoint(before) && isWord(text.charCodeAt(start - 2)) && before !== 58);
}

/** `.` `-` `/` `:` `,` `@` */
function isJoint(code: number): boolean {
  return code === 46 || code === 45 || code === 47 || code === 58 || code === 44 || code === 64;
}

/** `(0151) 123` ends where it ends; a bracket that the number opened belongs to it. */
function withClosing(text: string, start: number, end: number): number {
  return text.charCodeAt(end) === 41 && text.slice(start, end).split("(").length > text.slice(start, end).split(")").length
    ? end + 1
    : end;
}
