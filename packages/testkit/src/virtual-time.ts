// SPDX-License-Identifier: Apache-2.0

interface Timer {
  due: number;
  run: () => void;
}

/**
 * Timers that fire when a test says so, so that a seed gives the same run again. Takes the place of the global `setTimeout`,
 * `clearTimeout` and `performance.now` until it is disposed of; timers inside Node, of sockets for one, are not touched.
 */
export class VirtualTime {
  #now = 1000;
  readonly #timers = new Set<Timer>();
  readonly #restore: () => void;

  constructor() {
    const { setTimeout, clearTimeout, performance } = globalThis;
    const now = performance.now.bind(performance);
    const set = (run: () => void, ms = 0): unknown => {
      const timer = { due: this.#now + ms, run };
      this.#timers.add(timer);
      return Object.assign(timer, { ref: () => timer, unref: () => timer, hasRef: () => false });
    };
    globalThis.setTimeout = set as typeof setTimeout;
    globalThis.clearTimeout = ((timer: Timer | undefined) => {
      if (timer !== undefined) this.#timers.delete(timer);
    }) as typeof clearTimeout;
    performance.now = () => this.#now;
    this.#restore = () => {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      performance.now = now;
    };
  }

  /** Let time pass: what is due runs, in the order of its time. */
  advance(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter((timer) => timer.due <= this.#now).sort((a, b) => a.due - b.due);
    for (const timer of due) {
      if (this.#timers.delete(timer)) timer.run();
    }
  }

  dispose(): void {
    this.#restore();
  }
}
