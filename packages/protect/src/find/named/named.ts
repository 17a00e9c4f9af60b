// SPDX-License-Identifier: Apache-2.0
import { markCard } from "../../act/marker.js";
import type { NameJudge, NameVerdict } from "../../names/verdict.js";
import { toCardDigits } from "../card/card.js";
import { ANGLE, COLON, EQUALS, isDigit, isWord, LETTER, PERCENT } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { readQuote, spanLine, spanValue, type ValueSpan } from "./value.js";
import { isPlaceholder, isState, looksGenerated } from "./words.js";

const SEPARATOR = /[=:>]|%3[ADad]/g;
const LONGEST_NAME = 64;
const SCHEME =
  /(?:bearer|basic|token|apikey|api-key|negotiate|digest|hawk|aws4-hmac-sha256|oauth|ntlm)[ \t]{1,8}/iy;

/** A name in a text and the separator after it. */
interface NamedPlace {
  nameStart: number;
  nameEnd: number;
  quotedName: boolean;
  separator: string;
  after: number;
}

/**
 * Values that stand after the name of a secret in any usual notation: `password=…`, `pwd: …`, `"passwd":"…"`, `\"token\":\"…\"`,
 * `user[password]=…`, `password%3D…`, `<password>…</password>`, `Authorization: …`, `Cookie: …`. The names are those of names/list.ts.
 */
export function createNamed(judge: NameJudge): Detector {
  return {
    name: "named",
    class: "secret",
    needs: [
      { classes: EQUALS | LETTER, length: 5 },
      { classes: COLON | LETTER, length: 5 },
      { classes: ANGLE | LETTER, length: 8 },
      { classes: PERCENT | LETTER, length: 7 },
    ],
    find(text, hits) {
      SEPARATOR.lastIndex = 0;
      for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
        const place = readName(text, found.index, found[0]);
        const name = place === undefined ? undefined : judgeName(text, place, judge);
        if (place === undefined || name === undefined) continue;
        const from = place.after;
        SEPARATOR.lastIndex = Math.max(from, pushValue(text, place, name, hits));
      }
    },
  };
}

/** Reads the name backwards from its separator; every step is bounded, so a text of separators costs a constant for each. */
function readName(text: string, at: number, separator: string): NamedPlace | undefined {
  let i = at;
  if (separator === ">") {
    const start = wordStart(text, i);
    const before = text.charCodeAt(start - 1);
    if (start === i || (before !== 60 && before !== 58)) return undefined;
    return { nameStart: start, nameEnd: i, quotedName: true, separator, after: at + 1 };
  }
  for (let blanks = 0; blanks < 3 && text.charCodeAt(i - 1) === 32; blanks++) i--;
  let quotedName = false;
  for (let closers = 0; closers < 20; closers++) {
    const code = text.charCodeAt(i - 1);
    if (code === 93) i--;
    else if (code === 34 || code === 39 || code === 96 || code === 92) {
      i--;
      quotedName = true;
    } else if (/%5[Dd]/.test(text.slice(Math.max(0, i - 3), i))) i -= 3;
    else break;
  }
  const nameStart = skipEncoded(text, wordStart(text, i));
  // The user of "scheme://user:secret@host" belongs to the URL detector.
  if (separator === ":" && text.startsWith("://", nameStart - 3)) return undefined;
  if (nameStart >= i || i - nameStart >= LONGEST_NAME || isDigit(text.charCodeAt(nameStart)))
    return undefined;
  return {
    nameStart,
    nameEnd: i,
    quotedName,
    separator: toSeparator(separator),
    after: at + separator.length,
  };
}

/** In `%5Bpassword` and `%3Fpassword` the name begins after the escape. */
function skipEncoded(text: string, start: number): number {
  return text.charCodeAt(start - 1) === 37 && /^[0-9A-Fa-f]{2}/.test(text.slice(start, start + 2))
    ? start + 2
    : start;
}

function toSeparator(written: string): string {
  if (written.length === 1) return written;
  return written.charCodeAt(2) === 65 || written.charCodeAt(2) === 97 ? ":" : "=";
}

function wordStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < LONGEST_NAME) {
    const code = text.charCodeAt(start - 1);
    if (!isWord(code) && code !== 45 && code !== 46 && code !== 36) break;
    start--;
  }
  return start;
}

