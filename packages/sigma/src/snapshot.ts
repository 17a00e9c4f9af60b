// SPDX-License-Identifier: Apache-2.0
import type { CorrelationRunner } from "./correlation-runner.js";
import type { Episode } from "./episode.js";
import { SigmaError } from "./errors.js";
import { unpacked, type Group } from "./group-store.js";
import type { EntryValue } from "./aggregate.js";
import { Lane, type Carried, type LaneShape } from "./lane.js";
import { Waiting, type SavedWaiting } from "./waiting.js";
import { isSavedSketch, type SavedSketch } from "./window-sketch.js";
import type { CorrelatorState } from "./state.js";

const VERSION = 3;
const PLACE = { file: "snapshot", line: 1, key: "" };

type SavedEpisode = [count: number, firstTime: number, lastTime: number, head: number[], tail: number[]];
type SavedCarried = [role: number, count: number, firstTime: number, evidence: number[], recent: number[]];
type SavedCounted = [border: number, indices: number[]];
type SavedLaneSketch = [forgottenUntil: number, values: SavedSketch];
type SavedLane = [
  times: number[],
  indices: number[],
  values: EntryValue[],
  episode: SavedEpisode | null,
  carried: SavedCarried[],
  counted: SavedCounted | null,
  waiting: SavedWaiting | null,
  sketch: SavedLaneSketch | null,
];
type SavedGroup = [
  key: string,
  values: string[],
  touchedTime: number,
  touchedSeq: number,
  main: SavedLane,
  old: SavedLane | null,
];
interface Saved {
  v: number;
  streamTime: number | null;
  sequence: number;
  evictions: number;
  givenUp: number;
  watermark: number | null;
  correlations: { id: string; definition: string; groups: SavedGroup[] }[];
}

/** Groups written as one piece. */
const PIECE = 256;

/**
 * The state as pieces of one JSON text, so that a large state is never one string or one tree of lists. Groups stand in the
 * order of touching, so eviction after a restore is what it would have been. Whoever asks for the pieces must take them all
 * before the next event.
 */
export function* saveState(state: CorrelatorState, runners: readonly CorrelationRunner[]): Generator<string> {
  const { sequence, evictions, givenUp } = state;
  const streamTime = Number.isFinite(state.streamTime) ? state.streamTime : null;
  const watermark = Number.isFinite(state.watermark) ? state.watermark : null;
  const head = { v: VERSION, streamTime, sequence, evictions, givenUp, watermark };
  yield `${JSON.stringify(head).slice(0, -1)},"correlations":[`;
  for (const [i, { id, definition, store }] of runners.entries()) {
    yield `${i === 0 ? "" : ","}{"id":${JSON.stringify(id)},"definition":${JSON.stringify(definition)},"groups":[`;
    let separator = "";
    let piece: SavedGroup[] = [];
    for (const group of store) {
      piece.push(saveGroup(group, store.shape));
      if (piece.length < PIECE) continue;
      yield separator + JSON.stringify(piece).slice(1, -1);
      separator = ",";
      piece = [];
    }
    if (piece.length > 0) yield separator + JSON.stringify(piece).slice(1, -1);
    yield "]}";
  }
  yield "]}";
}

function saveGroup(group: Group, shape: LaneShape): SavedGroup {
  const main = saveLane(unpacked(group.main, shape));
  const old = group.old === undefined ? null : saveLane(group.old);
  return [group.key, [...group.values], group.touchedTime, group.touchedSeq, main, old];
}

function saveLane(lane: Lane): SavedLane {
  const { episode } = lane;
  return [
    ...lane.save(),
    episode === undefined
      ? null
      : [episode.count, episode.firstTime, episode.lastTime, episode.head, episode.tail],
    [...(lane.carried ?? [])].map(
      ([role, { count, firstTime, evidence, recent }]): SavedCarried => [
        role,
        count,
        firstTime,
        [...evidence],
        [...recent],
      ],
    ),
    lane.counted?.save() ?? null,
    lane.waiting?.save() ?? null,
    lane.saveSketch(),
  ];
}

/** Fills a fresh state and its runners. Throws SigmaError `bad_snapshot`; the caller then drops the half-filled state. */
export function restoreState(
  text: string,
  state: CorrelatorState,
  runners: readonly CorrelationRunner[],
): void {
  const saved = readSaved(text);
  state.streamTime = saved.streamTime ?? Number.NEGATIVE_INFINITY;
  state.sequence = saved.sequence;
  state.evictions = saved.evictions;
  state.givenUp = saved.givenUp;
  state.watermark = saved.watermark ?? Number.NEGATIVE_INFINITY;
  const byId = new Map(runners.map((runner) => [runner.id, runner]));
  for (const { id, definition, groups } of saved.correlations) {
    const runner = byId.get(id);
    if (runner === undefined || runner.definition !== definition) continue;
    for (const [key, values, touchedTime, touchedSeq, main, old] of groups) {
      const group = runner.store.create(key, values);
      group.touchedTime = touchedTime;
      group.touchedSeq = touchedSeq;
      group.main = loadLane(runner, main);
      group.old = old === null ? undefined : loadLane(runner, old);
      state.adopt(group);
      runner.resume(group);
    }
  }
}

