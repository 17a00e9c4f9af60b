// SPDX-License-Identifier: Apache-2.0

/** Which events a group has reported, so that none is reported twice. Bounded: of old ones only a border is known. */
export class Counted {
  readonly #most: number;
  /** Events up to this index are taken for reported. */
  #border: number;
  readonly #indices: Set<number>;

  /** `most`: indices known one by one, above the border; 0 where events are reported in the order of their indices. */
  constructor(most: number, border = -1, indices: readonly number[] = []) {
    this.#most = most;
    this.#border = border;
    this.#indices = new Set(indices);
  }

  /** Indices held. */
  get size(): number {
    return this.#indices.size;
  }

  /** Takes in indices, ascending, and returns how many of them are new. */
  add(indices: readonly number[]): number {
    let added = 0;
    for (const index of indices) {
      if (index <= this.#border || this.#indices.has(index)) continue;
      added++;
      if (this.#most === 0) this.#border = index;
      else this.#indices.add(index);
    }
    for (const oldest of this.#indices) {
      if (this.#indices.size <= this.#most) break;
      this.#indices.delete(oldest);
      this.#border = Math.max(this.#border, oldest);
    }
    return added;
  }

  save(): [border: number, indices: number[]] {
    return [this.#border, [...this.#indices]];
  }
}
