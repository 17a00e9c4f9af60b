// SPDX-License-Identifier: Apache-2.0
import { ANY, ONE, type Pattern } from "../pattern.js";
import { Unsayable } from "./writer.js";

/**
 * The regex for an RE2 of another make, or Unsayable where the two are known to differ (each was found by running both
 * over every code point):
 *
 * - `\p{…}`: the tables are of the Unicode version that each was built with;
 * - without case, letters beyond ASCII: likewise;
 * - `(?<name>…)`: not every RE2 knows it;
 * - `\C` is no character in ours and a byte in RE2 (ours refuses it).
 */
export function toSameRegex(source: string, flags: string): string {
  const bare = source.replaceAll("\\\\", "");
  if (/\\[pP]/.test(bare)) throw new Unsayable("a regex asks for a class of Unicode");
  if (/\(\?</.test(bare)) throw new Unsayable("a regex with named groups");
  const ignoresCase = flags.includes("i") || /\(\?[a-zA-Z-]*i/.test(bare);
  // oxlint-disable-next-line no-control-regex -- the ASCII range is meant
  if (ignoresCase && (/[^\x00-\x7f]/.test(bare) || /\\x|\\[0-7]/.test(bare)))
    throw new Unsayable("a regex without case over letters beyond ASCII");
  return flags === "" ? source : `(?${flags})${source}`;
}

/** A pattern with wildcards as a regex for the whole text: `*` any run, `?` one code point, also of line ends. */
export function patternRegex(pattern: Pattern): string {
  const parts = pattern.map((part) => (part === ANY ? ".*" : part === ONE ? "." : quote(part)));
  return `(?s)\\A${parts.join("")}\\z`;
}

function quote(text: string): string {
  let quoted = "";
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    if (/[A-Za-z0-9 ]/.test(char) || point > 0x7f) quoted += char;
    else quoted += `\\x{${point.toString(16)}}`;
  }
  return quoted;
}
