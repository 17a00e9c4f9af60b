// SPDX-License-Identifier: Apache-2.0
import { SigmaError, type Place } from "./errors.js";
import type { Expression } from "./types.js";

/**
 * Tests that one rule may ask, counted as often as its condition uses them. Without this bound a condition that names a list of
 * 10,000 values 5,000 times would be fifty million tests. The largest public rule has 4,432.
 */
export const MAX_TESTS = 200_000;

/** Throws `too_large` when the expression asks more than MAX_TESTS; the work is bounded by what is written, not by what it means. */
export function refuseHuge(expression: Expression, place: Place): void {
  const sizes = new Map<Expression, number>();
  const size = (node: Expression): number => {
    if (node.op === "test") return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    let sum = 0;
    for (const arg of node.op === "not" ? [node.arg] : node.args) sum += size(arg);
    sizes.set(node, sum);
    return sum;
  };
  if (size(expression) > MAX_TESTS)
    throw new SigmaError("too_large", place, `asks more than ${MAX_TESTS} tests`);
}
