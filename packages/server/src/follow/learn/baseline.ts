// SPDX-License-Identifier: Apache-2.0
import { type Robust, robust } from "./tail.js";
import { slotOf, weekdayOf } from "./time.js";

const SLOTS = 168;
/** Weeks remembered of each hour of the week: the newest count, so the baseline follows. */
const WEEKS = 8;
/** With fewer weeks, the same hour of similar days helps out. */
const ENOUGH_WEEKS = 4;
const LEAST_SAMPLES = 3;

/** What is expected of an hour. */
export interface Expected {
  median: number;
  variance: number;
  /**
   * The lower quarter and the most of this hour and its neighbours, whichever is further out: a shift that comes every other
   * week makes low counts usual, one holiday does not.
   */
  low: number;
  max: number;
  /** What the hour would have if the day were the quietest of the week, or the busiest. */
  quietest: number;
  busiest: number;
  samples: number;
}

/** Counts per hour of the week, 168 of them, over the newest weeks. */
export class Baseline {
  readonly #slots: (number[] | undefined)[];

  constructor(slots: readonly (readonly number[] | null)[] = []) {
    this.#slots = Array.from({ length: SLOTS }, (_, i) => (slots[i] ? [...slots[i]] : undefined));
  }

  learn(hour: number, count: number): void {
    const slot = slotOf(hour);
    const counts = (this.#slots[slot] ??= []);
    counts.push(count);
    if (counts.length > WEEKS) counts.shift();
  }

  /** Undefined while too little is known of this hour. */
  expect(hour: number): Expected | undefined {
    const counts = this.#samples(hour);
    const samples = counts.length;
    if (samples < LEAST_SAMPLES) return undefined;
    const own = robust(counts)!;
    const around = [own, robust(this.#samples(hour - 1)), robust(this.#samples(hour + 1))].filter(
      (each): each is Robust => each !== undefined,
    );
    // Few samples say little of the spread: it is never taken for less than a fifth of the middle.
    const sigma = Math.max(own.sigma, own.median * 0.2) * (1 + 1 / samples);
    return {
      median: own.median,
      variance: own.median + sigma * sigma,
      low: Math.min(...around.map(({ low }) => low)),
      max: Math.max(...around.map(({ max }) => max)),
      ...this.#overWeek(hour),
      samples,
    };
  }

  #overWeek(hour: number): { quietest: number; busiest: number } {
    const medians: number[] = [];
    const at = slotOf(hour) % 24;
    for (let day = 0; day < 7; day++) {
      const counts = this.#slots[day * 24 + at];
      if (counts !== undefined && counts.length > 0) medians.push(robust(counts)!.median);
    }
    return { quietest: Math.min(...medians), busiest: Math.max(...medians) };
  }

  #samples(hour: number): number[] {
    const slot = slotOf(hour);
    const own = this.#slots[slot] ?? [];
    if (own.length >= ENOUGH_WEEKS) return own;
    const all = [...own];
    for (const day of similarDays(weekdayOf(hour))) {
      const counts = this.#slots[day * 24 + (slot % 24)] ?? [];
      all.push(...counts.slice(-2));
    }
    return all;
  }

  toJSON(): (number[] | null)[] {
    return this.#slots.map((each) => each ?? null);
  }
}

/** Days whose hours look alike, without the day itself: those of the working week. */
function similarDays(day: number): number[] {
  return day >= 5 ? [] : [0, 1, 2, 3, 4].filter((each) => each !== day);
}
