// SPDX-License-Identifier: Apache-2.0
import type { Group } from "./group-store.js";
import type { Lane } from "./lane.js";

/** The first window of a lane that is not over. The fields but for the last two decide the order; no two are equal in all. */
export interface Timer {
  readonly deadline: number;
  readonly index: number;
  /** Position of the correlation. */
  readonly correlation: number;
  readonly key: string;
  readonly group: Group;
  readonly lane: Lane;
}

/** Stale timers kept before they are swept. */
const SPARE = 1_024;

/** Timers by deadline: a binary heap. A lane has one at most; setting another or clearing it leaves a stale one behind for later. */
export class Timers {
  #heap: Timer[] = [];
  #live = 0;

  set(timer: Timer): void {
    if (timer.lane.timer === undefined) this.#live++;
    timer.lane.timer = timer;
    this.#heap.push(timer);
    this.#rise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#live + SPARE) this.#sweep();
  }

  clear(lane: Lane): void {
    if (lane.timer === undefined) return;
    lane.timer = undefined;
    this.#live--;
  }

  /** Takes the earliest timer whose deadline is reached. */
  takeUntil(time: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.deadline <= time; first = this.#heap[0]) {
      this.#removeFirst();
      if (first.lane.timer !== first) continue;
      this.clear(first.lane);
      return first;
    }
    return undefined;
  }

  #sweep(): void {
    const live = this.#heap.filter((timer) => timer.lane.timer === timer);
    this.#heap = live.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [this.#heap[child], this.#heap[child + 1]];
      if (left === undefined) return;
      if (right !== undefined && isBefore(right, left)) child++;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const [a, b] = [this.#heap[lower] as Timer, this.#heap[upper] as Timer];
    if (!isBefore(a, b)) return false;
    this.#heap[lower] = b;
    this.#heap[upper] = a;
    return true;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  if (a.deadline !== b.deadline) return a.deadline < b.deadline;
  if (a.index !== b.index) return a.index < b.index;
  if (a.correlation !== b.correlation) return a.correlation < b.correlation;
  return a.key < b.key;
}
