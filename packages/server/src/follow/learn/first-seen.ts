// SPDX-License-Identifier: Apache-2.0
import { DIMENSIONS, type Dimension } from "./facts.js";

/** One value that a user has shown: hour of the first and the last time, number of events. */
export interface Sighting {
  first: number;
  last: number;
  count: number;
}

/** How many values of a kind are remembered of one user; the one not seen for longest goes first. */
const MOST: Readonly<Record<Dimension, number>> = { country: 24, network: 48, agent: 16, action: 96 };

/** What values each user has shown, and who else has. One object a user. */
export class Seen {
  readonly #maps: Record<Dimension, Map<string, Sighting>> = {
    country: new Map(),
    network: new Map(),
    agent: new Map(),
    action: new Map(),
  };

  /** The sighting, unless it is older than `expiry` hours. */
  find(dimension: Dimension, value: string, hour: number, expiry: number): Sighting | undefined {
    const known = this.#maps[dimension].get(value);
    return known === undefined || hour - known.last > expiry ? undefined : known;
  }

  of(dimension: Dimension): ReadonlyMap<string, Sighting> {
    return this.#maps[dimension];
  }

  /**
   * Remembers a sighting. Returns what it forgot for it, and whether the value was not there before: what others count
   * by it changes with both.
   */
  add(
    dimension: Dimension,
    value: string,
    hour: number,
    expiry: number,
  ): { added: boolean; forgotten: string | undefined } {
    const map = this.#maps[dimension];
    const known = map.get(value);
    if (known !== undefined) {
      if (hour - known.last > expiry) {
        known.first = hour;
        known.count = 0;
      }
      known.count++;
      if (hour > known.last) known.last = hour;
      return UNCHANGED;
    }
    map.set(value, { first: hour, last: hour, count: 1 });
    return { added: true, forgotten: map.size > MOST[dimension] ? this.#forgetOldest(map) : undefined };
  }

  #forgetOldest(map: Map<string, Sighting>): string | undefined {
    let oldest: string | undefined;
    let last = Number.POSITIVE_INFINITY;
    for (const [value, sighting] of map) {
      if (sighting.last >= last) continue;
      oldest = value;
      last = sighting.last;
    }
    if (oldest !== undefined) map.delete(oldest);
    return oldest;
  }

  /** For a snapshot. */
  toJSON(): [string, number, number, number][][] {
    return DIMENSIONS.map((each) =>
      [...this.#maps[each]].map(([value, { first, last, count }]) => [value, first, last, count]),
    );
  }

  static from(saved: readonly (readonly [string, number, number, number][])[]): Seen {
    const seen = new Seen();
    for (const [i, dimension] of DIMENSIONS.entries())
      for (const [value, first, last, count] of saved[i] ?? [])
        seen.#maps[dimension].set(value, { first, last, count });
    return seen;
  }
}

const UNCHANGED = Object.freeze({ added: false, forgotten: undefined });

/**
 * How many users have shown a value: in all, and among those with the same role. Only users past their grace are
 * counted, so that invented accounts cannot make an attacker's country usual. It holds no more than their memories do.
 */
export class Popularity {
  readonly #counts = new Map<string, number>();

  /** Users past their grace; with a role, those who hold it. */
  users(tenant: string, role?: string): number {
    return this.#counts.get(groupKey(tenant, role)) ?? 0;
  }

  with(tenant: string, role: string | undefined, dimension: Dimension, value: string): number {
    return this.#counts.get(valueKey(tenant, role, dimension, value)) ?? 0;
  }

  addUser(tenant: string, role: string, by: 1 | -1): void {
    this.#add(groupKey(tenant, undefined), by);
    this.#add(groupKey(tenant, role), by);
  }

  addValue(tenant: string, role: string, dimension: Dimension, value: string, by: 1 | -1): void {
    this.#add(valueKey(tenant, undefined, dimension, value), by);
    this.#add(valueKey(tenant, role, dimension, value), by);
  }

  #add(key: string, by: 1 | -1): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count <= 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

function groupKey(tenant: string, role: string | undefined): string {
  return JSON.stringify([tenant, role ?? null]);
}

function valueKey(tenant: string, role: string | undefined, dimension: Dimension, value: string): string {
  return JSON.stringify([tenant, role ?? null, dimension, value]);
}
