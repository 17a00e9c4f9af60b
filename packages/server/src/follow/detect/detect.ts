// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { createCorrelator, type Correlator, type Finding } from "@telltale/sigma";
import type { AlertProgress, AlertStore } from "../../alert/alert.js";
import type { LoadedRules } from "../../pipeline/rules.js";
import type { Cursors } from "../../state/cursors.js";
import type { Follower, SealedBatch } from "../follower.js";

/** What the detect follower works with. */
export interface DetectOptions {
  rules: LoadedRules;
  alerts: Pick<AlertStore, "record">;
  cursors: Pick<Cursors, "get">;
  now?: () => number;
}

interface SavedState {
  ruleSet: string;
  correlator: string;
}

/** How often the state of the correlations is saved at most; a restart replays what came since. */
const SNAPSHOT_MS = 5000;

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
  readonly #correlator: Correlator;
  #owed: Finding[] = [];
  /** Rules and keys recorded since the start: a finding of another one is news. */
  readonly #told = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #next = 0;
  #savedNext = 0;
  #savedAt = 0;

  constructor(options: DetectOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#correlator = createCorrelator(options.rules.set);
  }

  async start(): Promise<number> {
    const saved = await this.#options.cursors.get(this.name);
    this.#next = saved?.next ?? 0;
    if (saved?.snapshot !== undefined) {
      const state = JSON.parse(saved.snapshot) as SavedState;
      // Other rules have windows of their own: they start empty at the same index.
      if (state.ruleSet === this.#options.rules.name) this.#correlator.restore(state.correlator);
    }
    this.#savedNext = this.#next;
    return this.#next;
  }

  async handle(batch: SealedBatch): Promise<void> {
    // A batch comes again when recording its findings failed: its events were already observed and must not
    // be counted twice, only the findings are still owed.
    if (batch.first >= this.#next) {
      const found = this.#findIn(batch);
      this.#next = batch.first + batch.count;
      for (const each of found) this.#owed.push(each);
    }
    if (this.#now() - this.#savedAt >= SNAPSHOT_MS) await this.#save();
    else if (this.#owed.length > 0) await this.#tell();
  }

  async idle(): Promise<void> {
    if (this.#owed.length > 0) await this.#tell();
    if (this.#next !== this.#savedNext && this.#now() - this.#savedAt >= SNAPSHOT_MS) await this.#save();
  }

  async close(): Promise<void> {
    if (this.#next !== this.#savedNext || this.#owed.length > 0) await this.#save();
  }

  async #save(): Promise<void> {
    const saved: SavedState = { ruleSet: this.#options.rules.name, correlator: this.#correlator.snapshot() };
    const next = this.#next;
    await this.#record(next, JSON.stringify(saved));
    this.#savedNext = next;
    this.#savedAt = this.#now();
  }

  /**
   * Records what is owed: at once when it has something new, else every two seconds, because in a storm of failures
   * each event repeats an alert that people have already seen and only its count would change.
   */
  async #tell(): Promise<void> {
    const isNew = this.#owed.some((each) => !this.#told.has(tellKey(each)));
    const waited = this.#now() - this.#toldAt;
    if (waited < (isNew ? NEW_MS : REPEAT_MS) && waited >= 0) return;
    await this.#record(this.#savedNext);
  }

  /** Without a snapshot the cursor stays where the stored snapshot belongs: cursor and windows move together. */
  async #record(next: number, snapshot?: string): Promise<void> {
    const progress: AlertProgress = { follower: this.name, version: this.version, next };
    if (snapshot !== undefined) progress.snapshot = snapshot;
    await this.#options.alerts.record(this.#owed, progress);
    if (this.#told.size > MAX_TOLD) this.#told.clear();
    for (const each of this.#owed) this.#told.add(tellKey(each));
    this.#owed = [];
    this.#toldAt = this.#now();
  }

  #findIn(batch: SealedBatch): Finding[] {
    const { rules } = this.#options;
    const findings: Finding[] = [];
    if (batch.hints?.ruleSet === rules.name) {
      const { pairs } = batch.hints;
      for (let at = 0; at < pairs.length; ) {
        const line = pairs[at]!;
        const matches: number[] = [];
        for (; at < pairs.length && pairs[at] === line; at += 2) matches.push(pairs[at + 1]!);
        this.#observe(batch, line, parseLine(batch, line), matches, findings);
      }
      return findings;
    }
    for (let line = 0; line < batch.count; line++) {
      const event = parseLine(batch, line);
      const matches = rules.set.match(event);
      if (matches.length > 0) this.#observe(batch, line, event, matches, findings);
    }
    return findings;
  }

  #observe(
    batch: SealedBatch,
    line: number,
    event: SecurityEvent,
    matches: readonly number[],
    findings: Finding[],
  ): void {
    const found = this.#correlator.observe({
      index: batch.first + line,
      time: windowTime(event),
      event,
      matches,
    });
    for (const each of found) findings.push(each);
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
