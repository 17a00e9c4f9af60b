// SPDX-License-Identifier: Apache-2.0
import { holds } from "./bounds.js";
import { extendEpisode, startEpisode, toEvidence, type Episode } from "./episode.js";
import { compileField, type FieldValue } from "./field.js";
import { describe, hashText } from "./fingerprint.js";
import { isShortText, joinKey, toCombinations } from "./group-key.js";
import { GroupStore, laneFor } from "./group-store.js";
import { REMEMBERED, type Carried, type EntryValue, type Judged, type Lane } from "./lane.js";
import type { CorrelatorState } from "./state.js";
import type { CompiledCorrelation, Finding, Observation } from "./types.js";

/** What an event made of a correlation. */
export interface Fired {
  readonly finding: Finding;
  /** The events that came into its episode, ascending: those of the window when it begins, then those of each finding. */
  readonly added: readonly number[];
  readonly begins: boolean;
}

/** One referenced rule came true for the event: a rule, or a correlation with what it made of it. */
export interface Firing {
  /** Position in the correlation's `rules`. */
  readonly role: number;
  readonly fired?: Fired;
}

/** What a judged event means for the episode. */
interface Step {
  readonly fresh: number;
  readonly added: readonly number[];
  readonly begins: boolean;
}

type Reader = (event: object) => FieldValue;

const NONE: readonly Fired[] = Object.freeze([]);
const NOTHING_CARRIED: ReadonlyMap<number, Carried> = new Map();
/** The entry of an event that is only counted. */
const PLAIN: readonly EntryValue[] = Object.freeze([0]);

/** Keeps more than any threshold needs; see Lane. */
const MIN_LIMIT = 1_024;

/** One correlation at work. */
export class CorrelationRunner {
  readonly store: GroupStore;
  /** Changes when the definition does: an older snapshot of another definition is not used. */
  readonly definition: string;
  readonly id: string;
  readonly #correlation: CompiledCorrelation;
  readonly #state: CorrelatorState;
  readonly #temporal: boolean;
  readonly #groupReaders: readonly (readonly Reader[])[];
  readonly #valueReaders: readonly Reader[];

  constructor(correlation: CompiledCorrelation, state: CorrelatorState, store?: GroupStore) {
    const { document } = correlation;
    const highest = Math.max(...document.bounds.map(({ value }) => value));
    this.store =
      store ??
      new GroupStore({
        type: document.type,
        span: document.timespan,
        keep: document.timespan + state.limits.lateness,
        roles: document.rules.length,
        limit: Math.max(MIN_LIMIT, 2 * (Math.ceil(highest) + 2)),
      });
    state.register(this.store);
    this.id = correlation.id;
    this.definition = hashText(describe(document) + String(state.limits.lateness));
    this.#correlation = correlation;
    this.#state = state;
    this.#temporal = document.type === "temporal" || document.type === "temporal_ordered";
    this.#groupReaders = document.rules.map((rule) =>
      document.groupBy.map((field) => compileField(document.aliases.get(field)?.get(rule) ?? field)),
    );
    this.#valueReaders = document.valueFields.map((field) => compileField(field));
  }

  /** Counts the event in every group it belongs to. At most one finding a group. */
  run(observation: Observation, inputs: readonly Firing[]): readonly Fired[] {
    const fast = this.#onlyKey(observation.event, inputs);
    if (fast !== undefined) {
      const fired = this.#count(observation, joinKey([fast]), [fast], inputs);
      return fired === undefined ? NONE : [fired];
    }
    const all: Fired[] = [];
    for (const [key, { values, firings }] of this.#groups(observation.event, inputs)) {
      const fired = this.#count(observation, key, values, firings);
      if (fired !== undefined) all.push(fired);
    }
    return all;
  }

  /** The common case without building lists: one rule fired, one field to group by, one short text in it. */
  #onlyKey(event: object, inputs: readonly Firing[]): string | undefined {
    const [only] = inputs;
    if (only === undefined || inputs.length > 1 || only.fired !== undefined) return undefined;
    const readers = this.#groupReaders[only.role] ?? [];
    const [read] = readers;
    if (read === undefined || readers.length > 1) return undefined;
    const value = read(event);
    return isShortText(value) ? value : undefined;
  }

  #groups(event: object, inputs: readonly Firing[]): Map<string, { values: string[]; firings: Firing[] }> {
    const groups = new Map<string, { values: string[]; firings: Firing[] }>();
    const fields = this.#correlation.document.groupBy;
    for (const firing of inputs) {
      const readers = this.#groupReaders[firing.role] ?? [];
      const read = readers.map((reader, i) => groupValue(firing, fields[i] as string) ?? reader(event));
      for (const values of toCombinations(read)) {
        const key = joinKey(values);
        const known = groups.get(key);
        if (known === undefined) groups.set(key, { values, firings: [firing] });
        else known.firings.push(firing);
      }
    }
    return groups;
  }

  #entries(event: object, firings: readonly Firing[]): readonly EntryValue[] {
    const { type } = this.#correlation.document;
    if (type === "event_count") return PLAIN;
    if (type === "value_count") {
      const tuples = toCombinations(this.#valueReaders.map((read) => read(event)));
      return [...new Set(tuples.map((values) => joinKey(values)))];
    }
    const [only] = firings;
    if (only !== undefined && firings.length === 1) return [only.role];
    return [...new Set(firings.map(({ role }) => role))].sort((a, b) => a - b);
  }

  #count(
    observation: Observation,
    key: string,
    values: readonly string[],
    firings: readonly Firing[],
  ): Fired | undefined {
    const { time, index } = observation;
    const entries = this.#entries(observation.event, firings);
    if (entries.length === 0) return undefined;
    const known = this.store.get(key);
    const group = known ?? this.store.create(key, values);
    const lane = laneFor(group, this.store.shape, time);
    const judged = lane.add(time, index, entries);
    if (this.#temporal)
      for (const { role, fired } of firings) if (fired !== undefined) carry(lane, role, fired);
    const step = this.#judge(lane, judged, observation, entries, firings);
    const { episode } = lane;
    this.#state.settle(this.store, group, known === undefined);
    if (step === undefined || episode === undefined) return undefined;
    const { fresh, added, begins } = step;
    return { finding: this.#toFinding(key, values, episode, judged.value, fresh, index), added, begins };
  }

  /** Starts, continues or ends the lane's episode. Undefined means no finding. */
  #judge(
    lane: Lane,
    judged: Judged,
    { time, index }: Observation,
    entries: readonly EntryValue[],
    firings: readonly Firing[],
  ): Step | undefined {
    const { type, bounds, rules } = this.#correlation.document;
    if (!judged.complete) {
      // An order is judged only when its last rule comes: other events neither fire nor end anything.
      if (type === "temporal_ordered" && entries.includes(rules.length - 1)) lane.episode = undefined;
      return undefined;
    }
    if (!holds(bounds, judged.value)) {
      lane.episode = undefined;
      return undefined;
    }
    if (lane.episode === undefined) return begin(lane, judged, index);
    let added: readonly number[] = [index];
    let since = time;
    if (this.#temporal) {
      added = ascending(firings.flatMap(({ fired }) => fired?.added ?? []).concat(index));
      for (const { fired } of firings) since = Math.min(since, fired?.finding.firstTime ?? time);
    }
    // Another of its rules may bring events that the first one has brought.
    const fresh = Math.max(1, lane.report(added));
    extendEpisode(lane.episode, fresh, fresh === 1 ? time : since, time, index);
    return { fresh, added, begins: false };
  }

  #toFinding(
    key: string,
    values: readonly string[],
    episode: Episode,
    value: number,
    fresh: number,
    trigger: number,
  ): Finding {
    const { document } = this.#correlation;
    return {
      ruleId: this.id,
      title: document.title,
      level: document.level,
      tags: document.tags,
      ...(document.description !== undefined && { description: document.description }),
      ...(document.author !== undefined && { author: document.author }),
      key,
      group: Object.fromEntries(document.groupBy.map((field, i) => [field, values[i] ?? ""])),
      count: episode.count,
      fresh,
      value,
      firstTime: episode.firstTime,
      lastTime: episode.lastTime,
      evidence: toEvidence(episode),
      trigger,
    };
  }
}

