// SPDX-License-Identifier: Apache-2.0
import { isMarker } from "../../act/marker.js";
import type { Hit } from "../detector.js";
import { readQuote, spanLine, spanValue } from "./value.js";
import { isPlaceholder, isState, looksGenerated } from "./words.js";

/** Attributes of Set-Cookie (RFC 6265, 4.1.1, and its successor): of a cookie they say nothing. */
const ATTRIBUTES = new Set([
  "path",
  "domain",
  "expires",
  "max-age",
  "samesite",
  "priority",
  "version",
  "comment",
]);
/** A pair of a cookie header (RFC 6265, 4.2.1). */
const PAIR = /([^\s=;,"']{1,128})=("[^";]{0,4096}"|[^;\s"']{0,4096})/g;
/** A pair whose value was hidden already; behind an escaped sign the pair is read where the escapes are undone. */
const MARKED = /(?:=|%3d)\[/i;
/** Cookies that hold a choice of the reader, as long as their values are short. */
const CHOICES = new Set([
  "theme",
  "lang",
  "language",
  "locale",
  "tz",
  "timezone",
  "currency",
  "country",
  "consent",
  "cookieconsent",
  "mode",
  "color_scheme",
]);
const LONGEST_CHOICE = 12;
const MOST_PAIRS = 256;

/**
 * Pushes the values of the cookies in the header whose value starts at `start`; their names stay, and the attributes of a Set-Cookie.
 * What is no list of pairs is hidden as a whole, when it is no word. Returns where to go on.
 */
export function pushCookies(text: string, start: number, hits: Hit[]): number {
  const quote = readQuote(text, start);
  const span =
    quote === undefined && text.charCodeAt(start) !== 123 ? spanLine(text, start) : spanValue(text, start);
  const header = text.slice(span.start, span.end);
  if (header.length === 0) return start;
  const found = header.includes("=") && !header.startsWith("{") ? pushPairs(header, span.start, hits) : 0;
  if (found > 0 || MARKED.test(header)) return span.end;
  // A word or a marker: passed over, which is bounded.
  const short = header.length <= 64;
  if (short && (isMarker(header) || isPlaceholder(header) || (quote === undefined && isState(header))))
    return start;
  if (short && quote === undefined && !looksGenerated(header) && !header.includes("=")) return start;
  hits.push({ start: span.start, end: span.end, kind: "cookie" });
  return span.end;
}

/** How many values were pushed. More pairs than a header has are one value. */
function pushPairs(header: string, offset: number, hits: Hit[]): number {
  let pairs = 0;
  PAIR.lastIndex = 0;
  for (let match = PAIR.exec(header); match !== null; match = PAIR.exec(header)) {
    const [, name = "", written = ""] = match;
    if (++pairs > MOST_PAIRS) {
      hits.push({ start: offset + match.index, end: offset + header.length, kind: "cookie" });
      break;
    }
    const quoted = written.charCodeAt(0) === 34;
    const value = quoted ? written.slice(1, -1) : written;
    if (value === "" || isMarker(value) || isKept(name.toLowerCase(), value)) continue;
    const start = offset + PAIR.lastIndex - value.length - (quoted ? 1 : 0);
    hits.push({ start, end: start + value.length, kind: "cookie" });
  }
  return pairs;
}

function isKept(name: string, value: string): boolean {
  return ATTRIBUTES.has(name) || (CHOICES.has(name) && value.length <= LONGEST_CHOICE);
}
