// SPDX-License-Identifier: Apache-2.0

/**
 * How long after the end of a window its events may still come before it is judged that something did not happen. Longer, and
 * people learn of it later; shorter, and an event that was on its way is taken for missing.
 */
export const ABSENCE_DELAY_MS = 30_000;

/** Events have `received` some time before they are in the log; a still stream is not still for so long. */
export const IN_FLIGHT_MS = 5_000;

export interface StreamClockOptions {
  /** The system's clock, ms since 1970. */
  now: () => number;
  /** A clock that nobody can set, ms since any moment. */
  monotonic: () => number;
}

/**
 * Up to which moment nothing that was received is still to come (the watermark of the correlations), in ms since 1970.
 *
 * While events come, `received` of the newest decides, which is in the log: a replay judges the same windows before the same
 * events. While none comes, time passes by the system's clock, but never faster than by the clock that nobody can set: a
 * clock that jumps ahead ends no window early. One that jumps back stops it, as it stops `received`.
 */
export class StreamClock {
  readonly #options: StreamClockOptions;
  /** The moment on both clocks. */
  #moment: number;
  #at: number;

  constructor(options: StreamClockOptions) {
    this.#options = options;
    this.#moment = options.now();
    this.#at = options.monotonic();
  }

  /** The watermark before an event that was received then. */
  before(received: number): number {
    const estimate = this.#estimate();
    if (received > estimate) {
      this.#moment = received;
      this.#at = this.#options.monotonic();
    }
    return received - ABSENCE_DELAY_MS;
  }

  /** The watermark when all that is in the log was seen and nothing new comes. */
  still(): number {
    return Math.min(this.#options.now(), this.#estimate()) - ABSENCE_DELAY_MS - IN_FLIGHT_MS;
  }

  #estimate(): number {
    return this.#moment + this.#options.monotonic() - this.#at;
  }
}
