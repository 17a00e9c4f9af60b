// SPDX-License-Identifier: Apache-2.0
import { isAlphanumeric } from "../chars.js";

/** Where a value stands after `name=` or `name:`. `end` is exclusive and does not include a closing quote. */
export interface ValueSpan {
  start: number;
  end: number;
  /** Quoted or bracketed. */
  quoted: boolean;
  /** An authorization scheme stood before it, so it is no sentence. */
  certain: boolean;
}

const NEXT_PAIR = /[,;&]\s?[\w.\-%[\]]{1,64}\s?[=:]/y;
const END_OF_LINE = /[\r\n]|\\[rn]/g;
const BACKSLASH = 92;

/** Finds the end of the value that starts at `start`: quoted, bracketed, or a run of text. Linear. */
export function spanValue(text: string, start: number): ValueSpan {
  const quote = readQuote(text, start);
  if (quote !== undefined) {
    const from = start + quote.slashes + 1;
    return {
      start: from,
      end: quoteEnd(text, from, quote.code, quote.slashes),
      quoted: true,
      certain: false,
    };
  }
  const first = text.charCodeAt(start);
  if (first === 91 || first === 123) {
    const end = bracketEnd(text, start);
    if (end !== -1) return { start, end, quoted: true, certain: false };
  }
  return { start, end: runEnd(text, start), quoted: false, certain: false };
}

/** A block of YAML (1.2, chapter 8.1): `|` or `>`, a line end, and the lines that are indented more than nothing. */
const BLOCK = /[|>][+-]?\d?[ \t]{0,8}(?:\r?\n|\\n)([ \t]{1,32})/y;

/** The lines of a YAML block, or undefined when there is none at `start`. Ends with the first line that is not indented as the first one. */
export function spanBlock(text: string, start: number): ValueSpan | undefined {
  const first = text.charCodeAt(start);
  if (first !== 124 && first !== 62) return undefined;
  BLOCK.lastIndex = start;
  const indent = BLOCK.exec(text)?.[1];
  if (indent === undefined) return undefined;
  const from = BLOCK.lastIndex;
  let end = lineEnd(text, from);
  for (;;) {
    const next = text.startsWith("\\n", end) ? end + 2 : text.startsWith("\r\n", end) ? end + 2 : end + 1;
    if (next >= text.length || !text.startsWith(indent, next)) break;
    end = lineEnd(text, next);
  }
  return { start: from, end, quoted: true, certain: false };
}

function lineEnd(text: string, from: number): number {
  END_OF_LINE.lastIndex = from;
  return END_OF_LINE.exec(text)?.index ?? text.length;
}

/** The rest of the line, or up to a closing quote: the value of a header with parts (`Cookie`, `Authorization: Digest`). */
export function spanLine(text: string, start: number): ValueSpan {
  END_OF_LINE.lastIndex = start;
  const line = END_OF_LINE.exec(text)?.index ?? text.length;
  let end = start;
  let open = 0;
  for (; end < line; end++) {
    const code = text.charCodeAt(end);
    if (code !== 34 && code !== 39) continue;
    // A quote that opens a value of the header (`a="b"`) closes again; any other closes the header itself.
    if (open === code) open = 0;
    else if (open === 0 && text.charCodeAt(end - 1) === 61) open = code;
    else if (open === 0) break;
  }
  while (end > start && text.charCodeAt(end - 1) === 32) end--;
  return { start, end, quoted: false, certain: false };
}

/** A quote at `at`, with the backslashes of JSON inside JSON before it. */
export function readQuote(text: string, at: number): { code: number; slashes: number } | undefined {
  let slashes = 0;
  while (slashes < 15 && text.charCodeAt(at + slashes) === BACKSLASH) slashes++;
  const code = text.charCodeAt(at + slashes);
  return code === 34 || code === 39 || code === 96 ? { code, slashes } : undefined;
}

function quoteEnd(text: string, from: number, quote: number, slashes: number): number {
  const character = String.fromCharCode(quote);
  for (let at = text.indexOf(character, from); at !== -1; at = text.indexOf(character, at + 1)) {
    let before = 0;
    while (before < 64 && at - 1 - before >= from && text.charCodeAt(at - 1 - before) === BACKSLASH) before++;
    // With n backslashes the string closes at a quote with n of them; fewer close the string around it.
    if (slashes === 0 ? before % 2 === 0 : before <= slashes) return at - before * (slashes === 0 ? 0 : 1);
  }
  return text.length;
}

/** The offset after the bracket that closes the one at `start`, or -1 when it does not look like JSON. Never closed: all that follows. */
function bracketEnd(text: string, start: number): number {
  if (!/["'\\\d[{\]}\s-]/.test(text.charAt(start + 1))) return -1;
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      i = quoteEnd(text, i + 1, 34, 0);
    } else if (code === 91 || code === 123) depth++;
    else if ((code === 93 || code === 125) && --depth === 0) return i + 1;
  }
  return text.length;
}

function runEnd(text: string, start: number): number {
  let i = start;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 32 || code === 0x85 || code === 0xa0) break;
    if (isDelimiter(code) && endsRun(text, i, code)) break;
    if (code === BACKSLASH && endsEscaped(text.charCodeAt(i + 1))) break;
    if (code === 37 && text.charCodeAt(i + 1) === 50 && text.charCodeAt(i + 2) === 54) break; // %26
  }
  // What closes a sentence is not part of the value.
  while (i > start && isClosing(text.charCodeAt(i - 1))) i--;
  return isClosed(text.charCodeAt(start), text.charCodeAt(i)) ? i + 1 : i;
}

const DELIMITERS = new Uint8Array(128);
for (const delimiter of ",;&\"'`)]}|<>") DELIMITERS[delimiter.charCodeAt(0)] = 1;

function isDelimiter(code: number): boolean {
  return code < 128 && DELIMITERS[code] === 1;
}

/** A delimiter ends the run when a blank, the end or another pair follows: `p=a,b` is one value, `p=a, b` and `p=a,q=b` are not. */
function endsRun(text: string, at: number, code: number): boolean {
  if (code === 44 || code === 59 || code === 38) {
    const after = text.charCodeAt(at + 1);
    if (Number.isNaN(after) || after <= 32 || after === 34 || after === 39) return true;
    NEXT_PAIR.lastIndex = at;
    return NEXT_PAIR.test(text);
  }
  if (code === 60) return text.charCodeAt(at + 1) === 47;
  return !isAlphanumeric(text.charCodeAt(at + 1));
}

/** `[…]`, `{…}`, `(…)` and `<…>` end with their bracket. */
function isClosed(first: number, next: number): boolean {
  return (
    (first === 91 && next === 93) ||
    (first === 123 && next === 125) ||
    (first === 40 && next === 41) ||
    (first === 60 && next === 62)
  );
}

function endsEscaped(after: number): boolean {
  return after === 34 || after === 39 || after === BACKSLASH || after === 110 || after === 114;
}

/** `.` `,` `;` `:` `)` `]` `}` */
function isClosing(code: number): boolean {
  return (
    code === 46 || code === 44 || code === 59 || code === 58 || code === 41 || code === 93 || code === 125
  );
}
