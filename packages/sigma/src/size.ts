// SPDX-License-Identifier: Apache-2.0
import { SigmaError, type Place } from "./errors.js";
import type { Expression, Test } from "./types.js";

/**
 * What one rule may ask, counted as often as its condition uses it, and the characters in it. Without this bound a condition that
 * names a list of 10,000 values 5,000 times would be fifty million tests. The largest public rule has 4,432 tests.
 */
export const MAX_TESTS = 200_000;
export const MAX_CHARACTERS = 4_000_000;

/** Throws `too_large` beyond these bounds; the work is bounded by what is written, not by what it means. */
export function refuseHuge(expression: Expression, place: Place): void {
  const sizes = new Map<Expression, { tests: number; characters: number }>();
  const size = (node: Expression): { tests: number; characters: number } => {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    const sum = { tests: 0, characters: 0 };
    if (node.op === "test") {
      sum.tests = 1;
      sum.characters = (node.field?.length ?? 0) + charactersOf(node.test);
    } else
      for (const arg of node.op === "not" ? [node.arg] : node.args) {
        const inner = size(arg);
        sum.tests += inner.tests;
        sum.characters += inner.characters;
      }
    sizes.set(node, sum);
    return sum;
  };
  const { tests, characters } = size(expression);
  if (tests > MAX_TESTS) throw new SigmaError("too_large", place, `asks more than ${MAX_TESTS} tests`);
  if (characters > MAX_CHARACTERS)
    throw new SigmaError("too_large", place, `asks for more than ${MAX_CHARACTERS} characters`);
}

export function charactersOf(test: Test): number {
  if (test.kind === "regex") return test.source.length;
  if (test.kind === "fieldref") return test.field.length;
  if (test.kind !== "text") return 0;
  let sum = 0;
  for (const part of test.pattern) if (typeof part === "string") sum += part.length;
  return sum;
}

/** What all rules of one file may make of what is written there: modifiers turn one value into up to 3,125. */
export class Budget {
  #tests = 2 * MAX_TESTS;
  #characters = 2 * MAX_CHARACTERS;
  #instructions = 2_000_000;

  test(test: Test, place: Place): void {
    this.#tests--;
    this.#characters -= charactersOf(test);
    if (this.#tests < 0 || this.#characters < 0)
      throw new SigmaError("too_large", place, "the values of this file become too many tests");
  }

  /** Compiled instructions of a regex. */
  regex(instructions: number, place: Place): void {
    this.#instructions -= instructions;
    if (this.#instructions < 0)
      throw new SigmaError("too_large", place, "the regexes of this file are too large together");
  }
}
