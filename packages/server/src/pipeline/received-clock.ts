// SPDX-License-Identifier: Apache-2.0
import { CLOCK_TOLERANCE_MS, LogError } from "@telltale/log";

/** A step of the system's clock larger than this is reported. */
export const REPORTED_STEP_MS = 2000;
/** The share by which two honest clocks may drift apart: NTP corrects by at most 500 millionths, quartzes are as far off. */
const DRIFT = 0.001;
/** A clock that stands still steps all the time; it is reported this often. */
const REPORT_EVERY_MS = 60_000;

export interface ReceivedClockOptions {
  /** The system's clock, ms since 1970. */
  now: () => number;
  /** A clock that nobody can set, ms since any moment. */
  monotonic: () => number;
  /** `received` of the newest event of the log, ms since 1970; 0 when there is none. */
  last: number;
  /** Told of a step in milliseconds: positive ahead, negative back. */
  onStep: (stepMs: number) => void;
}

/**
 * The one place that `received` comes from. It never runs backwards: when the system's clock does, the last value
 * is given again until the clock has caught up. A large step in either direction, and a clock that stands still, are
 * reported: they are found by a second clock that cannot be set. Summer time is none of these, all is UTC.
 */
export class ReceivedClock {
  readonly #options: ReceivedClockOptions;
  #last: number;
  #text = "";
  /** Both clocks when they last agreed. */
  #base: { now: number; monotonic: number } | undefined;
  #reported = Number.NEGATIVE_INFINITY;

  constructor(options: ReceivedClockOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** RFC 3339 UTC with milliseconds. */
  stamp(): string {
    const now = this.#options.now();
    this.#compare(now);
    if (now > this.#last || this.#text === "") {
      this.#last = Math.max(now, this.#last);
      this.#text = new Date(this.#last).toISOString();
    }
    return this.#text;
  }

  #compare(now: number): void {
    const monotonic = this.#options.monotonic();
    // At a start there is nothing to compare with but the newest event.
    this.#base ??= { now: Math.max(now, this.#last), monotonic };
    const passed = monotonic - this.#base.monotonic;
    const step = Math.round(now - this.#base.now - passed);
    if (Math.abs(step) <= REPORTED_STEP_MS + DRIFT * passed) return;
    if (monotonic - this.#reported < REPORT_EVERY_MS) return;
    this.#reported = monotonic;
    this.#base = { now, monotonic };
    this.#options.onStep(step);
  }
}

/**
 * Throws LogError `clock_behind` when the clock is far behind the newest event: new ones would all bear its time. `accept`: go on
 * all the same, as somebody decided.
 */
export function verifyReceived(lastReceived: number, now: number, accept: boolean): void {
  const behind = lastReceived - now;
  if (accept || behind <= CLOCK_TOLERANCE_MS) return;
  throw new LogError(
    "clock_behind",
    `the clock is ${Math.round(behind / 1000)} s behind the newest event (${new Date(lastReceived).toISOString()}): set the clock ` +
      "right and start again, or accept it with --accept clock_behind, which becomes an event",
  );
}