function loadLane(runner: CorrelationRunner, saved: SavedLane): Lane {
  const [times, indices, values, episode, carried, counted, waiting, sketch] = saved;
  const lane = new Lane(runner.store.shape);
  lane.load(times, indices, values);
  if (episode !== null) {
    const [count, firstTime, lastTime, head, tail] = episode;
    lane.episode = { count, firstTime, lastTime, head, tail } satisfies Episode;
  }
  if (carried.length > 0)
    lane.carried = new Map(
      carried.map(([role, count, firstTime, evidence, recent]): [number, Carried] => [
        role,
        { count, firstTime, evidence, recent },
      ]),
    );
  if (counted !== null) lane.loadCounted(...counted);
  if (waiting !== null && waiting[0].length > 0 && runner.store.shape.absence !== undefined)
    lane.waiting = Waiting.load(waiting);
  if (sketch !== null && runner.store.shape.type === "value_count") lane.loadSketch(...sketch);
  return lane;
}

function readSaved(text: string): Saved {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SigmaError("bad_snapshot", PLACE, "is not JSON", { cause });
  }
  if (!isSaved(value)) throw new SigmaError("bad_snapshot", PLACE, `is not a snapshot of version ${VERSION}`);
  return value;
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isListOf = <T>(value: unknown, isOne: (one: unknown) => one is T): value is T[] =>
  Array.isArray(value) && value.every(isOne);
const isValue = (value: unknown): value is EntryValue =>
  isText(value) || isNumber(value) || isListOf(value, isContribution);
const isContribution = (value: unknown): value is null | number | string[] =>
  value === null || isNumber(value) || isListOf(value, isText);

function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null) return false;
  const { v, streamTime, watermark, sequence, evictions, givenUp, correlations } = value as Partial<Saved>;
  if (v !== VERSION || !Array.isArray(correlations)) return false;
  if (!(streamTime === null || isNumber(streamTime)) || !(watermark === null || isNumber(watermark)))
    return false;
  if (!isNumber(sequence) || !isNumber(evictions) || !isNumber(givenUp)) return false;
  return correlations.every(
    (one) =>
      typeof one === "object" &&
      one !== null &&
      isText(one.id) &&
      isText(one.definition) &&
      isListOf(one.groups, isGroup),
  );
}

function isGroup(value: unknown): value is SavedGroup {
  if (!Array.isArray(value) || value.length !== 6) return false;
  const [key, values, touchedTime, touchedSeq, main, old] = value as unknown[];
  return (
    isText(key) &&
    isListOf(values, isText) &&
    isNumber(touchedTime) &&
    isNumber(touchedSeq) &&
    isLane(main) &&
    (old === null || isLane(old))
  );
}

function isLane(value: unknown): value is SavedLane {
  if (!Array.isArray(value) || value.length !== 8) return false;
  const [times, indices, values, episode, carried, counted, waiting, sketch] = value as unknown[];
  if (!(waiting === null || isWaiting(waiting)) || !(sketch === null || isSketch(sketch))) return false;
  if (!isListOf(times, isNumber) || !isListOf(indices, isNumber) || !isListOf(values, isValue)) return false;
  if (times.length !== indices.length || times.length !== values.length) return false;
  if (!(episode === null || isEpisode(episode))) return false;
  return isListOf(carried, isCarried) && (counted === null || isCounted(counted));
}

function isSketch(value: unknown): value is SavedLaneSketch {
  return Array.isArray(value) && value.length === 2 && isNumber(value[0]) && isSavedSketch(value[1]);
}

function isWaiting(value: unknown): value is SavedWaiting {
  if (!isListOf(value, (one): one is number[] => isListOf(one, isNumber)) || value.length !== 3) return false;
  return value.every(({ length }) => length === value[0]?.length);
}

function isCounted(value: unknown): value is SavedCounted {
  return Array.isArray(value) && value.length === 2 && isNumber(value[0]) && isListOf(value[1], isNumber);
}

function isEpisode(value: unknown): value is SavedEpisode {
  if (!Array.isArray(value) || value.length !== 5) return false;
  const [count, firstTime, lastTime, head, tail] = value as unknown[];
  return [count, firstTime, lastTime].every(isNumber) && isListOf(head, isNumber) && isListOf(tail, isNumber);
}

function isCarried(value: unknown): value is SavedCarried {
  if (!Array.isArray(value) || value.length !== 5) return false;
  const [role, count, firstTime, evidence, recent] = value as unknown[];
  if (![role, count, firstTime].every(isNumber)) return false;
  return isListOf(evidence, isNumber) && isListOf(recent, isNumber);
}
