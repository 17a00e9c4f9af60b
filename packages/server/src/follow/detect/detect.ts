// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import {
  createCorrelator,
  SigmaError,
  type Correlator,
  type CorrelatorStats,
  type Finding,
} from "@telltale/sigma";
import type { AlertStore } from "../../alert/alert.js";
import type { LoadedRules, RulesInForce } from "../../pipeline/rules.js";
import type { SelfLog } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { Follower, SealedBatch } from "../follower.js";
import type { Snapshots } from "../snapshots.js";
import { EvictionReport } from "./evictions.js";
import { StreamClock } from "./stream-clock.js";

/** What the detect follower works with. */
export interface DetectOptions {
  rules: Pick<RulesInForce, "current">;
  alerts: Pick<AlertStore, "record" | "rewind">;
  cursors: Pick<Cursors, "get">;
  snapshots: Pick<Snapshots, "load" | "save">;
  /** Told of what the correlations had to forget. */
  selfLog?: SelfLog;
  now?: () => number;
  /** A clock that nobody can set, in ms. */
  monotonic?: () => number;
}

/**
 * How often the state of the correlations is saved at most; a restart replays what came since. Taking a snapshot stops
 * everything else on this thread, so one that took long is followed by a longer pause.
 */
const SNAPSHOT_MS = 5000;
const SNAPSHOT_SHARE = 50;

/** Least time between two records: of findings that are news, and of repeats. */
const NEW_MS = 200;
const REPEAT_MS = 2000;
const MAX_TOLD = 100_000;

/** An event's own time counts for windows when it is this close to `received`, or when the key imports history. */
const TRUSTED_SKEW_MS = 5 * 60 * 1000;

/**
 * The detect follower: sealed events → findings. The ingest workers' match hints are used when they speak for
 * the rules in force; otherwise lines are matched here. The same events and rules give the same findings, live
 * or replayed; the store ignores those that it knows.
 */
export class DetectFollower implements Follower {
  readonly name = "detect";
  readonly version = 1;
  readonly #options: DetectOptions;
  readonly #now: () => number;
  readonly #clock: StreamClock;
  /** What is watched for now: `adoptRules` takes over what was put in force meanwhile, between two batches. */
  #rules: LoadedRules;
  #correlator: Correlator;
  #evictions: EvictionReport;
  #owed: Finding[] = [];
  /** Rules and keys recorded since the start: a finding of another one is news. */
  readonly #told = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #next = 0;
  #savedNext = 0;
  #nextSave = 0;
  #saving: Promise<void> | undefined;
  #saveFailure: Error | undefined;

  constructor(options: DetectOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const monotonic = options.monotonic ?? (() => performance.now());
    this.#clock = new StreamClock({ now: this.#now, monotonic });
    this.#rules = options.rules.current();
    this.#correlator = createCorrelator(this.#rules.set);
    this.#evictions = new EvictionReport(this.#correlator.stats());
  }

  /** What the correlations hold and had to forget. */
  stats(): CorrelatorStats {
    return this.#correlator.stats();
  }

  async start(): Promise<number> {
    const { cursors, snapshots } = this.#options;
    const saved = await snapshots.load(this.name);
    // It may be behind the cursor: what is found again is known to the store and ignored.
    // It may be of other rules: correlations that are unchanged keep their windows, the others start empty.
    const restored = saved !== undefined && this.#restore(saved.state);
    this.#evictions = new EvictionReport(this.#correlator.stats());
    this.#next = restored ? saved.next : ((await cursors.get(this.name))?.next ?? 0);
    this.#savedNext = this.#next;
    return this.#next;
  }

  async rewind(next: number): Promise<void> {
    await this.#options.alerts.rewind(next);
    this.#rules = this.#options.rules.current();
    this.#correlator = createCorrelator(this.#rules.set);
    this.#evictions = new EvictionReport(this.#correlator.stats());
    this.#next = next;
    // Written down at once, so that the next start does not find the log behind again.
    await this.#startSave();
    await this.#saving;
    this.#throwFailure();
  }

