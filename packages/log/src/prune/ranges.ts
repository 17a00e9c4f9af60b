// SPDX-License-Identifier: Apache-2.0
import { TILE_WIDTH } from "@telltale/merkle";

/** The events [first, next). */
export interface IndexRange {
  first: number;
  next: number;
}

/** As many ranges as one certificate can list in one line; each hold makes at most one more. */
export const MAX_RANGES = 1024;

function isBorder(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value % TILE_WIDTH === 0;
}

/** True for ranges as we write them: not empty, between tile borders, in order, with something kept between two. */
export function areCanonical(ranges: readonly IndexRange[]): boolean {
  return (
    ranges.length <= MAX_RANGES &&
    ranges.every(
      ({ first, next }, i) =>
        isBorder(first) && isBorder(next) && first < next && first > (ranges[i - 1]?.next ?? -1),
    )
  );
}

/** The ranges with one more in them, joined where they touch. */
export function withRange(ranges: readonly IndexRange[], range: IndexRange): IndexRange[] {
  const joined: IndexRange[] = [];
  for (const one of [...ranges, range].sort((a, b) => a.first - b.first)) {
    const last = joined.at(-1);
    if (last !== undefined && one.first <= last.next) last.next = Math.max(last.next, one.next);
    else joined.push({ first: one.first, next: one.next });
  }
  return joined;
}

/** The range that holds this index, by binary search. */
export function rangeAt(ranges: readonly IndexRange[], index: number): IndexRange | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle] as IndexRange;
    if (index < range.first) high = middle - 1;
    else if (index >= range.next) low = middle + 1;
    else return range;
  }
  return undefined;
}

/** The first index from `index` on that lies in none of the ranges. */
export function firstOutside(ranges: readonly IndexRange[], index: number): number {
  return rangeAt(ranges, index)?.next ?? index;
}

export function overlaps(a: IndexRange, b: IndexRange): boolean {
  return a.first < b.next && b.first < a.next;
}

export function sameRanges(a: readonly IndexRange[], b: readonly IndexRange[]): boolean {
  return (
    a.length === b.length && a.every(({ first, next }, i) => first === b[i]?.first && next === b[i]?.next)
  );
}

/** "[0, 256) and [512, 1024)"; only the first few where there are many. */
export function describeRanges(ranges: readonly IndexRange[]): string {
  const shown = ranges.slice(0, 3).map(({ first, next }) => `[${first}, ${next})`);
  if (ranges.length > shown.length) shown.push(`${ranges.length - shown.length} more ranges`);
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}
