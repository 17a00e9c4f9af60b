// SPDX-License-Identifier: Apache-2.0
import { markCard } from "../../act/marker.js";
import type { NameJudges, NameVerdict } from "../../names/verdict.js";
import { toCardDigits } from "../card/card.js";
import { ANGLE, COLON, EQUALS, isDigit, isWord, LETTER, PERCENT } from "../chars.js";
import { type Detector, type Hit, isLive } from "../detector.js";
import { isGenerated } from "../entropy.js";
import { pushCookies } from "./cookies.js";
import { readQuote, spanBlock, spanLine, spanValue, type ValueSpan } from "./value.js";
import { isPlaceholder, isProgramName, isState, looksGenerated } from "./words.js";

const LONGEST_NAME = 64;
const LONGEST_TAG = 256;
const CDATA = "<![CDATA[";
/** Enough to judge by; a longer value goes with it. */
const OPAQUE_RUN = /[A-Za-z0-9+/_.~-]{1,192}={0,2}/y;
const OPAQUE_REST = /[A-Za-z0-9+/=_.~-]{0,100000}/y;
const COLON_SIGN = 58;
const EQUALS_SIGN = 61;
const GREATER_SIGN = 62;
const SCHEME =
  /(?:bearer|basic|token|apikey|api-key|negotiate|digest|hawk|aws4-hmac-sha256|oauth|ntlm)[ \t]{1,8}/iy;

/** A name in a text and the separator after it. */
interface NamedPlace {
  nameStart: number;
  nameEnd: number;
  quotedName: boolean;
  /** The code of `=`, `:` or `>`. */
  separator: number;
  after: number;
}

/**
 * Values that stand after the name of a secret in any usual notation: `password=…`, `pwd: …`, `"passwd":"…"`, `\"token\":\"…\"`,
 * `user[password]=…`, `password%3D…`, `<password>…</password>`, `Authorization: …`, `Cookie: …`. The names are those of names/list.ts.
 */
export function createNamed(secretOf: NameJudges["secretOf"]): Detector {
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
      for (let i = 1; i < text.length; i++) {
        const code = separatorAt(text, i);
        if (code === 0) continue;
        const place = readName(text, i, code);
        const name = place === undefined ? undefined : judgeName(text, place, secretOf);
        if (place === undefined || name === undefined) continue;
        i = Math.max(place.after, pushValue(text, place, name, hits)) - 1;
      }
    },
  };
}

/** `=`, `:` or `>` when one of them, or `%3D` or `%3A`, stands at `at`; else 0. */
function separatorAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === EQUALS_SIGN || code === COLON_SIGN || code === GREATER_SIGN) return code;
  if (code !== 37 || text.charCodeAt(at + 1) !== 51) return 0;
  const last = text.charCodeAt(at + 2) | 32;
  return last === 100 ? EQUALS_SIGN : last === 97 ? COLON_SIGN : 0;
}

/** Reads the name backwards from its separator; every step is bounded, so a text of separators costs a constant for each. */
function readName(text: string, at: number, separator: number): NamedPlace | undefined {
  let i = at;
  if (separator === GREATER_SIGN) {
    return readElement(text, at);
  }
  for (let blanks = 0; blanks < 3 && text.charCodeAt(i - 1) === 32; blanks++) i--;
  let quotedName = false;
  for (let closers = 0; closers < 20; closers++) {
    const code = text.charCodeAt(i - 1);
    if (code === 93) i = text.charCodeAt(i - 2) === 91 ? i - 2 : i - 1;
    else if (code === 34 || code === 39 || code === 96 || code === 92) {
      i--;
      quotedName = true;
    } else if (isEncodedBracket(text, i - 3)) i -= 3;
    else break;
  }
  const nameStart = skipEncoded(text, wordStart(text, i));
  if (isKindOfMarker(text, nameStart) || (separator === COLON_SIGN && isVersioned(text, i))) return undefined;
  // The user of "scheme://user:secret@host" belongs to the URL detector.
  if (separator === COLON_SIGN && isAfterScheme(text, nameStart)) return undefined;
  if (nameStart >= i || i - nameStart >= LONGEST_NAME || isDigit(text.charCodeAt(nameStart)))
    return undefined;
  return {
    nameStart,
    nameEnd: i,
    quotedName,
    separator,
    after: text.charCodeAt(at) === 37 ? at + 3 : at + 1,
  };
}

/** The name of the element whose tag ends at `at`: `<password>`, `<soap:Password>`, `<Password Type="…">`. */
function readElement(text: string, at: number): NamedPlace | undefined {
  let end = at;
  const last = text.charCodeAt(at - 1);
  if (last === 34 || last === 39) {
    const from = Math.max(0, at - LONGEST_TAG);
    const open = text.slice(from, at).lastIndexOf("<");
    if (open === -1) return undefined;
    end = from + open + 1;
    while (end < at && text.charCodeAt(end) > 32) end++;
  }
  const start = wordStart(text, end);
  const before = text.charCodeAt(start - 1);
  if (start === end || (before !== 60 && before !== 58)) return undefined;
  return { nameStart: start, nameEnd: end, quotedName: true, separator: GREATER_SIGN, after: at + 1 };
}

