// SPDX-License-Identifier: Apache-2.0
import type { Bound, CompareOperator } from "./types.js";

const COMPARE: Readonly<Record<CompareOperator, (left: number, right: number) => boolean>> = {
  lt: (left, right) => left < right,
  lte: (left, right) => left <= right,
  gt: (left, right) => left > right,
  gte: (left, right) => left >= right,
  eq: (left, right) => left === right,
  neq: (left, right) => left !== right,
};

/** The operators, in the order in which messages name them. */
export const OPERATORS: readonly string[] = Object.keys(COMPARE);

export function compareNumbers(operator: CompareOperator, left: number, right: number): boolean {
  return COMPARE[operator](left, right);
}

/** Whether an aggregate satisfies every bound. */
export function holds(bounds: readonly Bound[], value: number): boolean {
  for (const { operator, value: limit } of bounds) if (!compareNumbers(operator, value, limit)) return false;
  return true;
}

/** Whether some whole number in the range satisfies every bound. Tries the numbers near each bound: truth changes only there. */
export function isReachableByCount(bounds: readonly Bound[], least: number, most: number): boolean {
  const candidates = bounds.flatMap(({ value }) => [
    Math.floor(value),
    Math.floor(value) + 1,
    Math.ceil(value) - 1,
  ]);
  return [least, ...candidates].some((count) => count >= least && count <= most && holds(bounds, count));
}

/** Whether some number satisfies every bound. */
export function isReachable(bounds: readonly Bound[]): boolean {
  const values = bounds.map(({ value }) => value).sort((a, b) => a - b);
  const [first = 0] = values;
  const last = values.at(-1) ?? 0;
  const step = Math.max(1, Math.abs(first), Math.abs(last));
  return [...values, (first + last) / 2, first - step, last + step].some((value) => holds(bounds, value));
}

/**
 * Whether the bounds say that there was little or nothing: only upper ones, which nothing at all satisfies. Such a condition
 * can only be judged when time has passed.
 */
export function speakOfAbsence(bounds: readonly Bound[]): boolean {
  return (
    bounds.length > 0 &&
    bounds.every(
      ({ operator, value }) => operator === "lt" || operator === "lte" || (operator === "eq" && value === 0),
    ) &&
    holds(bounds, 0)
  );
}
