// SPDX-License-Identifier: Apache-2.0
import type { Aggregate, EntryValue } from "./aggregate.js";
import { holds } from "./bounds.js";
import { ExactSum } from "./exact-sum.js";
import type { Bound, CorrelationExtension, WindowAggregate } from "./types.js";

/** What one event contributes to each aggregate: nothing (null), an amount, or its values. */
export type Contributions = readonly (null | number | readonly string[])[];

/** The figures of `telltale.aggregates`, each O(1) an event and value, beside the count of events. */
export class ExtendedAggregate implements Aggregate {
  readonly #bounds: readonly Bound[];
  readonly #extension: CorrelationExtension;
  readonly #figures: readonly Figure[];
  value = 0;

  constructor(bounds: readonly Bound[], extension: CorrelationExtension) {
    this.#bounds = bounds;
    this.#extension = extension;
    this.#figures = extension.aggregates.map((aggregate) =>
      aggregate.kind === "sum" || aggregate.kind === "count" ? new Total() : new Tally(aggregate),
    );
  }

  add(value: EntryValue): void {
    this.value++;
    this.#change(value as Contributions, 1);
  }

  remove(value: EntryValue): void {
    this.value--;
    this.#change(value as Contributions, -1);
  }

  #change(contributions: Contributions, sign: 1 | -1): void {
    for (let i = 0; i < this.#figures.length; i++) {
      const contribution = contributions[i];
      if (contribution !== null && contribution !== undefined)
        (this.#figures[i] as Figure).change(contribution, sign);
    }
  }

  clear(): void {
    this.value = 0;
    for (const figure of this.#figures) figure.clear();
  }

  holds(): boolean {
    if (!holds(this.#bounds, this.value)) return false;
    for (const { aggregate, of, bounds } of this.#extension.where) {
      const value = this.#figures[aggregate]?.value ?? 0;
      if (of === undefined) {
        if (!holds(bounds, value)) return false;
        continue;
      }
      const divisor = this.#figures[of]?.value ?? 0;
      if (divisor === 0 || !holds(bounds, value / divisor)) return false;
    }
    return true;
  }

  /** What the aggregates are, in the written order: for explanations. */
  get figures(): readonly number[] {
    return this.#figures.map(({ value }) => value);
  }
}

interface Figure {
  readonly value: number;
  change(contribution: number | readonly string[], sign: 1 | -1): void;
  clear(): void;
}

class Total implements Figure {
  readonly #sum = new ExactSum();

  get value(): number {
    return this.#sum.value;
  }

  change(contribution: number | readonly string[], sign: 1 | -1): void {
    this.#sum.add(sign * (contribution as number));
  }

  clear(): void {
    this.#sum.clear();
  }
}

/** `distinct` and `most`: how many events each value has, how many values fit `each`, and the highest of the numbers. */
class Tally implements Figure {
  readonly #aggregate: WindowAggregate;
  readonly #events = new Map<string, number>();
  /** How many values have exactly so many events; only for `most`. */
  readonly #values = new Map<number, number>();
  #fitting = 0;
  #most = 0;

  constructor(aggregate: WindowAggregate) {
    this.#aggregate = aggregate;
  }

  get value(): number {
    return this.#aggregate.kind === "most" ? this.#most : this.#fitting;
  }

  change(contribution: number | readonly string[], sign: 1 | -1): void {
    for (const value of contribution as readonly string[]) {
      const before = this.#events.get(value) ?? 0;
      const after = before + sign;
      if (after <= 0) this.#events.delete(value);
      else this.#events.set(value, after);
      if (this.#aggregate.kind === "most") this.#move(before, after);
      else this.#fitting += Number(this.#fits(after)) - Number(this.#fits(before));
    }
  }

  #fits(events: number): boolean {
    return events > 0 && holds(this.#aggregate.each, events);
  }

  /** The highest number changes by one at a time, so a look at its neighbour is enough. */
  #move(before: number, after: number): void {
    if (before > 0) {
      const left = (this.#values.get(before) ?? 1) - 1;
      if (left === 0) this.#values.delete(before);
      else this.#values.set(before, left);
    }
    if (after > 0) this.#values.set(after, (this.#values.get(after) ?? 0) + 1);
    if (after > this.#most) this.#most = after;
    else if (before === this.#most && !this.#values.has(before)) this.#most = Math.max(0, after);
  }

  clear(): void {
    this.#events.clear();
    this.#values.clear();
    this.#fitting = 0;
    this.#most = 0;
  }
}
