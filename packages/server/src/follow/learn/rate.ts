// SPDX-License-Identifier: Apache-2.0
import { robust, upperLimit } from "./tail.js";
import { dayOf } from "./time.js";

const KEPT_HOURS = 40;
const KEPT_DAYS = 28;
/** Weeks whose busiest hour is remembered: forty hours are only a few days. */
const KEPT_PEAKS = 8;

/** What makes a count too much, for an hour and for a day. */
interface Bounds {
  /** Periods with activity that must have been seen. */
  support: number;
  /** Never less than this. */
  floor: number;
  /** Never less than so many times the most that was seen. */
  overMost: number;
  /** log10 of the chance that is too small. */
  logChance: number;
}

const HOUR: Bounds = { support: 12, floor: 30, overMost: 2.5, logChance: -9 };
const DAY: Bounds = { support: 8, floor: 80, overMost: 2.5, logChance: -9 };

/** A count that crossed its limit, with what was usual. */
export interface Excess {
  period: "hour" | "day";
  count: number;
  limit: number;
  median: number;
  most: number;
  /** Periods that the usual rests on. */
  periods: number;
  /** Index of the first event of the period. */
  since: number;
}

/**
 * How much a user does of something in an hour and in a day, when active at all. Only periods with activity are kept,
 * so nights and holidays need no model; the newest periods count, older ones are forgotten.
 */
export class Rate {
  #hours: number[] = [];
  #days: number[] = [];
  /** The most in an hour, by week, newest last. */
  #peaks: number[] = [];
  #week = -1;
  #hour = -1;
  #hourCount = 0;
  #hourLeast = Number.POSITIVE_INFINITY;
  #hourLimit = Number.POSITIVE_INFINITY;
  #hourSince = 0;
  #day = -1;
  #dayCount = 0;
  #dayLeast = Number.POSITIVE_INFINITY;
  #dayLimit = Number.POSITIVE_INFINITY;
  #daySince = 0;

  get hour(): number {
    return this.#hour;
  }

  /** Counts one event. Returns an excess at the very event that crosses the limit. Late events are not counted. */
  add(hour: number, index: number): Excess | undefined {
    if (hour < this.#hour) return undefined;
    if (hour > this.#hour) this.#turn(hour, index);
    this.#hourCount++;
    this.#dayCount++;
    // Most counts never come near: the exact limit is made when the least it can be is reached.
    if (this.#hourCount === this.#hourLeast) this.#hourLimit = limitOf(this.#hours, this.#peaks, HOUR);
    if (this.#dayCount === this.#dayLeast) this.#dayLimit = limitOf(this.#days, this.#days, DAY);
    if (this.#hourCount === this.#hourLimit)
      return excess("hour", [this.#hours, this.#peaks], this.#hourLimit, this.#hourSince);
    if (this.#dayCount === this.#dayLimit)
      return excess("day", [this.#days, this.#days], this.#dayLimit, this.#daySince);
    return undefined;
  }

  #turn(hour: number, index: number): void {
    if (this.#hour !== -1) this.#keepHour();
    this.#hour = hour;
    this.#hourCount = 0;
    this.#hourSince = index;
    this.#hourLeast = leastLimit(this.#hours, this.#peaks, HOUR);
    this.#hourLimit = Number.POSITIVE_INFINITY;
    const day = dayOf(hour);
    if (day === this.#day) return;
    // What was too much is learned as the limit: a slow thief cannot teach us that it is usual, a new habit can.
    if (this.#day !== -1) keep(this.#days, Math.min(this.#dayCount, this.#dayLimit), KEPT_DAYS);
    this.#day = day;
    this.#dayCount = 0;
    this.#daySince = index;
    this.#dayLeast = leastLimit(this.#days, this.#days, DAY);
    this.#dayLimit = Number.POSITIVE_INFINITY;
  }

  #keepHour(): void {
    const count = Math.min(this.#hourCount, this.#hourLimit);
    keep(this.#hours, count, KEPT_HOURS);
    const week = Math.floor(this.#hour / 168);
    if (week !== this.#week) {
      keep(this.#peaks, count, KEPT_PEAKS);
      this.#week = week;
    } else if (count > this.#peaks.at(-1)!) this.#peaks[this.#peaks.length - 1] = count;
  }

  toJSON(): SavedRate {
    return [
      this.#hours,
      this.#days,
      this.#peaks,
      this.#week,
      [this.#hour, this.#hourCount, this.#hourSince],
      [this.#day, this.#dayCount, this.#daySince],
    ];
  }

  static from([hours, days, peaks, week, hour, day]: SavedRate): Rate {
    const rate = new Rate();
    rate.#hours = [...hours];
    rate.#days = [...days];
    rate.#peaks = [...peaks];
    rate.#week = week;
    [rate.#hour, rate.#hourCount, rate.#hourSince] = hour;
    [rate.#day, rate.#dayCount, rate.#daySince] = day;
    // The limits of the periods that run follow from what is the same still.
    rate.#hourLeast = leastLimit(rate.#hours, rate.#peaks, HOUR);
    rate.#dayLeast = leastLimit(rate.#days, rate.#days, DAY);
    if (rate.#hourCount >= rate.#hourLeast) rate.#hourLimit = limitOf(rate.#hours, rate.#peaks, HOUR);
    if (rate.#dayCount >= rate.#dayLeast) rate.#dayLimit = limitOf(rate.#days, rate.#days, DAY);
    return rate;
  }
}

export type SavedRate = [
  hours: number[],
  days: number[],
  peaks: number[],
  week: number,
  hour: [number, number, number],
  day: [number, number, number],
];

function keep(values: number[], value: number, most: number): void {
  values.push(value);
  if (values.length > most) values.shift();
}

/** What `limitOf` gives at least; infinite while too little is known. */
function leastLimit(values: readonly number[], peaks: readonly number[], bounds: Bounds): number {
  if (values.length < bounds.support) return Number.POSITIVE_INFINITY;
  return Math.max(bounds.floor, Math.ceil(Math.max(...peaks) * bounds.overMost));
}

function limitOf(values: readonly number[], peaks: readonly number[], bounds: Bounds): number {
  const { median, sigma } = robust(values)!;
  // People are less regular than a Poisson process: the spread is never taken for less than a third of the middle.
  const spread = Math.max(sigma, median / 3);
  const chance = upperLimit(median + 0.5, median + 0.5 + spread * spread, bounds.logChance);
  return Math.max(chance, leastLimit(values, peaks, bounds));
}

function excess(
  period: "hour" | "day",
  [values, peaks]: readonly [readonly number[], readonly number[]],
  limit: number,
  since: number,
): Excess {
  const { median } = robust(values)!;
  return { period, count: limit, limit, median, most: Math.max(...peaks), periods: values.length, since };
}
