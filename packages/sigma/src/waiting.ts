// SPDX-License-Identifier: Apache-2.0

/** An event that opened a window, and the moment from which it can be judged. */
export interface Opener {
  readonly time: number;
  readonly index: number;
  /** On the clock of arrival: when the watermark has reached it, all that belongs into the window has come. */
  readonly deadline: number;
}

export type SavedWaiting = [times: number[], indices: number[], deadlines: number[]];

/**
 * The windows of one lane that are not over, in the order in which their events came. None is judged before one that came
 * earlier, so that findings of one group come in the order of their triggers.
 */
export class Waiting {
  #times: number[] = [];
  #indices: number[] = [];
  #deadlines: number[] = [];
  #head = 0;
  /** Windows given up because the group was flooded, not told yet. */
  givenUp = 0;

  get size(): number {
    return this.#times.length - this.#head;
  }

  get first(): Opener | undefined {
    const time = this.#times[this.#head];
    if (time === undefined) return undefined;
    return {
      time,
      index: this.#indices[this.#head] as number,
      deadline: this.#deadlines[this.#head] as number,
    };
  }

  push({ time, index, deadline }: Opener): void {
    this.#times.push(time);
    this.#indices.push(index);
    this.#deadlines.push(Math.max(deadline, this.#deadlines.at(-1) ?? deadline));
  }

  shift(): void {
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#times.length) this.#keep(() => true);
  }

  /** Gives up the windows of events up to a time: what they need is no longer known. */
  giveUpUntil(time: number): void {
    const before = this.size;
    this.#keep((position) => (this.#times[position] as number) > time);
    this.givenUp += before - this.size;
  }

  #keep(isKept: (position: number) => boolean): void {
    const positions: number[] = [];
    for (let i = this.#head; i < this.#times.length; i++) if (isKept(i)) positions.push(i);
    this.#times = positions.map((position) => this.#times[position] as number);
    this.#indices = positions.map((position) => this.#indices[position] as number);
    this.#deadlines = positions.map((position) => this.#deadlines[position] as number);
    this.#head = 0;
  }

  save(): SavedWaiting {
    return [
      this.#times.slice(this.#head),
      this.#indices.slice(this.#head),
      this.#deadlines.slice(this.#head),
    ];
  }

  static load([times, indices, deadlines]: SavedWaiting): Waiting {
    const waiting = new Waiting();
    waiting.#times = times;
    waiting.#indices = indices;
    waiting.#deadlines = deadlines;
    return waiting;
  }
}
