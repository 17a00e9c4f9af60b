// SPDX-License-Identifier: Apache-2.0
import { behindOf, type Absence } from "./absence.js";
import type { Aggregate, EntryValue } from "./aggregate.js";
import { holds } from "./bounds.js";
import { Counted } from "./counted.js";
import type { Episode } from "./episode.js";
import type { Timer } from "./timers.js";
import type { Bound, CorrelationType } from "./types.js";
import type { Waiting } from "./waiting.js";
import { WindowSketch, type SavedSketch } from "./window-sketch.js";

/** What a lane needs to know about its correlation. */
export interface LaneShape {
  readonly type: CorrelationType;
  /** Window length in ms. */
  readonly span: number;
  /** How late an entry may come, in ms. */
  readonly lateness: number;
  /** How far behind the newest entry entries are kept: what any window may need, and the allowed lateness. */
  readonly keep: number;
  /** Rules of a temporal correlation. */
  readonly roles: number;
  /** Entries kept before the oldest are thinned out; at least twice the largest threshold plus one. */
  readonly limit: number;
  readonly bounds: readonly Bound[];
  /** Whether a late event asks for a window in which the condition holds, not for the fullest one. */
  readonly seeksTruth: boolean;
  readonly newAggregate: () => Aggregate;
  /** Where windows are judged at their end: how. */
  readonly absence: Absence | undefined;
}

/** What happened in a group that a later correlation will want to show: the firing of a referenced correlation. */
export interface Carried {
  readonly count: number;
  readonly firstTime: number;
  readonly evidence: readonly number[];
  /** Its newest events, ascending; at most REMEMBERED. */
  readonly recent: readonly number[];
}

/** Events known by index where several rules may bring the same ones. */
export const REMEMBERED = 1_024;

/** The window that decided, as positions in the lane, and its aggregate. */
export interface Judged {
  readonly value: number;
  /** Whether the condition holds in it. */
  readonly holds: boolean;
  readonly from: number;
  readonly to: number;
  /** False when no window was found to judge: for temporal_ordered, that the order is not complete with this event in it. */
  readonly complete: boolean;
}

/** Shared by all empty lanes and never written to: the first entry brings lists of its own. */
const NOTHING: never[] = [];
/** Lists shorter than this have no room to grow. */
const SHORT = 6;

/**
 * The entries of one group, sorted by time and then by log index, and the right-closed window (newest − span, newest] over
 * them. An entry in order costs O(1) amortised; a late one costs one pass over the lane, which `limit` bounds.
 */
export class Lane {
  readonly #shape: LaneShape;
  #times: number[] = NOTHING;
  #indices: number[] = NOTHING;
  #values: EntryValue[] = NOTHING;
  /** Entries before this position are out of reach. */
  #head = 0;
  /** First entry of the newest window. */
  #left = 0;
  /** Of the newest window. */
  readonly #aggregate: Aggregate;
  /** Of a flooded group: all its values, where the entries are only the newest of them. */
  #sketch: { readonly values: WindowSketch; forgottenUntil: number } | undefined;
  /** Events whose windows are not over, and when the first of them will be. */
  waiting: Waiting | undefined;
  timer: Timer | undefined;
  episode: Episode | undefined;
  carried: Map<number, Carried> | undefined;
  /** What its episodes have reported; absent before the first. */
  counted: Counted | undefined;

  constructor(shape: LaneShape) {
    this.#shape = shape;
    this.#aggregate = shape.newAggregate();
  }

  get size(): number {
    return this.#times.length - this.#head;
  }

  /** Whether there is nothing but the entries. */
  get isPlain(): boolean {
    return (
      this.episode === undefined &&
      this.carried === undefined &&
      this.counted === undefined &&
      this.waiting === undefined &&
      this.#sketch === undefined
    );
  }

