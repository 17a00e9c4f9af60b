// SPDX-License-Identifier: Apache-2.0
import type { Absence } from "./absence.js";
import type { EntryValue } from "./aggregate.js";
import { extendEpisode, startEpisode } from "./episode.js";
import type { Fired } from "./fired.js";
import { REMEMBERED, type Carried, type Judged, type Lane } from "./lane.js";
import type { Opener } from "./waiting.js";

/** What a judged event means for the episode. */
export interface Step {
  readonly fresh: number;
  readonly added: readonly number[];
  readonly begins: boolean;
}

const NOTHING_CARRIED: ReadonlyMap<number, Carried> = new Map();

/** Keeps the newest finding of a referenced correlation for the episode that may come of it. */
export function carry(lane: Lane, role: number, { finding, added, begins }: Fired): void {
  const { count, firstTime, evidence } = finding;
  lane.carried ??= new Map();
  const before = begins ? [] : (lane.carried.get(role)?.recent ?? []);
  lane.carried.set(role, { count, firstTime, evidence, recent: [...before, ...added].slice(-REMEMBERED) });
}

/** The events of a window, with those behind referenced correlations. */
interface Gathered {
  readonly added: number[];
  readonly evidence: number[];
  /** Events that carried findings have counted and nobody remembers by index. */
  readonly forgotten: number;
  readonly firstTime: number;
}

function gather(lane: Lane, positions: Iterable<number>, trigger: number, since: number): Gathered {
  const events = new Set<number>([trigger]);
  const shown = new Set<number>([trigger]);
  const roles = new Set<EntryValue>();
  const carried = lane.carried ?? NOTHING_CARRIED;
  for (const i of positions) {
    const value = lane.valueAt(i);
    if (typeof value === "number" && carried.has(value)) {
      roles.add(value);
      continue;
    }
    events.add(lane.indexAt(i));
    shown.add(lane.indexAt(i));
  }
  let forgotten = 0;
  let firstTime = since;
  for (const [role, { count, firstTime: first, evidence, recent }] of carried) {
    if (!roles.has(role)) continue;
    const known = new Set([...evidence, ...recent]);
    forgotten += Math.max(0, count - known.size);
    firstTime = Math.min(firstTime, first);
    for (const index of known) events.add(index);
    for (const index of evidence) shown.add(index);
  }
  return { added: ascending(events), evidence: ascending(shown), forgotten, firstTime };
}

/** Begins an episode with the events in its window, and for referenced correlations with the events behind them. */
export function begin(lane: Lane, judged: Judged, trigger: number): Step {
  const positions = Array.from({ length: judged.to - judged.from }, (_, i) => judged.from + i);
  const gathered = gather(lane, positions, trigger, lane.timeAt(judged.from));
  const { added, evidence, forgotten, firstTime } = gathered;
  const isFirst = lane.counted === undefined;
  const fresh = Math.max(1, lane.report(added)) + (isFirst ? forgotten : 0);
  lane.episode = startEpisode(added.length + forgotten, firstTime, lane.timeAt(judged.to - 1), evidence);
  return { fresh, added, begins: true };
}

/**
 * Begins or continues an episode of what did not happen: the event that opened the window, and of a boolean condition those
 * of the other rules that had to be seen.
 */
export function beginAbsence(lane: Lane, judged: Judged, absence: Absence, { time, index }: Opener): Step {
  const { positions, last } =
    absence.kind === "seen" ? shownOf(lane, judged, absence.openers, index) : NOTHING_SHOWN;
  const { added, evidence, forgotten, firstTime } = gather(lane, positions, index, time);
  const lastTime = Math.max(last, time);
  const isFirst = lane.counted === undefined;
  const fresh = lane.report(added) + (isFirst ? forgotten : 0);
  if (lane.episode === undefined) {
    lane.episode = startEpisode(added.length + forgotten, firstTime, lastTime, evidence);
    return { fresh, added, begins: true };
  }
  // An event that another window has shown before is not shown again.
  if (fresh > 0) extendEpisode(lane.episode, fresh, Math.min(firstTime, time), lastTime, index);
  return { fresh, added, begins: false };
}

const NOTHING_SHOWN = { positions: [], last: Number.NEGATIVE_INFINITY };

/** Of each rule that had to be seen the first entry in the window, and the opening event itself. */
function shownOf(
  lane: Lane,
  judged: Judged,
  openers: ReadonlySet<number>,
  index: number,
): { positions: readonly number[]; last: number } {
  const first = new Map<number, number>();
  for (let i = judged.to - 1; i >= judged.from; i--) {
    const role = lane.valueAt(i);
    if (typeof role !== "number" || !openers.has(role)) continue;
    const known = first.get(role);
    if (known === undefined || lane.indexAt(known) !== index) first.set(role, i);
  }
  const positions = [...first.values()];
  return { positions, last: Math.max(...positions.map((position) => lane.timeAt(position))) };
}

export function ascending(indices: Iterable<number>): number[] {
  return [...new Set(indices)].sort((a, b) => a - b);
}
