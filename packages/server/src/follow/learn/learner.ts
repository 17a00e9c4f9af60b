// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Anomaly } from "./anomaly.js";
import { Clocks, type SavedClocks } from "./clocks.js";
import { FactReader, LIVE, SELF } from "./facts.js";
import type { Places } from "./places.js";
import { Quota, type SavedQuota } from "./quota.js";
import type { LearnSettings } from "./settings.js";
import { Streams } from "./streams.js";
import { toHour } from "./time.js";
import { Users } from "./users.js";

/** A snapshot is of another version, or is none. */
export class SnapshotError extends Error {
  override readonly name = "SnapshotError";
}

const VERSION = 1;

/**
 * Learns what is usual from the events of a log, in order, and says what is not. It reads no clock and draws no
 * numbers: the same events give the same anomalies, however they were cut into batches. Its memory is bounded.
 *
 * Telltale's own events are neither learned from nor judged; they only tell the time.
 */
export class Learner {
  readonly #settings: LearnSettings;
  readonly #facts: FactReader;
  readonly #quota: Quota;
  readonly #users: Users;
  readonly #streams: Streams;
  #clocks = new Clocks();
  #since: number | undefined;

  constructor(settings: LearnSettings, places: Places) {
    this.#settings = settings;
    this.#facts = new FactReader(places);
    this.#quota = new Quota(settings.maxPerHour);
    this.#users = new Users(settings);
    this.#streams = new Streams(settings);
  }

  /** Entities remembered and forgotten for want of room, for metrics. */
  get counts(): { users: number; usersForgotten: number; streams: number } {
    return { users: this.#users.size, usersForgotten: this.#users.evicted, streams: this.#streams.size };
  }

  /** Time of the oldest event that was learned from, milliseconds since 1970; imported history counts by its own time. */
  get since(): number | undefined {
    return this.#since;
  }

  /** Anomalies that this event shows, or the end of an hour that it brings; `index` is its place in the log. */
  observe(event: SecurityEvent, index: number): Anomaly[] {
    if (event.via === SELF) return this.#observeSelf(event, index);
    const facts = this.#facts.read(event, index);
    if (facts === undefined) return NONE;
    if (this.#since === undefined || facts.time < this.#since) this.#since = facts.time;
    const found: Anomaly[] = [];
    this.#tick(facts.clock, facts.time, index, found);
    const received = facts.clock === LIVE ? facts.time : Date.parse(event.received);
    const held = this.#quota.turn(toHour(received), index, received);
    const steady = facts.clock !== LIVE || this.#clocks.isSteady(facts.hour);
    if (facts.person !== undefined) this.#users.observe(facts, facts.person, steady, found);
    this.#streams.observe(facts, steady && facts.clock === LIVE, found);
    return this.#admit(found, held);
  }

  #observeSelf(event: SecurityEvent, index: number): Anomaly[] {
    const time = this.#facts.time(event);
    if (Number.isNaN(time)) return NONE;
    const found: Anomaly[] = [];
    this.#tick(LIVE, time, index, found);
    return this.#admit(found, this.#quota.turn(toHour(time), index, time));
  }

  #tick(clock: string, time: number, index: number, found: Anomaly[]): void {
    const turn = this.#clocks.tick(clock, time);
    if (turn !== undefined) {
      const live = clock === LIVE;
      const steady = live && this.#clocks.isSteady(turn.from) && !this.#clocks.pausesUntil(time);
      this.#streams.turn(turn, { at: index, time }, steady, found);
    }
    if (clock === LIVE) this.#clocks.noteLive(time);
  }

  #admit(found: readonly Anomaly[], held: Anomaly | undefined): Anomaly[] {
    if (found.length === 0 && held === undefined) return NONE;
    const told = found.filter((each) => each.score >= this.#settings.minScore && this.#quota.admit(each));
    return held === undefined ? told : [held, ...told];
  }

  /** The state as text, in pieces. */
  *snapshotPieces(): Generator<string> {
    yield `${JSON.stringify(["learner", VERSION, this.#clocks, this.#quota, this.#since ?? null])}\n`;
    yield* this.#users.snapshotLines();
    yield* this.#streams.snapshotLines();
  }

  /**
   * Takes up a state that `snapshotPieces` gave, in a learner that has seen nothing yet.
   *
   * @throws SnapshotError
   */
  restore(state: string): void {
    const lines = state.split("\n");
    const head = parseLine(lines[0] ?? "");
    if (head[0] !== "learner" || head[1] !== VERSION) throw new SnapshotError("another version's snapshot");
    this.#clocks = Clocks.from(head[2] as SavedClocks);
    this.#quota.restore(head[3] as SavedQuota);
    this.#since = typeof head[4] === "number" ? head[4] : undefined;
    for (let i = 1; i < lines.length; i++) {
      if (lines[i] === "") continue;
      const [kind, first, second] = parseLine(lines[i]!);
      // The file carries its hash: what is read is what this class wrote.
      if (kind === "role") this.#users.restoreRole(...([first, second] as Parameters<Users["restoreRole"]>));
      else if (kind === "user")
        this.#users.restoreUser(...([first, second] as Parameters<Users["restoreUser"]>));
      else if (kind === "stream")
        this.#streams.restore(...([first, second] as Parameters<Streams["restore"]>));
      else throw new SnapshotError(`an unknown part: ${String(kind)}`);
    }
  }
}

const NONE: Anomaly[] = [];

function parseLine(line: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(line);
    if (Array.isArray(parsed)) return parsed as unknown[];
  } catch (error) {
    throw new SnapshotError("not what a learner wrote", { cause: error });
  }
  throw new SnapshotError("not what a learner wrote");
}
