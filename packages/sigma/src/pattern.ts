// SPDX-License-Identifier: Apache-2.0

/** `*`: any run of characters, also none. */
export const ANY = 1;
/** `?`: exactly one character (one code point). */
export const ONE = 2;

/** Literal text and wildcards. Neighbouring literals are merged, neighbouring `*` are one. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/**
 * Reads a Sigma string value (specification 2.1, "Escape Character"): a backslash before `*`, `?` or another backslash
 * makes that character literal; before anything else, and at the end, it is a backslash itself.
 */
export function parsePattern(text: string): Pattern {
  const parts: (string | typeof ANY | typeof ONE)[] = [];
  let literal = "";
  const flush = (): void => {
    if (literal !== "") parts.push(literal);
    literal = "";
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === "\\") {
      const next = text[i + 1];
      if (next === "*" || next === "?" || next === "\\") {
        literal += next;
        i++;
      } else literal += "\\";
    } else if (char === "*") {
      flush();
      if (parts.at(-1) !== ANY) parts.push(ANY);
    } else if (char === "?") {
      flush();
      parts.push(ONE);
    } else literal += char;
  }
  flush();
  return parts;
}

/** A pattern that matches exactly this text, wildcard characters included. */
export function literalPattern(text: string): Pattern {
  return text === "" ? [] : [text];
}

/** Literal text as it is written in a rule, so that `parsePattern` gives it back; a lone backslash may stay single. */
export function escapeLiteral(text: string): string {
  return text.replaceAll(/\\(?=[*?\\])|[*?]/g, "\\$&");
}

/** Merges neighbouring literals and neighbouring `*`, as every pattern has to be. */
export function joinLiterals(parts: Pattern): Pattern {
  const joined: (string | typeof ANY | typeof ONE)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part === "" || (part === ANY && last === ANY)) continue;
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}

/** The text that the pattern stands for, or undefined when it holds a wildcard. */
export function toLiteral(pattern: Pattern): string | undefined {
  if (pattern.length === 0) return "";
  const [first] = pattern;
  return pattern.length === 1 && typeof first === "string" ? first : undefined;
}

export function hasWildcard(pattern: Pattern): boolean {
  return toLiteral(pattern) === undefined;
}

/** Puts `*` in front and behind as `contains`, `startswith` and `endswith` ask. */
export function wrapPattern(pattern: Pattern, front: boolean, behind: boolean): Pattern {
  const parts = [...pattern];
  if (front && parts[0] !== ANY) parts.unshift(ANY);
  if (behind && parts.at(-1) !== ANY) parts.push(ANY);
  return parts;
}

/** Lower case for comparison: full Unicode, with the final sigma folded so that position in a word does not matter. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return lower.includes("ς") ? lower.replaceAll("ς", "σ") : lower;
}

/** One run of literals and `?` between two `*`. */
type Segment = readonly (string | typeof ONE)[];

/**
 * Compiles a pattern to a test over text that the caller has folded already when `cased` is false.
 * Safe for hostile values: segments are found from left to right without going back, so the cost is at most
 * length of the value times length of the pattern.
 */
export function compilePattern(pattern: Pattern, cased: boolean): (text: string) => boolean {
  const parts = cased ? pattern : pattern.map((part) => (typeof part === "string" ? fold(part) : part));
  const literal = toLiteral(parts);
  if (literal !== undefined) return (text) => text === literal;
  return compileSimple(parts) ?? compileSegments(parts);
}

/** The shapes that nearly all rules use: prefix, suffix, substring, and "anything". */
function compileSimple(parts: Pattern): ((text: string) => boolean) | undefined {
  const [a, b, c] = parts;
  if (parts.length === 1 && a === ANY) return () => true;
  if (parts.length === 2 && typeof a === "string" && b === ANY) return (text) => text.startsWith(a);
  if (parts.length === 2 && a === ANY && typeof b === "string") return (text) => text.endsWith(b);
  if (parts.length === 3 && a === ANY && typeof b === "string" && c === ANY)
    return (text) => text.includes(b);
  return undefined;
}

function compileSegments(parts: Pattern): (text: string) => boolean {
  const segments: (string | typeof ONE)[][] = [[]];
  for (const part of parts) {
    if (part === ANY) segments.push([]);
    else segments.at(-1)?.push(part);
  }
  const first = segments[0] ?? [];
  if (segments.length === 1) return (text) => forward(first, text, 0) === text.length;
  const last = segments.at(-1) ?? [];
  const middle = segments.slice(1, -1);
  return (text) => {
    let at = forward(first, text, 0);
    if (at < 0) return false;
    for (const segment of middle) {
      at = find(segment, text, at);
      if (at < 0) return false;
    }
    return backward(last, text) >= at;
  };
}

/** Of a piece between two `*` that has a `?`, so that it is tried at every character of a value. Longest public one: 36. */
const MAX_FLOATING = 500;

/** Whether a pattern is bound to be slow: a long piece with `?` that may stand anywhere costs its length at each character. */
export function isSlow(pattern: Pattern): boolean {
  let length = 0;
  let hasOne = false;
  let isFloating = false;
  for (const part of pattern) {
    if (part === ANY) {
      if (isFloating && hasOne && length > MAX_FLOATING) return true;
      length = 0;
      hasOne = false;
      isFloating = true;
    } else {
      length += part === ONE ? 1 : part.length;
      hasOne ||= part === ONE;
    }
  }
  return false;
}

/** Where the segment ends when it starts at `at`, or -1. */
function forward(segment: Segment, text: string, at: number): number {
  let position = at;
  for (const part of segment) {
    if (part === ONE) {
      if (position >= text.length) return -1;
      position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
    } else {
      if (!text.startsWith(part, position)) return -1;
      position += part.length;
    }
  }
  return position;
}

/** Where the segment starts when it ends at the end of the text, or -1. */
function backward(segment: Segment, text: string): number {
  let position = text.length;
  for (let i = segment.length - 1; i >= 0; i--) {
    const part = segment[i] as string | typeof ONE;
    if (part === ONE) {
      if (position < 1) return -1;
      position -= position >= 2 && (text.codePointAt(position - 2) ?? 0) > 0xffff ? 2 : 1;
    } else {
      if (!text.endsWith(part, position)) return -1;
      position -= part.length;
    }
  }
  return position;
}

/** The end of the leftmost occurrence at or after `from`, or -1. */
function find(segment: Segment, text: string, from: number): number {
  const [first] = segment;
  if (typeof first === "string" && segment.length === 1) {
    const at = text.indexOf(first, from);
    return at < 0 ? -1 : at + first.length;
  }
  for (let start = from; start <= text.length; start++) {
    if (typeof first === "string") {
      start = text.indexOf(first, start);
      if (start < 0) return -1;
    }
    const end = forward(segment, text, start);
    if (end >= 0) return end;
  }
  return -1;
}
