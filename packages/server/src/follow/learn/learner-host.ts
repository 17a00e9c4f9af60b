// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { SelfEvent } from "../../self-log.js";
import type { SealedBatch } from "../follower.js";
import type { Snapshots } from "../snapshots.js";
import { toSelfEvent } from "./anomaly.js";
import { Learner, SnapshotError } from "./learner.js";
import type { Places } from "./places.js";
import type { LearnSettings } from "./settings.js";

/** Committed lines to learn from. */
export type Lines = Pick<SealedBatch, "first" | "count" | "bytes" | "ends">;

/** An anomaly as the event that tells of it, found at the event at index `at`. */
export interface Found {
  at: number;
  event: SelfEvent;
}

/** Entities remembered and forgotten for want of room, for metrics. */
export interface Remembered {
  users: number;
  usersForgotten: number;
  streams: number;
  /** Time of the oldest event that was learned from, milliseconds since 1970. */
  since: number | undefined;
}

/** What was learned is gone, with the thread that held it: `load` again. */
export class LearnerLost extends Error {
  override readonly name = "LearnerLost";
}

/** Where the learner lives. Calls are made one after the other, but for `save`: learning goes on while it writes. */
export interface LearnerHost {
  /** Forgets all, takes up what was saved, and gives the index that comes next: 0 when nothing usable was saved. */
  load(): Promise<number>;
  /** @throws LearnerLost */
  learn(lines: Lines): Promise<Found[]>;
  /**
   * Saves what is learned now, which is all below `next`. Durable when it resolves.
   *
   * @throws LearnerLost
   */
  save(next: number): Promise<void>;
  /** Forgets all that was learned, but not what was saved. */
  reset(): Promise<void>;
  readonly remembered: Remembered;
  readonly settings: LearnSettings;
  close(): Promise<void>;
}

export interface LocalHostOptions {
  snapshots: Pick<Snapshots, "load" | "save">;
  settings: LearnSettings;
  places: Places;
}

const NAME = "learn";
/** What was learned stays true under other settings and with a newer country database. */
const BASIS = "learn 1";

/** A learner on this thread. */
export class LocalHost implements LearnerHost {
  readonly #options: LocalHostOptions;
  #learner: Learner;

  constructor(options: LocalHostOptions) {
    this.#options = options;
    this.#learner = this.#newLearner();
  }

  get remembered(): Remembered {
    const { counts, since } = this.#learner;
    return { ...counts, since };
  }

  get settings(): LearnSettings {
    return this.#options.settings;
  }

  async load(): Promise<number> {
    this.#learner = this.#newLearner();
    const saved = await this.#options.snapshots.load(NAME);
    return saved?.of === BASIS && this.#restore(saved.state) ? saved.next : 0;
  }

  async learn(lines: Lines): Promise<Found[]> {
    const found: Found[] = [];
    for (let line = 0; line < lines.count; line++) {
      for (const anomaly of this.#learner.observe(parseLine(lines, line), lines.first + line))
        found.push({ at: anomaly.at, event: toSelfEvent(anomaly) });
    }
    return found;
  }

  save(next: number): Promise<void> {
    const pieces = this.#learner.snapshotPieces();
    return this.#options.snapshots.save(NAME, { next, of: BASIS, pieces });
  }

  async reset(): Promise<void> {
    this.#learner = this.#newLearner();
  }

  async close(): Promise<void> {}

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
    return new Learner(this.#options.settings, this.#options.places);
  }
}

function parseLine({ bytes, ends }: Lines, line: number): SecurityEvent {
  const start = line === 0 ? 0 : ends[line - 1]!;
  return JSON.parse(bytes.toString("utf8", start, ends[line]! - 1)) as SecurityEvent;
}