  /** Numbers held, for the limit over all groups. */
  get weight(): number {
    let weight =
      this.size + (this.counted?.size ?? 0) + (this.waiting?.size ?? 0) + (this.#sketch?.values.size ?? 0);
    if (this.carried !== undefined) for (const { recent } of this.carried.values()) weight += recent.length;
    return weight;
  }

  get newest(): number {
    return this.#times.at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  indexAt(position: number): number {
    return this.#indices[position] as number;
  }

  timeAt(position: number): number {
    return this.#times[position] as number;
  }

  valueAt(position: number): EntryValue {
    return this.#values[position] as EntryValue;
  }

  /** Takes in one event with its values and judges the fullest window that contains it. */
  add(time: number, index: number, values: readonly EntryValue[]): Judged {
    const inOrder = this.put(time, index, values);
    if (this.#shape.type === "temporal_ordered") return this.#judgeOrder(time, index, values);
    if (!inOrder) return this.#fullest(time);
    const estimate = this.#estimate();
    return {
      value: estimate ?? this.#aggregate.value,
      holds: estimate === undefined ? this.#aggregate.holds() : holds(this.#shape.bounds, estimate),
      from: this.#left,
      to: this.#times.length,
      complete: true,
    };
  }

  /** Different values of the newest window where some of them were thinned out; undefined: the entries say it exactly. */
  #estimate(): number | undefined {
    const after = this.newest - this.#shape.span;
    if (this.#sketch === undefined || this.#sketch.forgottenUntil <= after) return undefined;
    return Math.max(this.#aggregate.value, this.#sketch.values.estimate(after));
  }

  /** Takes in one event with its values. True when it is the newest. */
  put(time: number, index: number, values: readonly EntryValue[]): boolean {
    let inOrder = true;
    for (const value of values) {
      if (!this.#insert(time, index, value)) inOrder = false;
      this.#sketch?.values.add(value as string, time);
    }
    if (inOrder) this.#slide();
    else this.#recount();
    this.#dropOld();
    this.#thin();
    return inOrder;
  }

  /** Position of the first entry at `time` or later. */
  positionAt(time: number): number {
    let low = this.#head;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Position of the first entry later than `time`. */
  positionAfter(time: number): number {
    let low = this.#head;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** True when the entry became the last one. Equal times are ordered by log index. */
  #insert(time: number, index: number, value: EntryValue): boolean {
    let at = this.#times.length;
    while (at > this.#head && this.#isAfter(at - 1, time, index)) at--;
    if (at === this.#times.length) {
      this.#append(time, index, value);
      this.#aggregate.add(value);
      return true;
    }
    this.#times.splice(at, 0, time);
    this.#indices.splice(at, 0, index);
    this.#values.splice(at, 0, value);
    return false;
  }

  #append(time: number, index: number, value: EntryValue): void {
    if (this.#times.length < SHORT) {
      // Most groups see few events: a list that grew by one push has room for seventeen.
      this.#times = this.#times.concat(time);
      this.#indices = this.#indices.concat(index);
      // A value may be a list itself, which concat would take apart.
      this.#values = this.#values.concat([value]);
      return;
    }
    this.#times.push(time);
    this.#indices.push(index);
    this.#values.push(value);
  }

  #isAfter(position: number, time: number, index: number): boolean {
    const other = this.#times[position] as number;
    return other > time || (other === time && (this.#indices[position] as number) > index);
  }

  /** Moves both edges after the newest time has grown. */
  #slide(): void {
    const edge = this.newest - this.#shape.span;
    while (this.#left < this.#times.length && (this.#times[this.#left] as number) <= edge) {
      this.#aggregate.remove(this.#values[this.#left] as EntryValue);
      this.#left++;
    }
  }

  #dropOld(): void {
    const reach = this.newest - this.#shape.keep;
    while ((this.#times[this.#head] as number) <= reach) this.#head++;
    if (this.#sketch !== undefined && this.#sketch.forgottenUntil <= reach) this.#sketch = undefined;
    if (this.#head > 256 && this.#head * 2 > this.#times.length) this.#rebuild(this.#head, () => true);
  }

  #rebuild(from: number, keeps: (position: number) => boolean): void {
    const times: number[] = [];
    const indices: number[] = [];
    const values: EntryValue[] = [];
    for (let i = from; i < this.#times.length; i++) {
      if (!keeps(i)) continue;
      times.push(this.#times[i] as number);
      indices.push(this.#indices[i] as number);
      values.push(this.#values[i] as EntryValue);
    }
    this.#times = times;
    this.#indices = indices;
    this.#values = values;
    this.#head = 0;
    this.#recount();
  }

  /** Works out the newest window from the entries. */
  #recount(): void {
    const edge = this.newest - this.#shape.span;
    this.#aggregate.clear();
    this.#left = this.#times.length;
    while (this.#left > this.#head && (this.#times[this.#left - 1] as number) > edge) {
      this.#left--;
      this.#aggregate.add(this.#values[this.#left] as EntryValue);
    }
  }

  /**
   * Keeps a flooded group small. Of equal values only the newest is needed for a count of different values, of a run of one
   * rule only its last for an order; beyond half the limit the oldest go. Half the limit is above every threshold, so the
   * condition stays exact for events in order, and only the reported value saturates. A sum loses nothing: old neighbours
   * become one entry. Averages and percentiles are then those of the newest values.
   */
  #thin(): void {
    if (this.size <= this.#shape.limit) return;
    const { type, absence } = this.#shape;
    if (type === "value_sum" && absence === undefined) {
      this.#merge();
      return;
    }
    if (absence !== undefined) {
      const known = this.timeAt(this.#times.length - this.#most);
      // Entries of that very time may be among those that go.
      this.waiting?.giveUpUntil(known + behindOf(absence, this.#shape.span));
    } else if (type === "value_count" || type === "temporal") {
      const newest = new Map<EntryValue, number>();
      for (let i = this.#head; i < this.#times.length; i++) newest.set(this.#values[i] as EntryValue, i);
      this.#rebuild(this.#head, (i) => newest.get(this.#values[i] as EntryValue) === i);
    } else if (type === "temporal_ordered") {
      const values = this.#values;
      this.#rebuild(this.#head, (i) => values[i] !== values[i + 1]);
    }
    if (this.size <= this.#most) return;
    if (type === "value_count" && absence === undefined) this.#startSketch();
    this.#rebuild(this.#times.length - this.#most, () => true);
  }

  /** More different values than are kept: from now on all are in a sketch as well. */
  #startSketch(): void {
    const forgottenUntil = this.timeAt(this.#times.length - this.#most - 1);
    if (this.#sketch !== undefined) {
      this.#sketch.forgottenUntil = forgottenUntil;
      return;
    }
    const values = new WindowSketch(this.#shape.keep);
    for (let i = this.#head; i < this.#times.length; i++)
      values.add(this.#values[i] as string, this.#times[i] as number);
    this.#sketch = { values, forgottenUntil };
  }

  saveSketch(): [forgottenUntil: number, values: SavedSketch] | null {
    return this.#sketch === undefined ? null : [this.#sketch.forgottenUntil, this.#sketch.values.save()];
  }

  loadSketch(forgottenUntil: number, values: SavedSketch): void {
    this.#sketch = { values: new WindowSketch(this.#shape.keep, values), forgottenUntil };
  }

  get #most(): number {
    return Math.floor(this.#shape.limit / 2);
  }

  /** Joins pairs in the older half: the time of the newer, the sum of both. */
  #merge(): void {
    const from = this.#head;
    const joined = from + 2 * Math.floor(this.size / 4);
    for (let i = from; i < joined; i += 2)
      this.#values[i + 1] = (this.#values[i] as number) + (this.#values[i + 1] as number);
    this.#rebuild(from, (i) => i >= joined || (i - from) % 2 === 1);
  }

  /**
   * For a late event: of the windows that contain it and end at an entry, the one with the highest aggregate (the latest of
   * equals); where truth is sought, the latest in which the condition holds.
   */
  #fullest(time: number): Judged {
    const { span, seeksTruth } = this.#shape;
    const aggregate = this.#shape.newAggregate();
    let best: Judged | undefined;
    let from = this.positionAfter(time - span);
    for (let i = from; i < this.#times.length; i++) {
      const end = this.#times[i] as number;
      if (end >= time + span) break;
      aggregate.add(this.#values[i] as EntryValue);
      while ((this.#times[from] as number) <= end - span)
        aggregate.remove(this.#values[from++] as EntryValue);
      if (end < time || this.#times[i + 1] === end) continue;
      const { value } = aggregate;
      const holds = aggregate.holds();
      const isBetter = seeksTruth ? holds || best?.holds !== true : value >= (best?.value ?? 0);
      if (isBetter) best = { value, holds, from, to: i + 1, complete: true };
    }
    return best ?? { value: 0, holds: false, from: 0, to: 0, complete: false };
  }

  /** Whether some chain of different events, one per rule in the written order, runs through this event and is shorter than the window. */
  #judgeOrder(time: number, index: number, values: readonly EntryValue[]): Judged {
    const { roles, span } = this.#shape;
    let first = this.#times.length;
    while (first > this.#head && !(this.#times[first - 1] === time && this.#indices[first - 1] === index))
      first--;
    let at = first;
    while (at > this.#head && this.#times[at - 1] === time && this.#indices[at - 1] === index) at--;
    for (const role of values as readonly number[]) {
      const from = this.#chainBack(at, time - span, role);
      const to = from === undefined ? undefined : this.#chainForward(first, time + span, role);
      if (from === undefined || to === undefined) continue;
      const start = from < at ? (this.#times[from] as number) : time;
      const end = to > first ? (this.#times[to - 1] as number) : time;
      if (end - start < span) return { value: roles, holds: true, from, to, complete: true };
    }
    return { value: 0, holds: false, from: at, to: first, complete: false };
  }

  /** Position where the latest chain of the rules before `role` starts, or undefined. */
  #chainBack(at: number, edge: number, role: number): number | undefined {
    let need = role - 1;
    let used = -1;
    let position = at;
    while (need >= 0) {
      position--;
      if (position < this.#head || (this.#times[position] as number) <= edge) return undefined;
      if (this.#values[position] !== need || this.#indices[position] === used) continue;
      used = this.#indices[position] as number;
      need--;
    }
    return position;
  }

  /** Position behind the end of the earliest chain of the rules after `role`, or undefined. */
  #chainForward(at: number, edge: number, role: number): number | undefined {
    let need = role + 1;
    let used = -1;
    let position = at;
    while (need < this.#shape.roles) {
      if (position >= this.#times.length || (this.#times[position] as number) >= edge) return undefined;
      if (this.#values[position] === need && this.#indices[position] !== used) {
        used = this.#indices[position] as number;
        need++;
      }
      position++;
    }
    return position;
  }

  /** Notes events as reported, ascending. Returns how many were not before. */
  report(indices: readonly number[]): number {
    this.counted ??= this.#newCounted();
    return this.counted.add(indices);
  }

  /**
   * A count takes every event from a window's first to its last, and windows only move on. So the border is enough there;
   * between rules that saw different parts of the same events it is not.
   */
  #newCounted(border?: number, indices?: readonly number[]): Counted {
    const { type } = this.#shape;
    const most = type === "temporal" || type === "temporal_ordered" ? REMEMBERED : 0;
    return new Counted(most, border, indices);
  }

  loadCounted(border: number, indices: readonly number[]): void {
    this.counted = this.#newCounted(border, indices);
  }

  /** The reachable entries as plain arrays, for a snapshot. */
  save(): [number[], number[], EntryValue[]] {
    return [this.#times.slice(this.#head), this.#indices.slice(this.#head), this.#values.slice(this.#head)];
  }

  /** Replaces the entries by saved ones. */
  load(times: number[], indices: number[], values: EntryValue[]): void {
    this.#times = times;
    this.#indices = indices;
    this.#values = values;
    this.#head = 0;
    this.#recount();
  }
}