/** The verdict on the name, or on the name with the word before it: `api key: …`, `card number=…`. */
function judgeName(text: string, place: NamedPlace, judge: NameJudge): NameVerdict | undefined {
  const name = text.slice(place.nameStart, place.nameEnd);
  const alone = judge(name);
  if (alone.role === "secret") return isWorkingDirectory(text, name, place.after) ? undefined : alone;
  if (place.quotedName || text.charCodeAt(place.nameStart - 1) !== 32) return undefined;
  const before = wordStart(text, place.nameStart - 1);
  if (before === place.nameStart - 1) return undefined;
  const joined = judge(text.slice(before, place.nameEnd));
  // Only names that need both words: in "token user: bob" the last word is the name.
  return joined.role === "secret" ? joined : undefined;
}

/** `PWD=/srv/app` in a dump of the environment. */
function isWorkingDirectory(text: string, name: string, after: number): boolean {
  return (
    (name === "PWD" || name === "OLDPWD") && /^\s?["']?(?:\/|[A-Za-z]:\\)/.test(text.slice(after, after + 5))
  );
}

/** Pushes the value of the name, if there is one to hide, and returns where to go on. */
function pushValue(text: string, place: NamedPlace, name: NameVerdict, hits: Hit[]): number {
  let start = place.after;
  const next = text.charCodeAt(start);
  // "a::b" and "token://vault" are no pairs; "=>", ":=" and "==" are.
  if (place.separator === ":" && (next === 58 || (next === 47 && text.charCodeAt(start + 1) === 47)))
    return start;
  while (start < place.after + 2 && (text.charCodeAt(start) === 62 || text.charCodeAt(start) === 61)) start++;
  const glued = start;
  while (start < glued + 8 && (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9)) start++;
  if (place.separator === ">") return pushElement(text, start, name, hits);
  const span = spanNamed(text, start, name);
  const prose = place.separator === ":" && !span.quoted && span.certain !== true && !place.quotedName;
  if (!isSecretValue(text, span, name, prose)) return start;
  const hit: Hit = { start: span.start, end: span.end, kind: name.kind };
  if (name.shape === "card") {
    const digits = toCardDigits(text.slice(span.start, span.end));
    if (digits !== undefined) hit.shape = markCard(digits);
  }
  hits.push(hit);
  return span.end;
}

function pushElement(text: string, start: number, name: NameVerdict, hits: Hit[]): number {
  const close = text.indexOf("<", start);
  const end = close === -1 ? text.length : close;
  if (end === start) return start;
  if (isSecretValue(text, { start, end, quoted: true }, name, false))
    hits.push({ start, end, kind: name.kind });
  return end;
}

function spanNamed(text: string, start: number, name: NameVerdict): ValueSpan {
  const quote = readQuote(text, start);
  if (quote === undefined && name.kind === "cookie") return spanLine(text, start);
  if (quote === undefined && name.kind === "authorization") {
    SCHEME.lastIndex = start;
    if (!SCHEME.test(text)) return spanValue(text, start);
    const credentials = SCHEME.lastIndex;
    const scheme = text.slice(start, credentials).trim().toLowerCase();
    if (scheme === "digest" || scheme === "hawk" || scheme.startsWith("aws4") || scheme === "oauth") {
      return { ...spanLine(text, credentials), certain: true };
    }
    return { ...spanValue(text, credentials), certain: true };
  }
  const span = spanValue(text, start);
  // "token: Bearer abc": the scheme is not the secret.
  SCHEME.lastIndex = start;
  if (!span.quoted && SCHEME.test(text) && SCHEME.lastIndex > span.end) {
    return { ...spanValue(text, SCHEME.lastIndex), certain: true };
  }
  return span;
}

/** A span of more than 64 characters is always hidden: what is passed over is short, which keeps the whole scan linear. */
function isSecretValue(text: string, span: ValueSpan, name: NameVerdict, prose: boolean): boolean {
  const length = span.end - span.start;
  if (length <= 0 || length > LONGEST_NAME) return length > 0;
  const value = text.slice(span.start, span.end);
  if (isPlaceholder(value) || (!span.quoted && isState(value))) return false;
  switch (name.shape) {
    case "code":
      return /\d/.test(value);
    case "card":
      return (value.match(/\d/g)?.length ?? 0) > 4;
    case "userinfo":
      return /^[^\s:]{1,64}:[^\s:]/.test(value);
    case "any":
      if (name.plural && !span.quoted && /^\d+$/.test(value)) return false;
      return !prose || name.kind === "password" || looksGenerated(value);
    default:
      return !prose || looksGenerated(value) || name.kind === "cookie";
  }
}
