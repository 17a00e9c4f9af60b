// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";
import type { SecurityEvent } from "@telltale/event";
import type { SealingSelfLog, SelfEvent } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { Follower, SealedBatch } from "../follower.js";
import type { Snapshots } from "../snapshots.js";
import { type Anomaly, toSelfEvent } from "./anomaly.js";
import { Learner, SnapshotError } from "./learner.js";
import { type Places, prefixPlaces } from "./places.js";
import { LEARN_DEFAULTS, type LearnSettings } from "./settings.js";

/** What the learn follower works with. */
export interface LearnOptions {
  selfLog: Pick<SealingSelfLog, "seal">;
  cursors: Pick<Cursors, "get" | "put">;
  snapshots: Pick<Snapshots, "load" | "save">;
  /** Without it, networks are known by their prefix and countries only as the senders say. */
  places?: Places;
  settings?: Partial<LearnSettings>;
  now?: () => number;
}

/**
 * Least time between two snapshots. Making one stops this thread, so a long one is followed by a longer pause; learning
 * again what came since the last takes seconds.
 */
const SNAPSHOT_MS = 300_000;
const SNAPSHOT_SHARE = 500;
/** Anomalies sealed in one call. */
const SEALED_AT_ONCE = 200;

/** What it did since the start, for metrics. */
export interface LearnCounts {
  events: number;
  anomalies: number;
  users: number;
  usersForgotten: number;
  streams: number;
}

/**
 * The learn follower: sealed events → anomalies, which become events of the same log.
 *
 * Its cursor says up to where all anomalies are sealed; its snapshot, what was learned, and never claims more than the
 * cursor. Without a usable snapshot it learns the log again from the beginning and stays silent up to the cursor. What
 * was sealed when the process died has ids that follow from the log, so sealing it again adds nothing.
 */
export class LearnFollower implements Follower {
  readonly name = "learn";
  readonly version = 1;
  readonly #options: LearnOptions;
  readonly #now: () => number;
  readonly #settings: LearnSettings;
  #learner: Learner;
  #owed: SelfEvent[] = [];
  #next = 0;
  /** Anomalies found at events below this index are sealed. */
  #told = 0;
  #savedNext = 0;
  #nextSave = 0;
  #events = 0;
  #anomalies = 0;
  #saving: Promise<void> | undefined;
  #saveFailure: Error | undefined;

  constructor(options: LearnOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#settings = { ...LEARN_DEFAULTS, ...options.settings };
    this.#learner = this.#newLearner();
  }

  get counts(): LearnCounts {
    return { events: this.#events, anomalies: this.#anomalies, ...this.#learner.counts };
  }

  async start(): Promise<number> {
    const { cursors, snapshots } = this.#options;
    this.#told = (await cursors.get(this.name))?.next ?? 0;
    const saved = await snapshots.load(this.name);
    const restored = saved?.of === this.#basis() && this.#restore(saved.state);
    this.#next = restored ? saved.next : 0;
    this.#savedNext = this.#next;
    return this.#next;
  }

  /** What was learned of events that are gone cannot be taken back piece by piece: the log is learned again, in silence. */
  async rewind(next: number): Promise<void> {
    this.#learner = this.#newLearner();
    this.#owed = [];
    this.#told = next;
    this.#next = next;
    this.#savedNext = -1;
    await this.#options.cursors.put({ follower: this.name, version: this.version, next });
  }

  async handle(batch: SealedBatch): Promise<void> {
    // The same batch comes again when sealing failed: it is learned already, its anomalies are still owed.
    if (batch.first >= this.#next) {
      this.#learn(batch);
      this.#next = batch.first + batch.count;
    }
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
    // A long replay is a chain of batches without a wait in between; others have work on this thread.
    await setImmediate();
  }

  async idle(): Promise<void> {
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
  }

  async close(): Promise<void> {
    await this.#saving;
    if (this.#owed.length > 0) await this.#tell();
    if (this.#next !== this.#savedNext) {
      await this.#startSave();
      await this.#saving;
    }
    this.#throwFailure();
  }

  #learn(batch: SealedBatch): void {
    for (let line = 0; line < batch.count; line++) {
      const index = batch.first + line;
      for (const anomaly of this.#learner.observe(parseLine(batch, line), index)) this.#note(anomaly);
    }
    this.#events += batch.count;
  }

  #note(anomaly: Anomaly): void {
    if (anomaly.at < this.#told) return;
    this.#anomalies++;
    this.#owed.push(toSelfEvent(anomaly));
  }

  /** Seals what is owed, then says so in the cursor. */
  async #tell(): Promise<void> {
    while (this.#owed.length > 0) {
      const some = this.#owed.slice(0, SEALED_AT_ONCE);
      await this.#options.selfLog.seal(some);
      this.#owed = this.#owed.slice(some.length);
    }
    // True now: the anomalies are durable in the log. Dying here leaves the cursor behind: they are found and sealed again,
    // and the sealer drops them by their ids.
    await this.#putCursor();
  }

  async #putCursor(): Promise<void> {
    if (this.#next <= this.#told) return;
    const next = this.#next;
    await this.#options.cursors.put({ follower: this.name, version: this.version, next });
    this.#told = next;
  }

  async #saveIfDue(): Promise<void> {
    this.#throwFailure();
    if (this.#saving === undefined && this.#next !== this.#savedNext && this.#now() >= this.#nextSave)
      await this.#startSave();
  }

  /** Called when nothing is owed: a snapshot says that all before it was told. */
  async #startSave(): Promise<void> {
    await this.#putCursor();
    const next = this.#next;
    const began = performance.now();
    const pieces = this.#learner.snapshotPieces();
    const saved = this.#options.snapshots.save(this.name, { next, of: this.#basis(), pieces });
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

  #throwFailure(): void {
    const failure = this.#saveFailure;
    this.#saveFailure = undefined;
    if (failure !== undefined) throw failure;
  }

  /** False for a snapshot that this version does not understand. */
  #restore(state: string): boolean {
    try {
      this.#learner.restore(state);
      return true;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#learner = this.#newLearner();
      return false;
    }
  }

  #newLearner(): Learner {
    return new Learner(this.#settings, this.#options.places ?? prefixPlaces);
  }

  /** What was learned stays true under other settings and with a newer country database. */
  #basis(): string {
    return `learn ${this.version}`;
  }
}

function parseLine(batch: SealedBatch, line: number): SecurityEvent {
  const start = line === 0 ? 0 : batch.ends[line - 1]!;
  return JSON.parse(batch.bytes.toString("utf8", start, batch.ends[line]! - 1)) as SecurityEvent;
}