/** A chained correlation brings its group with it; what it does not group by is read from its last event. */
function groupValue(firing: Firing, field: string): string | undefined {
  const group = firing.fired?.finding.group;
  return group !== undefined && Object.hasOwn(group, field) ? group[field] : undefined;
}

/** Keeps the newest finding of a referenced correlation for the episode that may come of it. */
function carry(lane: Lane, role: number, { finding, added, begins }: Fired): void {
  const { count, firstTime, evidence } = finding;
  lane.carried ??= new Map();
  const before = begins ? [] : (lane.carried.get(role)?.recent ?? []);
  lane.carried.set(role, { count, firstTime, evidence, recent: [...before, ...added].slice(-REMEMBERED) });
}

/** Begins an episode with the events in its window, and for referenced correlations with the events behind them. */
function begin(lane: Lane, judged: Judged, trigger: number): Step {
  const events = new Set<number>([trigger]);
  const shown = new Set<number>([trigger]);
  const roles = new Set<EntryValue>();
  /** Events that carried findings have counted and nobody remembers by index. */
  let forgotten = 0;
  let firstTime = lane.timeAt(judged.from);
  const carried = lane.carried ?? NOTHING_CARRIED;
  if (carried.size > 0) for (let i = judged.from; i < judged.to; i++) roles.add(lane.valueAt(i));
  for (const [role, { count, firstTime: since, evidence, recent }] of carried) {
    if (!roles.has(role)) continue;
    const known = new Set([...evidence, ...recent]);
    forgotten += Math.max(0, count - known.size);
    firstTime = Math.min(firstTime, since);
    for (const index of known) events.add(index);
    for (const index of evidence) shown.add(index);
  }
  for (let i = judged.from; i < judged.to; i++) {
    const value = lane.valueAt(i);
    if (typeof value === "number" && carried.has(value)) continue;
    events.add(lane.indexAt(i));
    shown.add(lane.indexAt(i));
  }
  const added = ascending(events);
  const isFirst = lane.counted === undefined;
  const fresh = Math.max(1, lane.report(added)) + (isFirst ? forgotten : 0);
  const evidence = ascending(shown);
  lane.episode = startEpisode(added.length + forgotten, firstTime, lane.timeAt(judged.to - 1), evidence);
  return { fresh, added, begins: true };
}

function ascending(indices: Iterable<number>): number[] {
  return [...new Set(indices)].sort((a, b) => a - b);
}
