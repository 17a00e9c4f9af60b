// SPDX-License-Identifier: Apache-2.0
import { type Anomaly, aboutEvent } from "./anomaly.js";
import type { Turn } from "./clocks.js";
import { type Facts, LIVE } from "./facts.js";
import { TwoPartMap } from "./lru.js";
import type { LearnSettings } from "./settings.js";
import { type SavedStream, Stream, type StreamName, tellsDays } from "./stream.js";
import {
  isOrdinary,
  isTooLittle,
  silenceAnomaly,
  tooLittleAnomaly,
  tooMuchAnomaly,
  type Working,
} from "./stream-anomaly.js";
import { dayOf } from "./time.js";

/** Hours without events that an import of history is believed; a longer gap is a gap of the import. */
const MOST_EMPTY_HOURS = 14 * 24;

/** How an ended hour went in the sources of each tenant: how many have a say, and how far they did as expected. */
type Hour = Map<string, { actual: number; expected: number }>;

/** The event with which the end of an hour was found. */
interface Seen {
  at: number;
  time: number;
}

/** What is learned of routes and sources: counts per hour against the hours of the week before. */
export class Streams {
  readonly #settings: LearnSettings;
  readonly #parts: Record<StreamName["kind"], TwoPartMap<Stream>>;

  constructor(settings: LearnSettings) {
    this.#settings = settings;
    const limits = { old: settings.maxStreams, young: settings.maxYoungStreams };
    this.#parts = { source: new TwoPartMap(limits), route: new TwoPartMap(limits) };
  }

  get size(): number {
    return this.#parts.source.size + this.#parts.route.size;
  }

  /** Counts an event; the turns of its clock MUST have been dealt with before. */
  observe(facts: Facts, steady: boolean, found: Anomaly[]): void {
    const { tenant, app, route } = facts;
    this.#count(facts, { kind: "source", tenant, app, route: "" }, steady, found);
    this.#count(facts, { kind: "route", tenant, app, route }, steady, found);
  }

  #count(facts: Facts, name: StreamName, steady: boolean, found: Anomaly[]): void {
    const { hour, clock, index } = facts;
    const part = this.#parts[name.kind];
    const key = keyOf(name);
    let stream = part.get(key);
    if (stream === undefined) {
      stream = new Stream(name, facts);
      part.addYoung(key, stream);
    } else if (stream.clock !== clock && hour > stream.hour) {
      // History was imported and now it reports itself, or the other way round: the hours between are unknown.
      stream.learn();
      stream.clock = clock;
      stream.open(hour, index);
    }
    // An import of what is older than what was counted comes too late to be counted.
    if (hour !== stream.hour || clock !== stream.clock) return;
    if (stream.count === 0) {
      stream.since = index;
      part.touch(key);
    }
    stream.count++;
    stream.lastIndex = index;
    if (stream.count !== stream.limit || !steady || !this.#grown(key, stream)) return;
    if (!mayTell(stream, "much", hour)) return;
    const about = name.kind === "route" ? aboutEvent(facts.event) : undefined;
    found.push(tooMuchAnomaly(stream, { at: index, time: facts.time, about }));
  }

  /**
   * Ends the hours that a clock has left.
   *
   * @param steady the first of them was watched all the time
   */
  turn({ clock, from, to }: Turn, seen: Seen, steady: boolean, found: Anomaly[]): void {
    const live = clock === LIVE;
    const hours: Hour = new Map();
    if (live && steady) this.#sumUp(from, hours);
    for (const kind of ["source", "route"] as const) {
      for (const [key, stream] of this.#parts[kind].entries()) {
        if (stream.clock !== clock || stream.hour >= to) continue;
        if (!live) this.#endImported(stream, to);
        else if (steady && stream.hour === from) this.#end(key, stream, { hours, seen }, found);
        stream.open(to, stream.lastIndex);
      }
    }
  }

  /** An import is learned from and not judged: what it lacks may be in another file. */
  #endImported(stream: Stream, to: number): void {
    stream.learn();
    if (to - stream.hour > MOST_EMPTY_HOURS) return;
    for (let hour = stream.hour + 1; hour < to; hour++) stream.baseline.learn(hour, 0);
  }

  #end(key: string, stream: Stream, { hours, seen }: { hours: Hour; seen: Seen }, found: Anomaly[]): void {
    stream.endQuiet();
    const grown = this.#grown(key, stream);
    const { kind, tenant } = stream.name;
    const working: Working = {
      here: stream.worksToday(),
      others: othersWork(hours.get(tenant), kind === "source" ? stream : undefined),
    };
    stream.miss(isOrdinary(stream.expected, working));
    if (grown && kind === "source") {
      const silence = silenceAnomaly(stream, working, seen);
      if (silence !== undefined) found.push(silence);
    }
    const source = kind === "source" ? stream : this.#sourceOf(stream.name);
    const accounted = kind === "route" && source !== undefined && isTooLittle(source, working);
    if (grown && !accounted && isTooLittle(stream, working) && mayTell(stream, "little", stream.hour))
      found.push(tooLittleAnomaly(stream, seen));
    stream.learn();
  }

  /** Counts and expectations of the hour, of all sources by tenant. */
  #sumUp(hour: number, hours: Hour): void {
    for (const [, stream] of this.#parts.source.entries()) {
      if (stream.clock !== LIVE || stream.hour !== hour || !hasSay(stream)) continue;
      const sum = hours.get(stream.name.tenant) ?? { actual: 0, expected: 0 };
      sum.actual += shareOf(stream);
      sum.expected += 1;
      hours.set(stream.name.tenant, sum);
    }
  }

  #sourceOf({ tenant, app }: StreamName): Stream | undefined {
    return this.#parts.source.get(keyOf({ kind: "source", tenant, app, route: "" }));
  }

  #grown(key: string, stream: Stream): boolean {
    const part = this.#parts[stream.name.kind];
    if (part.isOld(key)) return true;
    if (stream.hour - stream.born < this.#settings.streamGraceDays * 24) return false;
    part.promote(key);
    return true;
  }

  /** One line each. */
  *snapshotLines(): Generator<string> {
    for (const part of Object.values(this.#parts))
      for (const [, stream, old] of part.entries()) yield `${JSON.stringify(["stream", old, stream])}\n`;
  }

  restore(old: boolean, saved: SavedStream): void {
    const stream = Stream.from(saved);
    this.#parts[stream.name.kind].restore(keyOf(stream.name), stream, old);
  }
}

/** With their lengths, so that no name reaches into another application or tenant. */
function keyOf({ tenant, app, route }: StreamName): string {
  return `${tenant.length}:${tenant}${app.length}:${app}${route}`;
}

function mayTell(stream: Stream, kind: string, hour: number): boolean {
  if (stream.told.get(kind) === dayOf(hour)) return false;
  stream.told.set(kind, dayOf(hour));
  return true;
}

/** Whether the other sources had an ordinary hour; undefined when there are none to say. */
function othersWork(
  sum: { actual: number; expected: number } | undefined,
  without: Stream | undefined,
): boolean | undefined {
  let { actual, expected } = sum ?? { actual: 0, expected: 0 };
  if (without !== undefined && hasSay(without)) {
    actual -= shareOf(without);
    expected -= 1;
  }
  return expected < 0.5 ? undefined : actual >= expected * 0.5;
}

/** A source that is the same on all days cannot say what kind of day it is. */
function hasSay({ expected }: Stream): boolean {
  return expected !== undefined && tellsDays(expected);
}

/** Each source has the same say, however much it sends. */
function shareOf({ count, expected }: Stream): number {
  return Math.min(1, count / (expected?.median ?? 1));
}
