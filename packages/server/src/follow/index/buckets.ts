// SPDX-License-Identifier: Apache-2.0

export type BucketUnit = "second" | "minute" | "hour" | "day";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths that divide the next larger unit, so that bars start where people expect them to. */
const WIDTHS: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((n) => n * DAY),
];

/** The bars of a histogram: `count` of them, `width` milliseconds each, the first at `start` (Unix milliseconds). */
export interface Buckets {
  readonly start: number;
  readonly width: number;
  readonly count: number;
  readonly unit: BucketUnit;
}

/** Bars over [from, to), at most `wanted` and the two at the edges that are only partly inside. */
export function toBuckets(from: number, to: number, wanted: number): Buckets {
  const least = (to - from) / wanted;
  const years = 364 * DAY;
  const width = WIDTHS.find((each) => each >= least) ?? Math.ceil(least / years) * years;
  // Weeks start on Mondays; the first one of Unix time was the fifth day.
  const origin = width % (7 * DAY) === 0 ? 4 * DAY : 0;
  const start = Math.floor((from - origin) / width) * width + origin;
  return { start, width, count: Math.max(1, Math.ceil((to - start) / width)), unit: unitOf(width) };
}

function unitOf(width: number): BucketUnit {
  if (width >= DAY) return "day";
  if (width >= HOUR) return "hour";
  return width >= MINUTE ? "minute" : "second";
}
