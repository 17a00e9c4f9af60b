// SPDX-License-Identifier: Apache-2.0

/** A step back of the system's clock larger than this is reported. */
export const REPORTED_STEP_MS = 2000;

/**
 * The one place that `received` comes from. It never runs backwards: when the system's clock does, the last value
 * is given again until the clock has caught up, and a large step is reported once.
 */
export class ReceivedClock {
  readonly #now: () => number;
  readonly #onStep: (backMs: number) => void;
  #last: number;
  #text = "";
  #reported = false;

  constructor(now: () => number, last: number, onStep: (backMs: number) => void) {
    this.#now = now;
    this.#last = last;
    this.#onStep = onStep;
  }

  /** RFC 3339 UTC with milliseconds. */
  stamp(): string {
    const now = this.#now();
    if (now > this.#last || this.#text === "") {
      this.#last = Math.max(now, this.#last);
      this.#text = new Date(this.#last).toISOString();
      this.#reported = false;
    } else if (this.#last - now > REPORTED_STEP_MS && !this.#reported) {
      this.#reported = true;
      this.#onStep(this.#last - now);
    }
    return this.#text;
  }
}