/** `%5D`, an encoded `]`. */
function isEncodedBracket(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 37 && text.charCodeAt(at + 1) === 53 && (text.charCodeAt(at + 2) | 32) === 100
  );
}

/** In `%5Bpassword` and `%3Fpassword` the name begins after the escape. */
function skipEncoded(text: string, start: number): number {
  return text.charCodeAt(start - 1) === 37 && /^[0-9A-Fa-f]{2}/.test(text.slice(start, start + 2))
    ? start + 2
    : start;
}

/** `libsecret-1-0:amd64` is a package. */
function isVersioned(text: string, end: number): boolean {
  let i = end;
  while (isDigit(text.charCodeAt(i - 1))) i--;
  return i < end && text.charCodeAt(i - 1) === 45;
}

/** The kind in `[masked:api_key]: …` is not the name of what follows. */
export function isKindOfMarker(text: string, at: number): boolean {
  return (
    text.charCodeAt(at - 1) === COLON_SIGN &&
    (text.startsWith("[masked", at - 8) || text.startsWith("[removed", at - 9))
  );
}

function isAfterScheme(text: string, at: number): boolean {
  return (
    text.charCodeAt(at - 1) === 47 && text.charCodeAt(at - 2) === 47 && text.charCodeAt(at - 3) === COLON_SIGN
  );
}

/** Where the name begins that ends at `end`; at most {@link LONGEST_NAME} characters before it. */
export function wordStart(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < LONGEST_NAME) {
    const code = text.charCodeAt(start - 1);
    if (!isWord(code) && code !== 45 && code !== 46 && code !== 36) break;
    start--;
  }
  return start;
}

/** Names only with the word before them, so they need not be looked up alone. */
const SECOND_WORDS = new Set(["key", "Key", "KEY", "number", "Number", "code", "Code"]);

/** The last of three words: "mot de passe". */
const THIRD_WORDS = new Set(["passe", "Passe", "acesso", "acceso", "accesso"]);

/** The verdict on the name, or on the name with the word before it: `api key: …`, `card number=…`. */
function judgeName(
  text: string,
  place: NamedPlace,
  secretOf: NameJudges["secretOf"],
): NameVerdict | undefined {
  const name = text.slice(place.nameStart, place.nameEnd);
  const alone = SECOND_WORDS.has(name) ? undefined : secretOf(name);
  if (alone !== undefined) return isNoName(text, name, place) ? undefined : alone;
  const single = SECOND_WORDS.has(name) ? secretOf(name) : undefined;
  if (place.quotedName || text.charCodeAt(place.nameStart - 1) !== 32) return single;
  const before = wordStart(text, place.nameStart - 1);
  if (before === place.nameStart - 1) return single;
  const two = secretOf(text.slice(before, place.nameEnd)) ?? single;
  if (two !== undefined || !THIRD_WORDS.has(name) || text.charCodeAt(before - 1) !== 32) return two;
  return secretOf(text.slice(wordStart(text, before - 1), place.nameEnd));
}

/** `PASS: TestLogin` of a test run, and the working directory. */
function isNoName(text: string, name: string, place: NamedPlace): boolean {
  if (name === "PASS" && place.separator === COLON_SIGN && !place.quotedName) return true;
  return isWorkingDirectory(text, name, place.after);
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
  if (isQuotedPair(text, place, next)) return start;
  if (place.separator === COLON_SIGN && (next === 58 || (next === 47 && text.charCodeAt(start + 1) === 47)))
    return start;
  while (start < place.after + 2 && (text.charCodeAt(start) === 62 || text.charCodeAt(start) === 61)) start++;
  const glued = start;
  while (start < glued + 8 && (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9)) start++;
  if (place.separator === GREATER_SIGN) return pushElement(text, start, name, hits);
  if (name.shape === "opaque") return pushOpaque(text, start, name, hits);
  if (name.kind === "cookie") return pushCookies(text, start, hits);
  start = skipType(text, start);
  const span = spanNamed(text, start, name);
  const prose = place.separator === COLON_SIGN && !span.quoted && !span.certain && !place.quotedName;
  if (!isSecretValue(text, span, name, prose)) return start;
  const hit: Hit = { start: span.start, end: span.end, kind: name.kind };
  if (!prose && isToldOutright(text, place, span)) hit.sure = true;
  if (name.shape === "card") {
    const digits = toCardDigits(text.slice(span.start, span.end));
    if (digits !== undefined) hit.shape = markCard(digits);
  }
  hits.push(hit);
  return span.end;
}

