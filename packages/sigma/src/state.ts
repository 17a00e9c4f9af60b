// SPDX-License-Identifier: Apache-2.0
import type { Fired } from "./fired.js";
import { pack, takeGivenUp, waitingOf, weightOf, type Group, type GroupStore } from "./group-store.js";
import { Lane } from "./lane.js";
import { Timers } from "./timers.js";
import type { CorrelatorStats } from "./types.js";

export interface Limits {
  readonly maxKeys: number;
  readonly maxEntries: number;
  readonly lateness: number;
}

/** A window that was over and whose condition held. */
export interface Overdue {
  /** Position of the correlation. */
  readonly correlation: number;
  readonly fired: Fired;
  /** The end of the window in event time, and the moment of arrival from which it could be known. */
  readonly time: number;
  readonly arrival: number;
}

/** What the groups of all correlations share: stream time, the order of touching, the limits and their figures. */
export class CorrelatorState {
  readonly limits: Limits;
  /** The newest time of an event that some correlation counted. */
  streamTime = Number.NEGATIVE_INFINITY;
  sequence = 0;
  evictions = 0;
  givenUp = 0;
  /** Nothing that arrived up to this moment is still to come. */
  watermark = Number.NEGATIVE_INFINITY;
  timers = new Timers();
  /** What came true without an event, in order; whoever drives the correlations takes it. */
  readonly overdue: Overdue[] = [];
  #stores: GroupStore[] = [];
  #keys = 0;
  #entries = 0;
  #waiting = 0;

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
    this.givenUp = other.givenUp;
    this.watermark = other.watermark;
    this.timers = other.timers;
    this.#keys = other.#keys;
    this.#entries = other.#entries;
    this.#waiting = other.#waiting;
    this.#stores = [];
  }

  /** Call after a group was created, touched and filled; then forgets what is out of reach or above the limits. */
  settle(store: GroupStore, group: Group, created: boolean): void {
    if (created) this.#keys++;
    this.resize(group);
    store.touch(group, this.streamTime, ++this.sequence);
    this.#expire(store);
    while (this.#keys > this.limits.maxKeys || (this.#entries > this.limits.maxEntries && this.#keys > 1))
      this.#evict();
  }

  /** Call after the contents of a group changed. */
  resize(group: Group): void {
    this.givenUp += takeGivenUp(group);
    pack(group);
    const entries = weightOf(group);
    this.#entries += entries - group.entries;
    group.entries = entries;
    const waiting = waitingOf(group);
    this.#waiting += waiting - group.waiting;
    group.waiting = waiting;
  }

  /** A group untouched for so long that no event in time can share a window with its entries is dropped without being counted. */
  #expire(store: GroupStore): void {
    for (let group = store.oldest; group !== undefined; group = store.oldest) {
      if (group.touchedTime + store.shape.keep > this.streamTime) return;
      store.onExpire?.(group);
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
    this.#waiting -= group.waiting;
    for (const lane of [group.main, group.old]) if (lane instanceof Lane) this.timers.clear(lane);
  }

  /** Counts a group that a snapshot brought back. */
  adopt(group: Group): void {
    this.#keys++;
    this.resize(group);
  }

  stats(): CorrelatorStats {
    const { evictions, givenUp } = this;
    return { keys: this.#keys, entries: this.#entries, waiting: this.#waiting, evictions, givenUp };
  }
}
