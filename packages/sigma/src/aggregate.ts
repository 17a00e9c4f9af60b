// SPDX-License-Identifier: Apache-2.0
import { holds } from "./bounds.js";
import { ExactSum } from "./exact-sum.js";
import { evaluateRules } from "./rule-condition.js";
import type { Bound, RuleCondition, SigmaCorrelation } from "./types.js";
import { ExtendedAggregate, type Contributions } from "./extended-aggregate.js";

/**
 * What one entry of a window is: a counted value, a number, the position of the rule in a temporal correlation, what it
 * contributes to each aggregate; 0 for plain events.
 */
export type EntryValue = string | number | Contributions;

/** One figure over the entries of a window, kept up to date as they come and go, and whether the condition holds. */
export interface Aggregate {
  /** What the condition compares; 0 when there is nothing. */
  readonly value: number;
  add(value: EntryValue): void;
  /** Takes out what `add` took in. */
  remove(value: EntryValue): void;
  clear(): void;
  holds(): boolean;
}

/** How the aggregates of one correlation are made. */
export function aggregateFactory(document: SigmaCorrelation): () => Aggregate {
  const { type, bounds, condition, percentile, telltale } = document;
  switch (type) {
    case "event_count":
      return telltale === undefined
        ? () => new CountAggregate(bounds)
        : () => new ExtendedAggregate(bounds, telltale);
    case "value_sum":
      return () => new SumAggregate(bounds, false);
    case "value_avg":
      return () => new SumAggregate(bounds, true);
    case "value_percentile":
      return () => new PercentileAggregate(bounds, percentile ?? 50);
    case "value_median":
      return () => new PercentileAggregate(bounds, 50);
    default:
      return () => new DistinctAggregate(bounds, condition);
  }
}

class CountAggregate implements Aggregate {
  readonly #bounds: readonly Bound[];
  value = 0;

  constructor(bounds: readonly Bound[]) {
    this.#bounds = bounds;
  }

  add(): void {
    this.value++;
  }

  remove(): void {
    this.value--;
  }

  clear(): void {
    this.value = 0;
  }

  holds(): boolean {
    return holds(this.#bounds, this.value);
  }
}

/** How many different values there are; for rules also which. */
class DistinctAggregate implements Aggregate {
  readonly #bounds: readonly Bound[];
  readonly #condition: RuleCondition | undefined;
  readonly #counts = new Map<EntryValue, number>();

  constructor(bounds: readonly Bound[], condition: RuleCondition | undefined) {
    this.#bounds = bounds;
    this.#condition = condition;
  }

  get value(): number {
    return this.#counts.size;
  }

  add(value: EntryValue): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  remove(value: EntryValue): void {
    const count = this.#counts.get(value) ?? 1;
    if (count === 1) this.#counts.delete(value);
    else this.#counts.set(value, count - 1);
  }

  clear(): void {
    this.#counts.clear();
  }

  holds(): boolean {
    if (this.#condition === undefined) return holds(this.#bounds, this.#counts.size);
    return evaluateRules(this.#condition, (rule) => this.#counts.has(rule));
  }
}

/** Sum or average. Exact: see ExactSum. */
class SumAggregate implements Aggregate {
  readonly #bounds: readonly Bound[];
  readonly #average: boolean;
  readonly #sum = new ExactSum();
  #count = 0;

  constructor(bounds: readonly Bound[], average: boolean) {
    this.#bounds = bounds;
    this.#average = average;
  }

  get value(): number {
    const sum = this.#sum.value;
    return this.#average && this.#count > 0 ? sum / this.#count : sum;
  }

  add(value: EntryValue): void {
    this.#sum.add(value as number);
    this.#count++;
  }

  remove(value: EntryValue): void {
    this.#sum.add(-(value as number));
    this.#count--;
  }

  clear(): void {
    this.#sum.clear();
    this.#count = 0;
  }

  holds(): boolean {
    return this.#count > 0 && holds(this.#bounds, this.value);
  }
}

/** A percentile with linear interpolation between the two neighbouring values, as PERCENTILE_CONT in SQL. */
class PercentileAggregate implements Aggregate {
  readonly #bounds: readonly Bound[];
  readonly #percentile: number;
  /** Ascending. Windows are small (see Lane), so moving numbers in one block is faster than any tree. */
  readonly #sorted: number[] = [];

  constructor(bounds: readonly Bound[], percentile: number) {
    this.#bounds = bounds;
    this.#percentile = percentile;
  }

  get value(): number {
    return percentileOf(this.#sorted, this.#percentile);
  }

  add(value: EntryValue): void {
    this.#sorted.splice(this.#find(value as number), 0, value as number);
  }

  remove(value: EntryValue): void {
    this.#sorted.splice(this.#find(value as number), 1);
  }

  clear(): void {
    this.#sorted.length = 0;
  }

  holds(): boolean {
    return this.#sorted.length > 0 && holds(this.#bounds, this.value);
  }

  /** First position whose number is not below the value. */
  #find(value: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Of an ascending list; 0 of an empty one. */
export function percentileOf(sorted: readonly number[], percentile: number): number {
  const at = ((sorted.length - 1) * percentile) / 100;
  const below = Math.floor(at);
  const low = sorted[below] ?? 0;
  const high = sorted[below + 1];
  return high === undefined ? low : low + (high - low) * (at - below);
}

/** For lanes whose windows are judged at their end, from the entries. */
export const NO_AGGREGATE: Aggregate = Object.freeze({
  value: 0,
  add: () => undefined,
  remove: () => undefined,
  clear: () => undefined,
  holds: () => false,
});
