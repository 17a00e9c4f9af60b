// SPDX-License-Identifier: Apache-2.0
import { pack, weightOf, type Group, type GroupStore } from "./group-store.js";
import type { CorrelatorStats } from "./types.js";

export interface Limits {
  readonly maxKeys: number;
  readonly maxEntries: number;
  readonly lateness: number;
}

/** What the groups of all correlations share: stream time, the order of touching, the limits and their figures. */
export class CorrelatorState {
  readonly limits: Limits;
  /** The newest time of an event that some correlation counted. */
  streamTime = Number.NEGATIVE_INFINITY;
  sequence = 0;
  evictions = 0;
  #stores: GroupStore[] = [];
  #keys = 0;
  #entries = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  register(store: GroupStore): void {
    this.#stores.push(store);
  }

  advance(time: number): void {
    if (time > this.streamTime) this.streamTime = time;
  }

  /** Adopts the figures of another state; its stores must be registered anew. */
  replaceBy(other: CorrelatorState): void {
    this.streamTime = other.streamTime;
    this.sequence = other.sequence;
    this.evictions = other.evictions;
    this.#keys = other.#keys;
    this.#entries = other.#entries;
    this.#stores = [];
  }

  /** Call after a group was created, touched and filled; then forgets what is out of reach or above the limits. */
  settle(store: GroupStore, group: Group, created: boolean): void {
    if (created) this.#keys++;
    pack(group);
    const entries = weightOf(group);
    this.#entries += entries - group.entries;
    group.entries = entries;
    store.touch(group, this.streamTime, ++this.sequence);
    this.#expire(store);
    while (this.#keys > this.limits.maxKeys || (this.#entries > this.limits.maxEntries && this.#keys > 1))
      this.#evict();
  }

  /** A group untouched for so long that no event in time can share a window with its entries is dropped without being counted. */
  #expire(store: GroupStore): void {
    for (let group = store.oldest; group !== undefined; group = store.oldest) {
      if (group.touchedTime + store.shape.keep > this.streamTime) return;
      this.#drop(store, group);
    }
  }

  #evict(): void {
    let chosen: GroupStore | undefined;
    for (const store of this.#stores) {
      if (store.oldest === undefined) continue;
      if (chosen?.oldest === undefined || store.oldest.touchedSeq < chosen.oldest.touchedSeq) chosen = store;
    }
    if (chosen?.oldest === undefined) return;
    this.#drop(chosen, chosen.oldest);
    this.evictions++;
  }

  #drop(store: GroupStore, group: Group): void {
    store.remove(group);
    this.#keys--;
    this.#entries -= group.entries;
  }

  /** Counts a group that a snapshot brought back. */
  adopt(group: Group): void {
    pack(group);
    group.entries = weightOf(group);
    this.#keys++;
    this.#entries += group.entries;
  }

  stats(): CorrelatorStats {
    return { keys: this.#keys, entries: this.#entries, waiting: 0, evictions: this.evictions };
  }
}
