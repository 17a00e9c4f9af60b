// SPDX-License-Identifier: Apache-2.0
import { absenceOf, aheadOf, judgeAbsence, opens, type Absence } from "./absence.js";
import { aggregateFactory, NO_AGGREGATE, type EntryValue } from "./aggregate.js";
import { isNumeric, isTemporal } from "./correlation-condition.js";
import { entryReader, rolesOf, type EntryReader } from "./entries.js";
import { extendEpisode, toEvidence, type Episode } from "./episode.js";
import { compileField, type FieldValue } from "./field.js";
import { describe, hashText } from "./fingerprint.js";
import type { Fired, Firing } from "./fired.js";
import { isShortText, joinKey, toCombinations } from "./group-key.js";
import { GroupStore, laneFor, type Group } from "./group-store.js";
import { Lane, type Judged, type LaneShape } from "./lane.js";
import type { CorrelatorState } from "./state.js";
import { ascending, begin, beginAbsence, carry, type Step } from "./steps.js";
import type { Timer } from "./timers.js";
import type { CompiledCorrelation, Finding, Observation, SigmaCorrelation } from "./types.js";
import { Waiting } from "./waiting.js";

type Reader = (event: object) => FieldValue;

const NONE: readonly Fired[] = Object.freeze([]);

/** Keeps more than any threshold needs; see Lane. */
const MIN_LIMIT = 1_024;
/** Where every entry matters and not only the newest of each kind, and where a sketch would take more room. */
const ALL_LIMIT = 4_096;
/** Thresholds above are decided by a sketch. */
const MAX_EXACT = 10_000;

function limitOf(document: SigmaCorrelation, absence: Absence | undefined): number {
  const highest = Math.max(0, ...document.bounds.map(({ value }) => value));
  if (isNumeric(document.type)) return ALL_LIMIT;
  const countsAll =
    absence !== undefined || document.telltale !== undefined || document.type === "value_count";
  const least = countsAll ? ALL_LIMIT : MIN_LIMIT;
  return Math.max(least, 2 * (Math.ceil(Math.min(highest, MAX_EXACT)) + 2));
}

function shapeOf(document: SigmaCorrelation, lateness: number): LaneShape {
  const { type, timespan, rules, condition, telltale } = document;
  const absence = absenceOf(document);
  return {
    type,
    span: timespan,
    lateness,
    keep: absence === undefined ? timespan + lateness : 2 * (timespan + lateness),
    roles: rules.length,
    bounds: document.bounds,
    limit: limitOf(document, absence),
    seeksTruth: isNumeric(type) || condition !== undefined || telltale !== undefined,
    newAggregate: absence === undefined ? aggregateFactory(document) : () => NO_AGGREGATE,
    absence,
  };
}

/** One correlation at work. */
export class CorrelationRunner {
  readonly store: GroupStore;
  /** Changes when the definition does: an older snapshot of another definition is not used. */
  readonly definition: string;
  readonly id: string;
  readonly #position: number;
  readonly #correlation: CompiledCorrelation;
  readonly #state: CorrelatorState;
  readonly #temporal: boolean;
  readonly #absence: Absence | undefined;
  readonly #groupReaders: readonly (readonly Reader[])[];
  readonly #readEntries: EntryReader;

  /** `position`: of the correlation in its rule set. */
  constructor(
    correlation: CompiledCorrelation,
    position: number,
    state: CorrelatorState,
    store?: GroupStore,
  ) {
    const { document } = correlation;
    const { lateness } = state.limits;
    this.store = store ?? new GroupStore(shapeOf(document, lateness));
    state.register(this.store);
    this.id = correlation.id;
    this.definition = hashText(describe(document) + String(lateness));
    this.#position = position;
    this.#correlation = correlation;
    this.#state = state;
    this.#temporal = isTemporal(document.type);
    this.#absence = this.store.shape.absence;
    if (this.#absence !== undefined)
      this.store.onExpire = (group) => {
        if (group.old !== undefined) this.#judgeRest(group, group.old);
        this.#judgeRest(group, group.main);
      };
    this.#groupReaders = document.rules.map((rule) =>
      document.groupBy.map((field) => compileField(document.aliases.get(field)?.get(rule) ?? field)),
    );
    this.#readEntries = entryReader(document);
  }

