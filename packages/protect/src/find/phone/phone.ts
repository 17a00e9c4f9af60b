// SPDX-License-Identifier: Apache-2.0
import { DIGITS, isDigit, isWord } from "../chars.js";
import { foldPhrases, type Words, wordsOf } from "../context.js";
import type { Detector } from "../detector.js";
import { isInternational, isNorthAmerican } from "./countries.js";

/** Digits with what people write between them; the shortest that counts has seven. */
const NUMBER = /(?:\+|%2B)?\(?\d(?:[ .\-/()\u00a0]{0,2}\d){6,17}/g;
const MOST_DIGITS = 15; // E.164

export const PHONE_PHRASES: readonly string[] = foldPhrases(
  "phone|phones|phone number|phonenumber|telephone|tel|mobile|mobile number|cell|cellphone|cell phone|msisdn|fax|whatsapp|sms|call|calls|called|caller|callback|dial|dialed|" +
    "telefon|telefonnummer|handy|handynummer|mobilnummer|rufnummer|mobil|telefono|telefone|cellulare|movil|celular|telephone|portable|telefoon|telefoonnummer|mobiel|" +
    "gsm|puhelin|puhelinnumero|telefonszam|numer telefonu|telefonu|komorka|cep|numara|телефон|тел|мобильный|номер телефона|电话|電話|手机|手機|手机号|携帯|전화|휴대폰",
);
const NAMES = new Set(PHONE_PHRASES.map((phrase) => phrase.trim()));
const UNSPACED = PHONE_PHRASES.filter((phrase) => !phrase.startsWith(" "));
/** Words that may stand between such a word and its number, on either side. */
const FILLERS = new Set(
  "number numbers no nr num nummer numero is was ist es est at to on home work office private the customer new old value raw e or us me him her wrong bad invalid not a unknown".split(
    " ",
  ),
);

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
    let words: Words | undefined;
    NUMBER.lastIndex = 0;
    for (let match = NUMBER.exec(text); match !== null; match = NUMBER.exec(text)) {
      const start = match.index;
      const end = NUMBER.lastIndex;
      if (!isApart(text, start, end)) continue;
      const written = match[0];
      const digits = digitsOf(written);
      if (digits.length > MOST_DIGITS) continue;
      if (!isPhone(written, digits)) {
        words ??= wordsOf(text);
        if (!words.mayHave(PHONE_PHRASES) || !isLocal(written, digits) || !hasWord(words, text, start, end))
          continue;
      }
      hits.push({ start, end: withClosing(text, start, end), kind: "phone" });
    }
  },
};

function digitsOf(written: string): string {
  let digits = "";
  for (let i = written.startsWith("%2B") ? 3 : 0; i < written.length; i++) {
    const code = written.charCodeAt(i);
    if (code >= 48 && code <= 57) digits += written.charAt(i);
  }
  return digits;
}

/** Sure without a word. */
function isPhone(written: string, digits: string): boolean {
  if (written.startsWith("+") || written.startsWith("%2B"))
    return isGrouped(written) && isInternational(digits);
  return written.startsWith("(") && /^\(\d{3}\) ?\d{3}[ .-]\d{4}$/.test(written) && isNorthAmerican(digits);
}

/** "+1 0 2 3 4 5 6 7" is no number: there are at most seven groups, and after the first two they have two digits at least. */
function isGrouped(written: string): boolean {
  let groups = 0;
  let length = 0;
  for (let i = 0; i <= written.length; i++) {
    if (isDigit(written.charCodeAt(i))) length++;
    else if (length > 0) {
      if (++groups > 7 || (groups > 2 && length < 2)) return false;
      length = 0;
    }
  }
  return true;
}

/** A date, an address of a host, an amount, a group that is too long. */
const NO_PHONE =
  /^(?:\d{4}[-./]\d{2}[-./]\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)|\d{1,3}(?:\.\d{1,3}){3}$|\d+\.\d+$)|\d{9}/;

/** With a word. */
function isLocal(written: string, digits: string): boolean {
  const bare = written.length - (written.startsWith("(") ? 1 : 0) === digits.length;
  if (bare) return digits.length > 7 || !digits.startsWith("0");
  return (
    digits.length <= (digits.startsWith("00") ? MOST_DIGITS : 13) &&
    isGrouped(written) &&
    !NO_PHONE.test(written)
  );
}

function hasWord(words: Words, text: string, start: number, end: number): boolean {
  let from = start;
  // Only what stands after the last other number.
  while (from > 0 && start - from < WINDOW && !isDigit(text.charCodeAt(from - 1))) from--;
  const before = words.between(from, start);
  if (isNamedBefore(before) || UNSPACED.some((word) => before.includes(word))) return true;
  // "0151 1234567 (mobile)", "0151 1234567: wrong phone"
  if (!/^["')\]]{0,2} ?[(:]/.test(text.slice(end, end + 4))) return false;
  let to = end;
  while (to < text.length && to - end < WINDOW && !isDigit(text.charCodeAt(to))) to++;
  return isNamedAfter(words.between(end, to).trim().split(" "));
}

/** Whether the last words that say something are those of a telephone. `words` has a blank between and around them. */
function isNamedBefore(words: string): boolean {
  let end = words.trimEnd().length;
  while (end > 0) {
    const start = words.lastIndexOf(" ", end - 1);
    const word = words.slice(start + 1, end);
    if (NAMES.has(word)) return true;
    if (start > 0 && NAMES.has(words.slice(words.lastIndexOf(" ", start - 1) + 1, end))) return true;
    if (!FILLERS.has(word)) return false;
    end = start;
  }
  return false;
}

/** The same for what follows. */
function isNamedAfter(words: readonly string[]): boolean {
  for (const [i, word] of words.entries()) {
    if (NAMES.has(word) || NAMES.has(`${word} ${words[i + 1] ?? ""}`)) return true;
    if (!FILLERS.has(word)) return false;
  }
  return false;
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

/** A bracket that the number opened and that closes after it belongs to it: `+1 (415)`. */
function withClosing(text: string, start: number, end: number): number {
  if (text.charCodeAt(end) !== 41) return end;
  const opened = text.lastIndexOf("(", end);
  return opened >= start && text.indexOf(")", opened) === end ? end + 1 : end;
}
