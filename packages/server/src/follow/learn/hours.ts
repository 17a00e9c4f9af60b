// SPDX-License-Identifier: Apache-2.0
import { dayOf, hourOfDay, isWeekend } from "./time.js";

/** One active hour in a profile. A whole number, so that halving it stays exact. */
const UNIT = 8;
/** After so many days everything counts half. */
const HALVING_DAYS = 28;
/** Active hours' worth of the role's habits in each user's profile. */
const ROLE_WEIGHT = 10 * UNIT;

/**
 * At which hours of the day (UTC) somebody is active, on weekdays and at weekends. Each hour with any activity counts
 * once, however much was done in it; old habits fade.
 */
export class HourProfile {
  readonly #bins: number[];
  #total: number;
  #halved: number;

  constructor(bins: readonly number[] = Array.from({ length: 48 }, () => 0), halved = 0) {
    this.#bins = [...bins];
    this.#total = this.#bins.reduce((sum, each) => sum + each, 0);
    this.#halved = halved;
  }

  /** Active hours that it rests on, recent ones whole. */
  get support(): number {
    return this.#total / UNIT;
  }

  add(hour: number): void {
    const day = dayOf(hour);
    if (this.#halved === 0) this.#halved = day;
    // After a year there is nothing left to halve.
    const steps = Math.min(12, Math.floor((day - this.#halved) / HALVING_DAYS));
    if (steps > 0) {
      this.#halved = day;
      for (let i = 0; i < 48; i++) this.#bins[i] = this.#bins[i]! >> steps;
      this.#total = this.#bins.reduce((sum, each) => sum + each, 0);
    }
    const bin = binOf(hour);
    this.#bins[bin] = this.#bins[bin]! + UNIT;
    this.#total += UNIT;
  }

  /** Activity within `reach` hours of the hour of the day: on days of the same kind, or on any. */
  near(hour: number, reach: number, anyDay: boolean): number {
    const at = hourOfDay(hour);
    const own = isWeekend(hour) ? 24 : 0;
    let sum = 0;
    for (let step = -reach; step <= reach; step++) {
      const bin = (at + step + 24) % 24;
      sum += this.#bins[own + bin]!;
      if (anyDay) sum += this.#bins[24 - own + bin]!;
    }
    return sum / UNIT;
  }

  /** Share of all activity in the hour, on days of this kind; its neighbours count half: a circle of 24 hours. */
  share(hour: number): number {
    return this.#total === 0 ? 0 : this.#smoothed(hour) / this.#total;
  }

  /** The same, drawn towards the habits of the role as long as there is little of one's own. */
  shareWithin(hour: number, role: HourProfile): number {
    return (this.#smoothed(hour) + ROLE_WEIGHT * role.share(hour)) / (this.#total + ROLE_WEIGHT);
  }

  /**
   * How likely the next active hour is one never seen before (Good–Turing): the share of hours of the day that were
   * active just once, counted so that little support never gives zero.
   */
  novelty(): number {
    let once = 0;
    for (const each of this.#bins) if (each > 0 && each <= UNIT) once++;
    return (once + 1) / (this.support + 2);
  }

  /** Hours of the day that hold most of the activity, as text: `07:00–16:00 UTC`. */
  usualText(): string {
    const byHour = Array.from({ length: 24 }, (_, i) => this.#bins[i]! + this.#bins[24 + i]!);
    const least = this.#total * 0.02;
    const usual = byHour.map((each) => each > 0 && each >= least);
    if (!usual.includes(false)) return "any hour";
    // Begins where a gap ends, so that a night shift is one span.
    const begin = usual.findIndex((each, i) => each && !usual[(i + 23) % 24]);
    if (begin === -1) return "no hour";
    const spans: string[] = [];
    for (let step = 0; step < 24; step++) {
      const from = (begin + step) % 24;
      if (!usual[from]) continue;
      while (step < 24 && usual[(begin + step) % 24]) step++;
      spans.push(`${two(from)}–${two((begin + step) % 24)}`);
    }
    return `${spans.join(", ")} UTC`;
  }

  #smoothed(hour: number): number {
    const at = hourOfDay(hour);
    const own = isWeekend(hour) ? 24 : 0;
    const before = this.#bins[own + ((at + 23) % 24)]!;
    const after = this.#bins[own + ((at + 1) % 24)]!;
    return (this.#bins[own + at]! * 2 + before + after) / 4;
  }

  toJSON(): [number[], number] {
    return [this.#bins, this.#halved];
  }

  static from([bins, halved]: readonly [readonly number[], number]): HourProfile {
    return new HourProfile(bins, halved);
  }
}

function binOf(hour: number): number {
  return (isWeekend(hour) ? 24 : 0) + hourOfDay(hour);
}

function two(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}
