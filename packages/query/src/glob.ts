// SPDX-License-Identifier: Apache-2.0
import { fold } from "./fold.js";

/** A value with wildcards: literal pieces, `*` for any run of characters, `?` for exactly one. */
export type Glob = readonly GlobPart[];
export type GlobPart = { readonly text: string } | "*" | "?";

/** True when the value has no wildcard: it is its literal text. */
export function isLiteral(glob: Glob): boolean {
  return glob.every((part) => typeof part === "object");
}

/** The literal text of a value without wildcards. */
export function literalOf(glob: Glob): string {
  return glob.map((part) => (typeof part === "object" ? part.text : part)).join("");
}

/** Puts pieces in their one form: neighbours joined, `**` as `*`, nothing empty. */
export function toGlob(parts: Iterable<GlobPart>): Glob {
  const glob: GlobPart[] = [];
  for (const part of parts) {
    const last = glob.at(-1);
    if (typeof part === "object") {
      if (part.text === "") continue;
      if (typeof last === "object") glob[glob.length - 1] = { text: last.text + part.text };
      else glob.push(part);
    } else if (part !== "*" || last !== "*") glob.push(part);
  }
  return glob;
}

/** The pieces with `*` on both sides: the value anywhere in a text. */
export function anywhere(glob: Glob): Glob {
  return toGlob(["*", ...glob, "*"]);
}

/**
 * A matcher of folded text. Between two `*` the leftmost place is always the right one, so nothing is tried twice: the work
 * is bounded by the text times a 32nd of the pattern whatever is typed; a backtracking matcher would not be. `?` is one
 * code point.
 */
export function compileGlob(glob: Glob): (folded: string) => boolean {
  const pieces = toPieces(glob);
  const first = pieces[0] as Piece;
  const last = pieces.at(-1) as Piece;
  if (pieces.length === 1) return (text) => first.at(text, 0) === text.length;
  const between = pieces.slice(1, -1);
  return (text) => {
    let at = first.at(text, 0);
    for (const piece of between) {
      if (at < 0) return false;
      at = piece.find(text, at);
    }
    if (at < 0) return false;
    const start = startOfLast(text, last.length);
    return start >= at && last.at(text, start) === text.length;
  };
}

/** What stands between two `*`. Both functions give the place behind the match, or -1. */
interface Piece {
  /** In code points. */
  readonly length: number;
  at(text: string, from: number): number;
  /** The leftmost match from there on. */
  find(text: string, from: number): number;
}

function toPieces(glob: Glob): Piece[] {
  const pieces: Piece[] = [];
  let parts: GlobPart[] = [];
  for (const part of glob) {
    if (part !== "*") parts.push(part);
    else {
      pieces.push(toPiece(parts));
      parts = [];
    }
  }
  pieces.push(toPiece(parts));
  return pieces;
}

function toPiece(parts: readonly GlobPart[]): Piece {
  const [only] = parts;
  if (parts.length === 0) return literalPiece("");
  if (parts.length === 1 && typeof only === "object") return literalPiece(fold(only.text));
  return patternPiece(
    parts.flatMap((part) => (typeof part === "object" ? codePoints(fold(part.text)) : [ONE])),
  );
}

function literalPiece(text: string): Piece {
  return {
    length: codePoints(text).length,
    at: (folded, from) => (folded.startsWith(text, from) ? from + text.length : -1),
    find(folded, from) {
      const at = folded.indexOf(text, from);
      return at < 0 ? -1 : at + text.length;
    },
  };
}

const ONE = -1;

function patternPiece(pattern: readonly number[]): Piece {
  return {
    length: pattern.length,
    at(text, from) {
      let at = from;
      for (const want of pattern) {
        const code = text.codePointAt(at);
        if (code === undefined || (want !== ONE && want !== code)) return -1;
        at += code > 0xffff ? 2 : 1;
      }
      return at;
    },
    find: shiftAnd(pattern),
  };
}

/**
 * Baeza-Yates and Gonnet, "A new approach to text searching" (1992): bit i of the state says that the pattern up to place i
 * ends here; 32 places move on in one step.
 */
function shiftAnd(pattern: readonly number[]): Piece["find"] {
  const words = Math.ceil(pattern.length / 32);
  const others = new Int32Array(words);
  const masks = new Map<number, Int32Array>();
  for (const code of pattern) if (code !== ONE) masks.set(code, new Int32Array(words));
  for (const [i, code] of pattern.entries()) {
    const bit = 1 << (i & 31);
    for (const mask of code === ONE ? [others, ...masks.values()] : [masks.get(code) as Int32Array])
      mask[i >> 5] = (mask[i >> 5] as number) | bit;
  }
  const end = 1 << ((pattern.length - 1) & 31);
  return (text, from) => {
    const state = new Int32Array(words);
    for (let at = from; at < text.length; ) {
      const code = text.codePointAt(at) as number;
      at += code > 0xffff ? 2 : 1;
      const mask = masks.get(code) ?? others;
      let carry = 1;
      for (let w = 0; w < words; w++) {
        const before = state[w] as number;
        state[w] = ((before << 1) | carry) & (mask[w] as number);
        carry = before >>> 31;
      }
      if (((state[words - 1] as number) & end) !== 0) return at;
    }
    return -1;
  };
}

/** Where the last `length` code points of a text begin; -1 when it has fewer. */
function startOfLast(text: string, length: number): number {
  let at = text.length;
  for (let left = length; left > 0; left--) {
    if (at <= 0) return -1;
    const low = text.charCodeAt(at - 1);
    const high = text.charCodeAt(at - 2);
    at -= low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff ? 2 : 1;
  }
  return at;
}

/**
 * The value as an RE2 pattern for folded text, to be used with the option that lets `.` match line ends. All but ASCII
 * letters, digits and non-ASCII characters is written as a hexadecimal escape, so nothing typed is ever an operator.
 */
export function toRe2(glob: Glob): string {
  return glob.map((part) => (part === "*" ? ".*" : part === "?" ? "." : escapeRe2(fold(part.text)))).join("");
}

function escapeRe2(text: string): string {
  return text.replace(/[^a-zA-Z0-9_\u0080-\u{10ffff}]/gu, (char) => {
    return `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function codePoints(text: string): number[] {
  return Array.from(text, (char) => char.codePointAt(0) ?? 0);
}