  /** Counts the event in every group it belongs to. At most one finding a group; windows judged by the way are `overdue`. */
  run(observation: Observation, inputs: readonly Firing[]): readonly Fired[] {
    const fast = this.#onlyKey(observation.event, inputs);
    if (fast !== undefined) {
      const fired = this.#take(observation, joinKey([fast]), [fast], inputs);
      return fired === undefined ? NONE : [fired];
    }
    const all: Fired[] = [];
    for (const [key, { values, firings }] of this.#groups(observation.event, inputs)) {
      const fired = this.#take(observation, key, values, firings);
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

  #take(
    observation: Observation,
    key: string,
    values: readonly string[],
    firings: readonly Firing[],
  ): Fired | undefined {
    const entries = this.#readEntries(observation.event, firings);
    if (entries.length === 0) return undefined;
    const known = this.store.get(key);
    const group = known ?? this.store.create(key, values);
    if (this.#absence !== undefined) {
      this.#open(this.#absence, observation, group, entries, firings);
      this.#state.settle(this.store, group, known === undefined);
      return undefined;
    }
    const lane = laneFor(group, this.store.shape, observation.time);
    const judged = lane.add(observation.time, observation.index, entries);
    this.#carryAll(lane, firings);
    const step = this.#judge(lane, judged, observation, entries, firings);
    const { episode } = lane;
    this.#state.settle(this.store, group, known === undefined);
    if (step === undefined || episode === undefined) return undefined;
    return this.#toFired(group, episode, judged.value, step, observation.index);
  }

  #carryAll(lane: Lane, firings: readonly Firing[]): void {
    if (!this.#temporal) return;
    for (const { role, fired } of firings) if (fired !== undefined) carry(lane, role, fired);
  }

  /** Starts, continues or ends the lane's episode. Undefined means no finding. */
  #judge(
    lane: Lane,
    judged: Judged,
    { time, index }: Observation,
    entries: readonly EntryValue[],
    firings: readonly Firing[],
  ): Step | undefined {
    const { type, rules } = this.#correlation.document;
    if (!judged.complete) {
      // An order is judged only when its last rule comes: other events neither fire nor end anything.
      if (type === "temporal_ordered" && entries.includes(rules.length - 1)) lane.episode = undefined;
      return undefined;
    }
    if (!judged.holds) {
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

  /** Takes an event in whose window is judged later, and judges those that event time has left behind. */
  #open(
    absence: Absence,
    { time, index, arrival = time }: Observation,
    group: Group,
    entries: readonly EntryValue[],
    firings: readonly Firing[],
  ): void {
    const { shape } = this.store;
    const lane = laneFor(group, shape, time, (left) => {
      this.#judgeRest(group, left);
    });
    lane.put(time, index, entries);
    this.#carryAll(lane, firings);
    if (opens(absence, rolesOf(firings))) {
      // A clock far ahead must not hold up what came after it.
      const known = Math.min(Math.max(time, arrival), arrival + shape.lateness);
      lane.waiting ??= new Waiting();
      lane.waiting.push({ time, index, deadline: known + aheadOf(absence, shape.span) });
    }
    for (let first = lane.waiting?.first; first !== undefined; first = lane.waiting?.first) {
      if (first.time + shape.span + shape.lateness > lane.newest) break;
      this.#judgeFirst(absence, group, lane);
    }
    this.#schedule(group, lane);
  }

  /** Sets the lane's timer to its first window. */
  #schedule(group: Group, lane: Lane): void {
    const first = lane.waiting?.first;
    const { timers } = this.#state;
    if (first === undefined) {
      timers.clear(lane);
      return;
    }
    const { deadline, index } = first;
    if (lane.timer?.index === index) return;
    timers.set({ deadline, index, correlation: this.#position, key: group.key, group, lane });
  }

  /** Sets the timers of a group that a snapshot brought back. */
  resume(group: Group): void {
    for (const lane of [group.main, group.old]) if (lane instanceof Lane) this.#schedule(group, lane);
  }

  /** A timer of this correlation has run out: judges the window and sets the timer of the next one. */
  judgeTimer({ group, lane }: Timer): void {
    if (this.#absence === undefined) return;
    this.#judgeFirst(this.#absence, group, lane);
    this.#schedule(group, lane);
    this.#state.resize(group);
  }

  #judgeRest(group: Group, lane: Group["main"]): void {
    if (this.#absence === undefined || !(lane instanceof Lane)) return;
    while (lane.waiting !== undefined) this.#judgeFirst(this.#absence, group, lane);
    this.#state.timers.clear(lane);
  }

  #judgeFirst(absence: Absence, group: Group, lane: Lane): void {
    const first = lane.waiting?.first;
    if (first === undefined || lane.waiting === undefined) {
      lane.waiting = undefined;
      return;
    }
    lane.waiting.shift();
    if (lane.waiting.size === 0 && lane.waiting.givenUp === 0) lane.waiting = undefined;
    const { span } = this.store.shape;
    const judged = judgeAbsence(lane, absence, first.time, first.index, span);
    if (!judged.holds) {
      lane.episode = undefined;
      return;
    }
    const step = beginAbsence(lane, judged, absence, first);
    if (lane.episode === undefined) return;
    this.#state.overdue.push({
      correlation: this.#position,
      fired: this.#toFired(group, lane.episode, judged.value, step, first.index),
      time: first.time + aheadOf(absence, span),
      arrival: first.deadline,
    });
  }

  #toFired(
    { key, values }: Group,
    episode: Episode,
    value: number,
    { fresh, added, begins }: Step,
    trigger: number,
  ): Fired {
    return { finding: this.#toFinding(key, values, episode, value, fresh, trigger), added, begins };
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
