// SPDX-License-Identifier: Apache-2.0
import type { EntryValue } from "./aggregate.js";
import { Lane, type LaneShape } from "./lane.js";

/** What most groups hold: one entry of which nothing came. It takes a tenth of what a lane does. */
export interface Single {
  readonly time: number;
  readonly index: number;
  readonly value: EntryValue;
}

/** The state of one group-by combination in one correlation. */
export interface Group {
  readonly key: string;
  readonly values: readonly string[];
  /** Entries near the newest time seen for this group. */
  main: Lane | Single;
  /** Entries of a time that cannot share a window with `main`: a backfill beside live events, or what came before a long pause. */
  old: Lane | undefined;
  /** Stream time and sequence number of the last touch. */
  touchedTime: number;
  touchedSeq: number;
  entries: number;
  /** Windows that wait for their end. */
  waiting: number;
  /** Neighbours in the order of touching. */
  older: Group | undefined;
  newer: Group | undefined;
}

/** The groups of one correlation, in a map and in a list from the least to the most recently touched. */
export class GroupStore {
  readonly shape: LaneShape;
  /** Called before a group goes whose time is over: its windows are over, too. */
  onExpire: ((group: Group) => void) | undefined;
  readonly #groups = new Map<string, Group>();
  oldest: Group | undefined;
  #newest: Group | undefined;

  constructor(shape: LaneShape) {
    this.shape = shape;
  }

  get size(): number {
    return this.#groups.size;
  }

  get(key: string): Group | undefined {
    return this.#groups.get(key);
  }

  create(key: string, values: readonly string[]): Group {
    const group: Group = {
      key,
      values,
      main: new Lane(this.shape),
      old: undefined,
      touchedTime: Number.NEGATIVE_INFINITY,
      touchedSeq: 0,
      entries: 0,
      waiting: 0,
      older: undefined,
      newer: undefined,
    };
    this.#groups.set(key, group);
    this.#append(group);
    return group;
  }

  touch(group: Group, time: number, seq: number): void {
    group.touchedTime = time;
    group.touchedSeq = seq;
    if (this.#newest === group) return;
    this.#unlink(group);
    this.#append(group);
  }

  remove(group: Group): void {
    this.#groups.delete(group.key);
    this.#unlink(group);
  }

  #append(group: Group): void {
    group.older = this.#newest;
    group.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = group;
    this.#newest = group;
    this.oldest ??= group;
  }

  #unlink(group: Group): void {
    if (group.older !== undefined) group.older.newer = group.newer;
    else this.oldest = group.newer;
    if (group.newer !== undefined) group.newer.older = group.older;
    else this.#newest = group.older;
    group.older = undefined;
    group.newer = undefined;
  }

  /** From the least recently touched on. */
  *[Symbol.iterator](): Generator<Group> {
    for (let group = this.oldest; group !== undefined; group = group.newer) yield group;
  }
}

/**
 * The lane that an event of this time belongs to; makes or replaces one when the time is out of reach. `onLeave` is given a lane
 * that is about to be replaced.
 */
export function laneFor(group: Group, shape: LaneShape, time: number, onLeave?: (lane: Lane) => void): Lane {
  const main = unpacked(group.main, shape);
  group.main = main;
  if (main.size === 0) return main;
  if (time > main.newest + shape.keep) {
    if (group.old !== undefined) onLeave?.(group.old);
    group.old = main;
    group.main = new Lane(shape);
    return group.main;
  }
  if (time > main.newest - shape.keep) return main;
  if (group.old !== undefined && time > group.old.newest - shape.keep) return group.old;
  if (group.old !== undefined) onLeave?.(group.old);
  group.old = new Lane(shape);
  return group.old;
}

/** The lane that a single entry stands for. */
export function unpacked(main: Lane | Single, shape: LaneShape): Lane {
  if (main instanceof Lane) return main;
  const lane = new Lane(shape);
  lane.load([main.time], [main.index], [main.value]);
  return lane;
}

/** Keeps only the entry of a lane that holds nothing else. Nobody may use the lane afterwards. */
export function pack(group: Group): void {
  const { main } = group;
  if (!(main instanceof Lane) || main.size !== 1 || !main.isPlain) return;
  const [[time], [index], [value]] = main.save();
  group.main = { time: time as number, index: index as number, value: value as EntryValue };
}

/** Numbers held, for the limit over all groups. */
export function weightOf({ main, old }: Group): number {
  return (main instanceof Lane ? main.weight : 1) + (old?.weight ?? 0);
}

/** Windows that wait for their end. */
export function waitingOf({ main, old }: Group): number {
  return (main instanceof Lane ? (main.waiting?.size ?? 0) : 0) + (old?.waiting?.size ?? 0);
}

/** Windows given up since the last call. */
export function takeGivenUp({ main, old }: Group): number {
  let givenUp = 0;
  for (const lane of [main, old]) {
    if (!(lane instanceof Lane) || lane.waiting === undefined) continue;
    givenUp += lane.waiting.givenUp;
    lane.waiting.givenUp = 0;
    if (lane.waiting.size === 0) lane.waiting = undefined;
  }
  return givenUp;
}
