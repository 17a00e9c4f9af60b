// SPDX-License-Identifier: Apache-2.0

/** The last `limit` of what was seen. */
export class Newest {
  #indices: number[] = [];
  readonly #limit: number;
  limited = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(index: number): void {
    this.#indices.push(index);
    if (this.#indices.length > 2 * this.#limit) this.#cut();
  }

  #cut(): void {
    if (this.#indices.length <= this.#limit) return;
    this.#indices = this.#indices.slice(-this.#limit);
    this.limited = true;
  }

  get all(): number[] {
    this.#cut();
    return this.#indices;
  }
}
