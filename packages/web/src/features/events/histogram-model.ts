// SPDX-License-Identifier: Apache-2.0
// From counts to rectangles, ticks and words. Pure: pixels in, pixels out.
import type { Bucket, Histogram } from "../../shared/api/types.js";
import { countOf, formatCount, formatSpan, joinWords, toMs } from "../../shared/format.js";

export const CLASSES = ["success", "failure", "denied", "other"] as const;
export type OutcomeClass = (typeof CLASSES)[number];

export interface Bar {
  /** Start and end of the bucket, ms. */
  from: number;
  to: number;
  x: number;
  width: number;
  total: number;
  parts: { name: OutcomeClass; y: number; height: number; count: number }[];
}

export interface Tick {
  x: number;
  label: string;
}

export function totalOf(bucket: Bucket): number {
  return bucket.success + bucket.failure + bucket.denied + bucket.other;
}

/** The smallest round number that is not below `value`: the top of the axis. */
export function niceCeiling(value: number): number {
  if (value <= 10) return Math.max(1, Math.ceil(value));
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

const MIN_VISIBLE = 1.5;

/** One bar a bucket, empty ones too. A count that is not zero is never too thin to see. */
export function toBars(histogram: Histogram, width: number, height: number): { bars: Bar[]; top: number } {
  const { buckets, bucketMs } = histogram;
  const top = niceCeiling(Math.max(0, ...buckets.map(totalOf)));
  const step = buckets.length === 0 ? 0 : width / buckets.length;
  const gap = step > 4 ? 1 : 0;
  const bars = buckets.map((bucket, at): Bar => {
    const from = toMs(bucket.t);
    let y = height;
    const parts = CLASSES.flatMap((name) => {
      const count = bucket[name];
      if (count === 0) return [];
      const size = Math.max(MIN_VISIBLE, (count / top) * height);
      y -= size;
      return [{ name, y: Math.max(0, y), height: size, count }];
    });
    return {
      from,
      to: from + bucketMs,
      x: at * step,
      width: Math.max(0.5, step - gap),
      total: totalOf(bucket),
      parts,
    };
  });
  return { bars, top };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TICK_STEPS = [
  1000,
  5000,
  10_000,
  30_000,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
  90 * DAY,
  365 * DAY,
];

const two = (value: number) => String(value).padStart(2, "0");

function tickLabel(ms: number, step: number): string {
  const date = new Date(ms);
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (step >= DAY) return step >= 90 * DAY ? `${date.getFullYear()}-${two(date.getMonth() + 1)}` : day;
  if (date.getHours() === 0 && date.getMinutes() === 0 && step >= MINUTE) return day;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return step < MINUTE ? `${clock}:${two(date.getSeconds())}` : clock;
}

/** Round local times, at least `spacing` pixels apart. */
export function toTicks(from: number, to: number, width: number, spacing = 96): Tick[] {
  const span = to - from;
  if (!(span > 0) || width <= 0) return [];
  const wanted = Math.max(1, Math.floor(width / spacing));
  const step = TICK_STEPS.find((each) => span / each <= wanted) ?? span;
  // Days start at local midnight, so ticks are counted in local time.
  const zone = new Date(from).getTimezoneOffset() * MINUTE;
  const ticks: Tick[] = [];
  for (let at = Math.ceil((from - zone) / step) * step + zone; at < to; at += step) {
    const x = ((at - from) / span) * width;
    if (x > 16 && x < width - 24) ticks.push({ x, label: tickLabel(at, step) });
  }
  return ticks;
}

/** The bucket under a pixel; clamped, because a brush ends outside the chart. */
export function bucketAt(x: number, width: number, count: number): number {
  if (count === 0 || width <= 0) return 0;
  return Math.min(count - 1, Math.max(0, Math.floor((x / width) * count)));
}

export function sumClasses(histogram: Histogram): Record<OutcomeClass, number> {
  const sums: Record<OutcomeClass, number> = { success: 0, failure: 0, denied: 0, other: 0 };
  for (const bucket of histogram.buckets) {
    for (const name of CLASSES) sums[name] += bucket[name];
  }
  return sums;
}

/** What the chart says, for those who do not see it. */
export function describeHistogram(histogram: Histogram): string {
  const sums = sumClasses(histogram);
  const parts = CLASSES.filter((name) => sums[name] > 0).map((name) => `${formatCount(sums[name])} ${name}`);
  const peak = Math.max(0, ...histogram.buckets.map(totalOf));
  const bucket = formatSpan(histogram.bucketMs);
  if (histogram.total === 0) return `No events. One bar is ${bucket}.`;
  return `${countOf(histogram.total, "event")}: ${joinWords(parts)}. One bar is ${bucket}; the highest has ${countOf(peak, "event")}.`;
}

export interface Peak {
  /** The bucket that stands out, ms. */
  from: number;
  to: number;
  count: number;
  total: number;
}

const PEAK_MIN = 5;
const PEAK_FACTOR = 4;

/** The bucket whose failures and denials stand out from the rest, if one does: where one looks first. */
export function findPeak(histogram: Histogram): Peak | undefined {
  const bad = histogram.buckets.map((bucket) => bucket.failure + bucket.denied);
  const count = Math.max(0, ...bad);
  const at = bad.indexOf(count);
  const bucket = histogram.buckets[at];
  if (bucket === undefined || bad.length < 3 || count < PEAK_MIN) return undefined;
  const mean = (bad.reduce((sum, each) => sum + each, 0) - count) / (bad.length - 1);
  if (count < PEAK_FACTOR * mean) return undefined;
  const from = toMs(bucket.t);
  return { from, to: from + histogram.bucketMs, count, total: totalOf(bucket) };
}