const TYPE = /(?:string|str|text|u?char)\(\d{1,6}\) {0,2}(?=["'])/y;

/** The type that PHP's var_dump puts before a value: `string(7) "…"`. */
function skipType(text: string, start: number): number {
  TYPE.lastIndex = start;
  return TYPE.test(text) ? TYPE.lastIndex : start;
}

/** `the 'tokens=' parameter`: the quote closes what it opened before the name. */
function isQuotedPair(text: string, place: NamedPlace, next: number): boolean {
  return (
    (next === 34 || next === 39 || next === 96) &&
    !place.quotedName &&
    text.charCodeAt(place.nameStart - 1) === next
  );
}

/** Values that nobody writes for a secret in earnest: too short, or a name of the thing itself. */
const STAND_IN =
  /^(?:.{0,5}|.*(?:password|passwd|secret|token|example|changeme|test|dummy|your|\$\{|\{\{|%[sdv]).*)$/i;

/** Sure enough to tell its owner: no placeholder and no documented example. */
function isToldOutright(text: string, place: NamedPlace, span: ValueSpan): boolean {
  if (span.end - span.start > 256) return true;
  const value = text.slice(span.start, span.end);
  return !STAND_IN.test(value) && isLive(value) && text.charCodeAt(place.nameStart - 1) !== 36;
}

/** The value of a name that says too little: only what looks generated. Reads a bounded part, so that it may be passed over. */
function pushOpaque(text: string, start: number, name: NameVerdict, hits: Hit[]): number {
  const from = start + (readQuote(text, start)?.slashes ?? -1) + 1;
  OPAQUE_RUN.lastIndex = from;
  const value = OPAQUE_RUN.exec(text)?.[0] ?? "";
  if (!isGenerated(value)) return start;
  OPAQUE_REST.lastIndex = OPAQUE_RUN.lastIndex;
  const end = OPAQUE_RUN.lastIndex + (OPAQUE_REST.exec(text)?.[0].length ?? 0);
  hits.push({ start: from, end, kind: name.kind });
  return end;
}

function pushElement(text: string, at: number, name: NameVerdict, hits: Hit[]): number {
  const isData = text.startsWith(CDATA, at);
  const start = isData ? at + CDATA.length : at;
  const close = text.indexOf(isData ? "]]>" : "<", start);
  const end = close === -1 ? text.length : close;
  if (end === start) return start;
  if (isSecretValue(text, { start, end, quoted: true, certain: true }, name, false))
    hits.push({ start, end, kind: name.kind });
  return end;
}

function spanNamed(text: string, start: number, name: NameVerdict): ValueSpan {
  const quote = readQuote(text, start);
  if (quote === undefined && name.kind === "authorization") {
    SCHEME.lastIndex = start;
    if (!SCHEME.test(text)) return spanValue(text, start);
    const credentials = SCHEME.lastIndex;
    const scheme = text.slice(start, credentials).trim().toLowerCase();
    if (scheme === "digest" || scheme === "hawk" || scheme.startsWith("aws4") || scheme === "oauth") {
      return toCertain(spanLine(text, credentials));
    }
    return toCertain(spanValue(text, credentials));
  }
  const span = spanBlock(text, start) ?? spanValue(text, start);
  if (span.quoted || name.kind !== "token") return span;
  // "token: Bearer abc": the scheme is not the secret.
  SCHEME.lastIndex = start;
  if (SCHEME.test(text) && SCHEME.lastIndex > span.end && text.charCodeAt(SCHEME.lastIndex) !== 123) {
    return toCertain(spanValue(text, SCHEME.lastIndex));
  }
  return span;
}

function toCertain(span: ValueSpan): ValueSpan {
  span.certain = true;
  return span;
}

/** A span of more than 64 characters is always hidden: what is passed over is short, which keeps the whole scan linear. */
function isSecretValue(text: string, span: ValueSpan, name: NameVerdict, prose: boolean): boolean {
  const length = span.end - span.start;
  if (length <= 0 || length > LONGEST_NAME) return length > 0;
  const value = text.slice(span.start, span.end);
  if (isPlaceholder(value) || (!span.quoted && (isState(value) || isProgramName(value, name.kind))))
    return false;
  switch (name.shape) {
    case "code":
      return /\d/.test(value);
    case "card":
      return (value.match(/\d/g)?.length ?? 0) > 4;
    case "userinfo":
      return /^[^\s:]{1,64}:[^\s:]/.test(value);
    case "opaque":
      return isGenerated(value);
    case "any":
      if (name.plural && !span.quoted && /^\d+$/.test(value)) return false;
      return !prose || name.kind === "password" || looksGenerated(value);
    default:
      return !prose || looksGenerated(value) || name.kind === "cookie";
  }
}
