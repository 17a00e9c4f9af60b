// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from "re2js";
import { markersOf } from "./act/marker.js";
import type { Detector, Hit } from "./find/detector.js";
import type { UserPatterns } from "./core.js";

/** A pattern of the user. */
export interface UserPattern {
  /** What it finds, as it stands in the marker and in `protected`: lower case letters, digits and `_`. */
  kind: string;
  /** RE2 syntax: no look-around, no back references, linear time. */
  pattern: string;
  ignoreCase?: boolean;
}

export const PATTERN_LIMITS = { patterns: 100, patternChars: 1000 } as const;

export type PatternErrorCode =
  | "too_many_patterns"
  | "bad_kind"
  | "too_long"
  | "bad_pattern"
  | "matches_nothing";

/** Why a list of patterns was refused. `index` is the place of the pattern in the list. */
export class PatternError extends Error {
  readonly code: PatternErrorCode;
  readonly index: number;

  constructor(code: PatternErrorCode, index: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "PatternError";
    this.code = code;
    this.index = index;
  }
}

const KIND = /^[a-z][a-z0-9_]{0,31}$/;

/**
 * Compiles patterns for `createProtector({ patterns })`. They run in re2js, whose time is linear in the text whatever the pattern, and
 * in free text only. Throws {@link PatternError}.
 *
 * @example
 * createProtector({ patterns: compileUserPatterns([{ kind: "badge_number", pattern: "BDG-[0-9]{6}" }]) });
 */
export function compileUserPatterns(patterns: readonly UserPattern[]): UserPatterns {
  if (patterns.length > PATTERN_LIMITS.patterns) {
    throw new PatternError(
      "too_many_patterns",
      PATTERN_LIMITS.patterns,
      `expected at most ${PATTERN_LIMITS.patterns} patterns, got ${patterns.length}`,
    );
  }
  const compiled = patterns.map((pattern, index) => ({
    kind: pattern.kind,
    program: compileOne(pattern, index),
  }));
  const detector: Detector = {
    name: "user_patterns",
    class: "personal",
    needs: compiled.length === 0 ? [] : [{ classes: 0, length: 1 }],
    find(text, hits) {
      for (const { kind, program } of compiled) {
        if (program.test(text)) findAll(program, kind, text, hits);
      }
    },
  };
  return {
    description: JSON.stringify(
      patterns.map(({ kind, pattern, ignoreCase }) => [kind, pattern, ignoreCase === true]),
    ),
    detector,
  };
}

function compileOne(pattern: UserPattern, index: number): RE2JS {
  if (!KIND.test(pattern.kind))
    throw new PatternError(
      "bad_kind",
      index,
      `expected lower case letters, digits and "_", got "${pattern.kind}"`,
    );
  if (pattern.pattern.length > PATTERN_LIMITS.patternChars) {
    throw new PatternError(
      "too_long",
      index,
      `expected at most ${PATTERN_LIMITS.patternChars} characters, got ${pattern.pattern.length}`,
    );
  }
  let program: RE2JS;
  try {
    program = RE2JS.compile(pattern.pattern, pattern.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (cause) {
    throw new PatternError("bad_pattern", index, `"${pattern.pattern}" is not a valid RE2 pattern`, cause);
  }
  if (program.test(""))
    throw new PatternError("matches_nothing", index, `"${pattern.pattern}" matches the empty text`);
  return program;
}

function findAll(program: RE2JS, kind: string, text: string, hits: Hit[]): void {
  const markers = markersOf(text);
  const matcher = program.matcher(text);
  while (matcher.find()) {
    const start = matcher.start();
    const end = matcher.end();
    // A broad pattern must not hide a marker again.
    if (end > start && !markers.some((marker) => start < marker.end && marker.start < end))
      hits.push({ start, end, kind });
  }
}
