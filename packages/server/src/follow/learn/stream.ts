// SPDX-License-Identifier: Apache-2.0
import { Baseline, type Expected } from "./baseline.js";
import { logLowerTail, upperLimit } from "./tail.js";

/** What is counted: all of an application, or one of its routes. */
export interface StreamName {
  kind: "source" | "route";
  tenant: string;
  app: string;
  /** Empty of a source. */
  route: string;
}

export type SavedStream = {
  name: [StreamName["kind"], tenant: string, app: string, route: string];
  clock: string;
  now: [born: number, hour: number, count: number, since: number, last: number];
  quiet: Quiet;
  recent: [hour: number, actual: number, expected: number][];
  told: [string, number][];
  baseline: (number[] | null)[];
};

/** log10 of the chance from which on a count is too much, and how many times the most ever seen it must be. */
const CHANCE = -9;
const OVER_MOST = 2.5;
/** A weekend may be worked like a weekday: nor is so many times the same hour of the busiest day too much. */
const OVER_BUSIEST = 1.5;
/** A holiday may be quieter than any Sunday. */
const OF_QUIETEST = 0.25;
const FLOOR = 40;
/** Hours before a quiet time that may tell whether this is a working day. */
const RECENT_HOURS = 3;
/** Hours that are remembered for it; longer quiet times are told in any case. */
const KEPT_HOURS = 12;

/** Events that should have come at least, and log10 of the chance that none did. */
export interface Missing {
  expected: number;
  chance: number;
}

/** A run of hours in which nothing came. */
export interface Quiet {
  hours: number;
  /** Some of them are quiet by custom, as nights are. */
  overNight: boolean;
  /** As is usual in hours of a working day, and in the others as on the quietest day of the week. */
  known: Missing;
  /** As is usual in all of them, whatever kind of day it may be. */
  whole: Missing;
  told: boolean;
}

/** All that is remembered of one route or source. */
export class Stream {
  readonly name: StreamName;
  clock: string;
  readonly born: number;
  hour: number;
  count = 0;
  limit = Number.POSITIVE_INFINITY;
  expected: Expected | undefined;
  /** Indices of the hour's first event and of the newest event. */
  since: number;
  lastIndex: number;
  quiet: Quiet = noQuiet();
  /** Hours before that tell a working day from a quiet one: which, how many came, how many were expected. */
  recent: [hour: number, actual: number, expected: number][] = [];
  readonly told = new Map<string, number>();
  baseline = new Baseline();

  constructor(name: StreamName, { clock, hour, index }: { clock: string; hour: number; index: number }) {
    this.name = name;
    this.clock = clock;
    this.born = hour;
    this.hour = hour;
    this.since = index;
    this.lastIndex = index;
  }

  /** Begins an hour. The limit is made here once, so that an event costs one comparison. */
  open(hour: number, index: number): void {
    this.hour = hour;
    this.count = 0;
    this.since = index;
    this.#expect();
  }

  #expect(): void {
    this.expected = this.baseline.expect(this.hour);
    if (this.expected === undefined) {
      this.limit = Number.POSITIVE_INFINITY;
      return;
    }
    const { median, variance, max, busiest } = this.expected;
    const chance = upperLimit(median, variance, CHANCE);
    this.limit = Math.ceil(Math.max(FLOOR, chance, max * OVER_MOST, busiest * OVER_BUSIEST));
  }

  /** Learns the hour; what was too much counts as the limit only. */
  learn(): void {
    const count = Math.min(this.count, this.limit);
    if (this.expected !== undefined && tellsDays(this.expected)) {
      this.recent.push([this.hour, count, this.expected.median]);
      if (this.recent.length > KEPT_HOURS) this.recent.shift();
    }
    // An outage must not become the custom.
    if (this.quiet.told) return;
    this.baseline.learn(this.hour, count);
  }

  /** Whether nothing came in the hour that ends; to be called once, before anything is judged. */
  endQuiet(): void {
    if (this.count > 0) this.quiet = noQuiet();
    else this.quiet.hours++;
  }

  /** Counts what is missing in a quiet hour. `ordinary`: it is no holiday. */
  miss(ordinary: boolean): void {
    if (this.quiet.hours === 0 || this.expected === undefined) return;
    const { median, variance, low, quietest } = this.expected;
    const { known, whole } = this.quiet;
    if (low === 0) this.quiet.overNight = true;
    const chance = logLowerTail(0, median, variance);
    whole.expected += low;
    whole.chance += chance;
    const least = Math.min(low, quietest * OF_QUIETEST);
    known.expected += ordinary ? low : least;
    known.chance += ordinary ? chance : logLowerTail(0, least, least + least * least);
  }

  /**
   * Whether the hours just before the quiet ones were as on any such day: then it is no holiday. The evening before says
   * nothing of a morning, so those hours must be about as busy by custom, with no night between.
   */
  worksToday(): boolean {
    if (this.quiet.overNight) return false;
    const last = this.hour - this.quiet.hours - (this.quiet.hours === 0 ? 1 : 0);
    let actual = 0;
    let expected = 0;
    let hours = 0;
    for (const [hour, came, due] of this.recent) {
      if (hour > last || hour <= last - RECENT_HOURS) continue;
      actual += came;
      expected += due;
      hours++;
    }
    return hours > 0 && actual >= expected * 0.5 && expected * 2 >= (this.expected?.median ?? 0) * hours;
  }

  toJSON(): SavedStream {
    const { kind, tenant, app, route } = this.name;
    return {
      name: [kind, tenant, app, route],
      clock: this.clock,
      now: [this.born, this.hour, this.count, this.since, this.lastIndex],
      quiet: this.quiet,
      recent: this.recent,
      told: [...this.told],
      baseline: this.baseline.toJSON(),
    };
  }

  static from({ name, clock, now, quiet, recent, told, baseline }: SavedStream): Stream {
    const [kind, tenant, app, route] = name;
    const [born, hour, count, since, last] = now;
    const stream = new Stream({ kind, tenant, app, route }, { clock, hour: born, index: since });
    stream.baseline = new Baseline(baseline);
    stream.open(hour, since);
    stream.count = count;
    stream.lastIndex = last;
    stream.quiet = quiet;
    stream.recent = recent.map(([at, actual, due]) => [at, actual, due]);
    for (const [kindTold, day] of told) stream.told.set(kindTold, day);
    return stream;
  }
}

/** Whether holidays matter to a stream in this hour: it has much less on the quietest day. */
export function differsByDay({ median, quietest }: Expected): boolean {
  return median > 3 * quietest;
}

/** Whether an hour tells working days and quiet ones apart: much is due, and on the quietest day little is. */
export function tellsDays(expected: Expected): boolean {
  return expected.median >= 10 && differsByDay(expected);
}

function noQuiet(): Quiet {
  return {
    hours: 0,
    overNight: false,
    known: { expected: 0, chance: 0 },
    whole: { expected: 0, chance: 0 },
    told: false,
  };
}
