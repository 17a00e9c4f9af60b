// SPDX-License-Identifier: Apache-2.0

/** A small seeded generator (mulberry32): the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  /** Index in [0, n) with the weight of rank k about 1/(k+1): few are frequent, many are rare. */
  skewed(n: number): number {
    return Math.min(n - 1, Math.floor(n ** this.next()) - 1);
  }
  hex(digits: number): string {
    let text = "";
    for (let i = 0; i < digits; i++) text += this.below(16).toString(16);
    return text;
  }
}