  /** False for a snapshot of another version of the correlator. */
  #restore(state: string): boolean {
    try {
      this.#correlator.restore(state);
      return true;
    } catch (error) {
      if (error instanceof SigmaError && error.code === "bad_snapshot") return false;
      throw error;
    }
  }

  /** Correlations that the new rules leave as they were keep their windows; changed and new ones start empty. */
  #adoptRules(): void {
    const next = this.#options.rules.current();
    if (next === this.#rules) return;
    const windows = this.#correlator.snapshot();
    this.#rules = next;
    this.#correlator = createCorrelator(next.set);
    this.#correlator.restore(windows);
  }

  async handle(batch: SealedBatch): Promise<void> {
    this.#adoptRules();
    // A batch comes again when recording its findings failed: its events were already observed and must not
    // be counted twice, only the findings are still owed.
    if (batch.first >= this.#next) {
      const found = this.#findIn(batch);
      this.#next = batch.first + batch.count;
      for (const each of found) this.#owed.push(each);
    }
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
  }

  async idle(): Promise<void> {
    this.#adoptRules();
    // Windows end while nothing comes, too. Not saved for this alone: after a restart they end again, and the store knows.
    for (const each of this.#correlator.advance(this.#clock.still())) this.#owed.push(each);
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
  }

  async close(): Promise<void> {
    await this.#saving;
    if (this.#next === this.#savedNext && this.#owed.length === 0) return;
    await this.#startSave();
    await this.#saving;
    this.#throwFailure();
  }

  async #saveIfDue(): Promise<void> {
    this.#throwFailure();
    if (this.#saving === undefined && this.#next !== this.#savedNext && this.#now() >= this.#nextSave)
      await this.#startSave();
  }

  #throwFailure(): void {
    const failure = this.#saveFailure;
    this.#saveFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** Records what is owed and takes a snapshot; the file is written while detection goes on. */
  async #startSave(): Promise<void> {
    const { snapshots } = this.#options;
    // First: a snapshot says that everything before it was told.
    if (this.#owed.length > 0 || this.#savedNext !== this.#next) await this.#record();
    const next = this.#next;
    const began = performance.now();
    const pieces = this.#correlator.snapshotPieces();
    const saved = snapshots.save(this.name, { next, of: this.#rules.name, pieces });
    const pause = Math.max(SNAPSHOT_MS, SNAPSHOT_SHARE * (performance.now() - began));
    this.#nextSave = this.#now() + pause;
    this.#saving = this.#finishSave(saved, next);
  }

  /** Never rejects: the next call says what went wrong, and the next snapshot tries again. */
  async #finishSave(saved: Promise<void>, next: number): Promise<void> {
    try {
      await saved;
      this.#savedNext = next;
    } catch (error) {
      this.#saveFailure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#saving = undefined;
    }
  }

  /**
   * Records what is owed: at once when it has something new, else every two seconds, because in a storm of failures
   * each event repeats an alert that people have already seen and only its count would change.
   */
  async #tell(): Promise<void> {
    const isNew = this.#owed.some((each) => !this.#told.has(tellKey(each)));
    const waited = this.#now() - this.#toldAt;
    if (waited < (isNew ? NEW_MS : REPEAT_MS) && waited >= 0) return;
    await this.#record();
  }

  async #record(): Promise<void> {
    await this.#options.alerts.record(this.#owed, {
      follower: this.name,
      version: this.version,
      next: this.#next,
    });
    if (this.#owed.length === 0) return;
    if (this.#told.size > MAX_TOLD) this.#told.clear();
    for (const each of this.#owed) this.#told.add(tellKey(each));
    this.#owed = [];
    this.#toldAt = this.#now();
  }

  #findIn(batch: SealedBatch): Finding[] {
    const rules = this.#rules;
    const findings: Finding[] = [];
    if (batch.hints?.ruleSet === rules.name) {
      const { pairs } = batch.hints;
      for (let at = 0; at < pairs.length; ) {
        const line = pairs[at]!;
        const matches: number[] = [];
        for (; at < pairs.length && pairs[at] === line; at += 2) matches.push(pairs[at + 1]!);
        this.#observe(batch, line, parseLine(batch, line), matches, findings);
      }
    } else {
      for (let line = 0; line < batch.count; line++) {
        const event = parseLine(batch, line);
        const matches = rules.set.match(event);
        if (matches.length > 0) this.#observe(batch, line, event, matches, findings);
      }
    }
    this.#endBatch(batch, findings);
    return findings;
  }

  #observe(
    batch: SealedBatch,
    line: number,
    event: SecurityEvent,
    matches: readonly number[],
    findings: Finding[],
  ): void {
    const arrival = Date.parse(event.received);
    for (const each of this.#correlator.advance(this.#clock.before(arrival))) findings.push(each);
    const found = this.#correlator.observe({
      index: batch.first + line,
      time: windowTime(event),
      arrival,
      event,
      matches,
    });
    for (const each of found) findings.push(each);
  }

  /** Events that no rule matches say how late it is as well. */
  #endBatch(batch: SealedBatch, findings: Finding[]): void {
    const stats = this.#correlator.stats();
    if (stats.waiting === 0 && stats.evictions === 0 && stats.givenUp === 0) return;
    const received = Date.parse(parseLine(batch, batch.count - 1).received);
    for (const each of this.#correlator.advance(this.#clock.before(received))) findings.push(each);
    const evicted = this.#evictions.next(stats, this.#rules.name, received);
    if (evicted !== undefined) this.#options.selfLog?.emit(evicted);
  }
}

function tellKey({ ruleId, key }: Finding): string {
  return `${ruleId} ${key}`;
}

function parseLine(batch: SealedBatch, line: number): SecurityEvent {
  const start = line === 0 ? 0 : batch.ends[line - 1]!;
  return JSON.parse(batch.bytes.toString("utf8", start, batch.ends[line]! - 1)) as SecurityEvent;
}

/** The time that windows use, in milliseconds: see "Detection windows" in the design of the event. */
export function windowTime(event: SecurityEvent): number {
  const received = Date.parse(event.received);
  const time = Date.parse(event.time);
  if (Number.isNaN(time)) return received;
  return isBackfill(event.via) || Math.abs(time - received) <= TRUSTED_SKEW_MS ? time : received;
}

/** Ids of backfill keys say so themselves, so that a replay decides as the first run did. */
export function isBackfill(via: string): boolean {
  return via.startsWith("backfill_");
}
