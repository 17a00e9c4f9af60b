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

const ANY = -1;
const ONE = -2;

/**
 * A matcher of folded text. Greedy with one point of return, so its work is bounded by text times pattern whatever
 * is typed; a backtracking regular expression would not be. `?` is one code point.
 */
export function compileGlob(glob: Glob): (folded: string) => boolean {
  const pattern = glob.flatMap((part) =>
    part === "*" ? [ANY] : part === "?" ? [ONE] : codePoints(fold(part.text)),
  );
  return (folded) => {
    const text = codePoints(folded);
    let at = 0;
    let p = 0;
    let star = -1;
    let resume = 0;
    while (at < text.length) {
      const want = pattern[p];
      if (want === ANY) {
        star = p++;
        resume = at;
      } else if (want !== undefined && (want === ONE || want === text[at])) {
        p++;
        at++;
      } else if (star >= 0) {
        p = star + 1;
        at = ++resume;
      } else return false;
    }
    while (pattern[p] === ANY) p++;
    return p === pattern.length;
  };
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
