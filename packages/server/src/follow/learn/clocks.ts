// SPDX-License-Identifier: Apache-2.0
import { LIVE } from "./facts.js";
import { toHour } from "./time.js";

/** A server that runs writes a heartbeat every five minutes; three missing mean that it did not run. */
const PAUSE_MS = 15 * 60_000;
const MOST_CLOCKS = 64;

/** What a clock says when time moved on to another hour. */
export interface Turn {
  clock: string;
  from: number;
  to: number;
}

export type SavedClocks = { live: [last: number, disturbed: number]; hours: [string, number][] };

/**
 * The clocks of the log: one for what happens now, one for each key that imports history. The log itself carries them:
 * each event, Telltale's heartbeat among them, moves its clock to the event's time. So the end of an hour is found when
 * the next hour's first event is read, whether that is now or in a replay a year later.
 */
export class Clocks {
  readonly #hours = new Map<string, number>();
  #lastLive = Number.NaN;
  /** Hours up to this one were not watched all the time: Telltale stood still in them, or what came was a backlog. */
  #disturbed = Number.NEGATIVE_INFINITY;

  /** Moves the clock of an event. Returns the turn when it passed the end of an hour. */
  tick(clock: string, time: number): Turn | undefined {
    const hour = toHour(time);
    let turn: Turn | undefined;
    const before = this.#hours.get(clock);
    if (before === undefined || hour > before) {
      if (before !== undefined) turn = { clock, from: before, to: hour };
      this.#hours.set(clock, hour);
      if (this.#hours.size > MOST_CLOCKS) this.#forget(clock);
    }
    return turn;
  }

  /** To be called with each live event, after the turn that it made was dealt with. */
  noteLive(time: number): void {
    // The first hour is never whole, and what comes after a pause is what had to wait.
    if (!(time - this.#lastLive <= PAUSE_MS)) this.#disturbed = Math.max(this.#disturbed, toHour(time));
    this.#lastLive = time;
  }

  /** Whether the log was written through the hour without a pause, as far as it was read. */
  isSteady(hour: number): boolean {
    return hour > this.#disturbed;
  }

  /** Whether there is a pause between the newest live event and this time: the hours that it touches are not whole. */
  pausesUntil(time: number): boolean {
    return !(time - this.#lastLive <= PAUSE_MS);
  }

  #forget(except: string): void {
    for (const clock of this.#hours.keys()) {
      if (clock === except || clock === LIVE) continue;
      this.#hours.delete(clock);
      return;
    }
  }

  toJSON(): SavedClocks {
    // JSON has no numbers for "never".
    const never = Number.MIN_SAFE_INTEGER;
    return {
      live: [
        Number.isNaN(this.#lastLive) ? never : this.#lastLive,
        this.#disturbed === Number.NEGATIVE_INFINITY ? never : this.#disturbed,
      ],
      hours: [...this.#hours],
    };
  }

  static from({ live, hours }: SavedClocks): Clocks {
    const clocks = new Clocks();
    const [last, disturbed] = live;
    if (last !== Number.MIN_SAFE_INTEGER) clocks.#lastLive = last;
    if (disturbed !== Number.MIN_SAFE_INTEGER) clocks.#disturbed = disturbed;
    for (const [clock, hour] of hours) clocks.#hours.set(clock, hour);
    return clocks;
  }
}
