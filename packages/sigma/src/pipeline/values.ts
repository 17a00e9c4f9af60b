// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from "re2js";
import { SigmaError, type Place } from "../errors.js";
import {
  ANY,
  joinLiterals,
  literalPattern,
  ONE,
  parsePattern,
  toLiteral,
  wrapPattern,
  type Pattern,
} from "../pattern.js";
import { readBoolean, readMap, readRequired, readText, readTexts, toNumber } from "../read.js";
import { compileRegex } from "../regex.js";
import type { MapNode } from "../yaml.js";
import type { TestNode, Transformation } from "./pipeline.js";

/** Characters that one replacement may add; a short regex with a long replacement grows the rule otherwise. */
const MAX_GROWTH = 10_000;

/**
 * A pattern as plain text: wildcards as `*` and `?`, literal ones behind a backslash. Backslashes are doubled only where a
 * wildcard follows, so that a regex sees `C:\\Windows` as it is.
 */
export function writePlain(pattern: Pattern): string {
  let text = "";
  let slashes = 0;
  for (const part of pattern) {
    if (typeof part !== "string") {
      text += "\\".repeat(slashes) + (part === ANY ? "*" : "?");
      slashes = 0;
      continue;
    }
    for (const char of part) {
      if (char === "*" || char === "?") text += `${"\\".repeat(slashes)}\\`;
      text += char;
      slashes = char === "\\" ? slashes + 1 : 0;
    }
  }
  return text;
}

/** The inverse of `writePlain`. */
export function readPlain(text: string): Pattern {
  const parts: (string | typeof ANY | typeof ONE)[] = [];
  let literal = "";
  let slashes = 0;
  for (const char of text) {
    if (char === "\\") {
      slashes++;
      continue;
    }
    const isWild = char === "*" || char === "?";
    literal += "\\".repeat(isWild ? Math.floor(slashes / 2) : slashes);
    if (isWild && slashes % 2 === 0) {
      parts.push(literal, char === "*" ? ANY : ONE);
      literal = "";
    } else literal += char;
    slashes = 0;
  }
  return joinLiterals([...parts, literal + "\\".repeat(slashes)]);
}

/** Changes the pattern of a text test; keywords are seen without the stars that the parser puts around them. */
function changePattern(
  node: TestNode,
  change: (pattern: Pattern) => readonly Pattern[] | undefined,
): readonly TestNode[] {
  const { test } = node;
  if (test.kind !== "text") return [node];
  const isKeyword = node.field === null && test.pattern[0] === ANY && test.pattern.at(-1) === ANY;
  const seen = isKeyword ? test.pattern.slice(1, -1) : test.pattern;
  const changed = change(seen);
  if (changed === undefined) return [node];
  return changed.map((pattern) => ({
    ...node,
    test: { ...test, pattern: isKeyword ? wrapPattern(pattern, true, true) : pattern },
  }));
}

/** `replace_string`: what a regex finds, in the whole value or (`skip_special`) in the pieces between wildcards. */
export function replaceString(map: MapNode): Transformation {
  const node = readRequired(map, "regex");
  const source = readText(node);
  compileRegex({ source, flags: "" }, node.place);
  const regex = RE2JS.compile(source);
  const replacementNode = readRequired(map, "replacement");
  const replacement = parseReplacement(readText(replacementNode), regex.groupCount(), replacementNode.place);
  const skipSpecial = readFlag(map, "skip_special");
  const interpretSpecial = readFlag(map, "interpret_special");
  const replace = (text: string): string => replaceAll(regex, text, replacement, node.place);
  return {
    kind: "value",
    change: (test) =>
      changePattern(test, (pattern) => {
        if (!skipSpecial) return [readPlain(replace(writePlain(pattern)))];
        const parts = pattern.flatMap((part): Pattern => {
          if (typeof part !== "string") return [part];
          const replaced = replace(part);
          return interpretSpecial ? parsePattern(replaced) : literalPattern(replaced);
        });
        return [joinLiterals(parts)];
      }),
  };
}

function readFlag(map: MapNode, key: string): boolean {
  const node = map.entries.get(key);
  return node === undefined ? false : readBoolean(node);
}

/** Literal text and numbers of groups. */
type Replacement = readonly (string | number)[];

/** Python's form, which pipelines are written in: `\\1`, `\\g<1>`, and `\\\\` for a backslash. */
function parseReplacement(text: string, groups: number, place: Place): Replacement {
  const parts: (string | number)[] = [];
  let rest = 0;
  for (const match of text.matchAll(/\\(?:(\d{1,2})|g<(\d{1,2})>|(\\)|)/g)) {
    parts.push(text.slice(rest, match.index));
    rest = match.index + match[0].length;
    const group = match[1] ?? match[2];
    if (group === undefined) parts.push("\\");
    else if (Number(group) > groups)
      throw new SigmaError("bad_value", place, `the regex has no group ${group}`);
    else parts.push(Number(group));
  }
  return [...parts, text.slice(rest)];
}

function replaceAll(regex: RE2JS, text: string, replacement: Replacement, place: Place): string {
  const matcher = regex.matcher(text);
  let result = "";
  let rest = 0;
  while (matcher.find()) {
    result += text.slice(rest, matcher.start());
    for (const part of replacement) result += typeof part === "string" ? part : (matcher.group(part) ?? "");
    rest = matcher.end();
    if (result.length > text.length + MAX_GROWTH)
      throw new SigmaError("too_large", place, `makes a value more than ${MAX_GROWTH} characters longer`);
  }
  return result + text.slice(rest);
}

/** `map_string`: a whole value to one other or any of several. Written as in a rule, compared with case. */
export function mapString(map: MapNode): Transformation {
  const mapping = new Map<string, readonly Pattern[]>();
  for (const [from, node] of readMap(readRequired(map, "mapping")).entries) {
    const to = readTexts(node);
    if (to.length === 0) throw new SigmaError("bad_value", node.place, "names no value");
    mapping.set(from, to.map(parsePattern));
  }
  return {
    kind: "value",
    change: (test) => changePattern(test, (pattern) => mapping.get(writePlain(pattern))),
  };
}

/**
 * `convert_type`: `num` makes decimal text the number's own text (`042` to `42`) and refuses what is no number; `str` changes
 * nothing, because numbers and text are compared as text here.
 */
export function convertType(map: MapNode): Transformation {
  const node = readRequired(map, "target_type");
  const target = readText(node);
  if (target !== "str" && target !== "num")
    throw new SigmaError("bad_value", node.place, `target_type is "str" or "num"`);
  return {
    kind: "value",
    change: (test) =>
      changePattern(test, (pattern) => {
        if (target === "str") return undefined;
        const number = toNumber(toLiteral(pattern));
        if (number === undefined)
          throw new SigmaError(
            "bad_value",
            node.place,
            `"${writePlain(pattern).slice(0, 100)}" is not a number`,
          );
        return [literalPattern(String(number))];
      }),
  };
}
