// SPDX-License-Identifier: Apache-2.0
import { markCard } from "../../act/marker.js";
import { DIGIT_SPAN, isDigit, isWord } from "../chars.js";
import { passesLuhn } from "../checks.js";
import type { Detector } from "../detector.js";

const RUN = /\d(?:[ .-]?\d){13,40}/g;

/** Payment card numbers (ISO/IEC 7812): issuer prefix, length, Luhn digit and clean borders. The first six and last four digits stay. */
export const card: Detector = {
  name: "card",
  class: "number",
  needs: [{ classes: DIGIT_SPAN, length: 14 }],
  find(text, hits) {
    RUN.lastIndex = 0;
    for (let match = RUN.exec(text); match !== null; match = RUN.exec(text)) {
      const start = match.index;
      const end = RUN.lastIndex;
      const digits = toCardDigits(match[0]);
      if (digits === undefined || !hasCleanBorders(text, start, end, digits.length !== match[0].length))
        continue;
      if (digits.length === match[0].length && isNamedOtherwise(text, start)) continue;
      hits.push({ start, end, kind: "card", shape: markCard(digits) });
    }
  },
};

const PRINTED = /^4-(?:4-4-4(?:-[1-3])?|6-[45])$/;

/** The digits of a plausible card number, or undefined. */
export function toCardDigits(written: string): string | undefined {
  const groups = written.split(/[ .-]/);
  if (groups.length > 1) {
    const separator = written.charAt(groups[0]!.length);
    // One kind of separator, and groups as they are printed on cards.
    if (written.split(separator).length !== groups.length) return undefined;
    if (!PRINTED.test(groups.map(({ length }) => length).join("-"))) return undefined;
  }
  const digits = groups.join("");
  return hasIssuer(digits) && passesLuhn(digits) ? digits : undefined;
}

/** Prefix and length of the networks in use. Length 13 is left out: EAN article numbers start like it. */
function hasIssuer(digits: string): boolean {
  const length = digits.length;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if (length === 15) return two === 34 || two === 37; // American Express
  if (length === 14) return two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059); // Diners Club
  if (length < 16 || length > 19) return false;
  if (digits.charCodeAt(0) === 52) return length === 16 || length === 19; // Visa
  if (two === 62 || two === 81) return true; // UnionPay
  if (two === 65 || four === 6011 || (four >= 6440 && four <= 6499)) return length === 16 || length === 19; // Discover
  if (four >= 3528 && four <= 3589) return length === 16 || length === 19; // JCB
  if ([5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763].includes(four)) return true; // Maestro
  if (length !== 16) return false;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return true; // Mastercard
  if (four >= 2200 && four <= 2204) return true; // Mir
  return two === 60 || (four >= 5085 && four <= 5089); // RuPay
}

/** Words for numbers that are none of a card, though one in forty of sixteen digits looks so. */
const OTHERS = new Set(
  (
    "id ids uid guid key ref reference order invoice ticket case tx txn transaction trace span request session job task batch block blk offset seq sequence serial " +
    "number no nr ts time timestamp epoch nanos micros millis ns us ms duration elapsed size bytes length len count counter total limit version rev revision build " +
    "seed hash checksum crc cursor zxid tweet status snowflake message msg event device imei imsi iccid tracking shipment parcel barcode ean sku isbn part asset user customer client " +
    "partition shard row line port pid tid node host container lsn txid xid index idx nonce code"
  ).split(" "),
);
const CARD_WORD =
  /(?:card|karte|carte|carta|tarjeta|cartao|kaart|pan|visa|master|amex|discover|maestro|unionpay|credit|debit|payment|paid|pay|cc)[^\p{L}]{0,3}(?:number|no|nr|num|numero|nummer|id|key|ref|code)?[^\p{L}]*$/iu;
const WORD_BEFORE = /(?:^|[^A-Za-z])([A-Za-z]{1,16})["')\]]{0,2}[\s_=:#"'([>-]{1,4}$/;

/** `order_id: 4…`, `blk_-6…`, `tweet 4…`: what stands before the digits says that they are something else. Word and number are near each other. */
function isNamedOtherwise(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start);
  if (/[_=]-$/.test(before)) return true; // a negative number
  const word = WORD_BEFORE.exec(before)?.[1];
  // "orderId" ends in "id".
  const last = word === undefined ? undefined : /[A-Z]?(?:[a-z]+|[A-Z]*)$/.exec(word)?.[0].toLowerCase();
  return last !== undefined && OTHERS.has(last) && !CARD_WORD.test(before);
}

/** No part of a longer number, name, UUID or amount. */
function hasCleanBorders(text: string, start: number, end: number, separated: boolean): boolean {
  const before = text.charCodeAt(start - 1);
  const after = text.charCodeAt(end);
  if (isWord(before) && before !== 95) return false;
  if (isWord(after) && after !== 95) return false;
  if (before === 43) return false; // an international telephone number
  if (before === 46 && isDigit(text.charCodeAt(start - 2))) return false;
  if (after === 46 && isDigit(text.charCodeAt(end + 1))) return false;
  return !(separated && (before === 45 || after === 45));
}
