// SPDX-License-Identifier: Apache-2.0
import type { SealingSelfLog, SelfEvent } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import { MemoryLost, type Follower, type SealedBatch } from "../follower.js";
import { LearnerLost, type LearnerHost, type Remembered } from "./learner-host.js";

/** What the learn follower works with. */
export interface LearnOptions {
  selfLog: Pick<SealingSelfLog, "seal">;
  cursors: Pick<Cursors, "get" | "put">;
  host: LearnerHost;
  now?: () => number;
}

/** Least time between two snapshots: learning again what came since the last takes seconds. */
const SNAPSHOT_MS = 300_000;
/** Anomalies sealed in one call. */
const SEALED_AT_ONCE = 200;

/** What it did since the start, for metrics. */
export interface LearnCounts extends Remembered {
  events: number;
  anomalies: number;
}

/** How far learning is. */
export interface LearnStatus {
  /** Time of the oldest event that was learned from, milliseconds since 1970; undefined while there is none. */
  since: number | undefined;
  graceDays: number;
  streamGraceDays: number;
  users: number;
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
  /** True when the next batch is not the one that is wanted. */
  #again = false;
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
  }

  get counts(): LearnCounts {
    return { events: this.#events, anomalies: this.#anomalies, ...this.#options.host.remembered };
  }

  /** How far it is, for people. */
  status(): LearnStatus {
    const { settings, remembered } = this.#options.host;
    const { graceDays, streamGraceDays } = settings;
    const { since, users, streams } = remembered;
    return { since, graceDays, streamGraceDays, users, streams };
  }

  /** Ends the thread that learns, without a snapshot. For a start that fails half-way. */
  async stop(): Promise<void> {
    await this.#options.host.close();
  }

  async start(): Promise<number> {
    const { cursors, host } = this.#options;
    this.#told = (await cursors.get(this.name))?.next ?? 0;
    this.#next = await host.load();
    this.#savedNext = this.#next;
    return this.#next;
  }

  /** What was learned of events that are gone cannot be taken back piece by piece: the log is learned again, in silence. */
  async rewind(next: number): Promise<void> {
    await this.#options.host.reset();
    this.#again = true;
    this.#owed = [];
    this.#told = next;
    this.#next = 0;
    this.#savedNext = 0;
    await this.#options.cursors.put({ follower: this.name, version: this.version, next });
  }

  async handle(batch: SealedBatch): Promise<void> {
    if (this.#again) {
      this.#again = false;
      throw new MemoryLost(0, "the log was cut back; it is learned again from its beginning");
    }
    // The same batch comes again when sealing failed: it is learned already, its anomalies are still owed.
    if (batch.first >= this.#next) {
      await this.#learn(batch);
      this.#next = batch.first + batch.count;
    }
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
  }

  async idle(): Promise<void> {
    if (this.#owed.length > 0) await this.#tell();
    await this.#saveIfDue();
  }

  async close(): Promise<void> {
    try {
      await this.#saving;
      if (this.#owed.length > 0) await this.#tell();
      if (this.#next !== this.#savedNext) {
        await this.#startSave();
        await this.#saving;
      }
      this.#throwFailure();
    } finally {
      await this.#options.host.close();
    }
  }

  async #learn(batch: SealedBatch): Promise<void> {
    const { host } = this.#options;
    try {
      for (const { at, event } of await host.learn(batch)) {
        if (at < this.#told) continue;
        this.#anomalies++;
        this.#owed.push(event);
      }
      this.#events += batch.count;
    } catch (error) {
      if (!(error instanceof LearnerLost)) throw error;
      // A snapshot that was under way failed for the same reason.
      await this.#saving;
      this.#saveFailure = undefined;
      // What was not told will be found again, on the way from the last snapshot.
      this.#owed = [];
      this.#next = await host.load();
      this.#savedNext = this.#next;
      throw new MemoryLost(this.#next, error.message, { cause: error });
    }
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
    this.#nextSave = this.#now() + SNAPSHOT_MS;
    this.#saving = this.#finishSave(this.#options.host.save(next), next);
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
}
