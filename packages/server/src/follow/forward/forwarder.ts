// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { compileFilter, type Predicate, type Query } from "@telltale/query";
import type { Cursors } from "../../state/cursors.js";
import type { Follower, SealedBatch, Standing } from "../follower.js";
import type { FollowLog } from "../runner.js";
import { WAITS, type Waits } from "./backoff.js";
import type { DeadLetters } from "./dead-letters.js";
import { ForwardError } from "./error.js";
import type { Pauses } from "./pauses.js";
import { Sender } from "./sender.js";
import type { ForwardStatus } from "./status.js";
import type { Outgoing, Target } from "./target.js";

/** When what has gathered is sent: whatever is reached first. */
export interface BatchLimits {
  readonly events: number;
  /** Of sealed lines. */
  readonly bytes: number;
  /** How long an event may wait for others. */
  readonly waitMs: number;
}

export interface ForwarderOptions {
  readonly target: Target;
  /** Which events it gets; default all. */
  readonly filter?: Query;
  readonly batch: BatchLimits;
  /** Where a target begins that has no cursor yet; default the beginning of the log. */
  readonly from?: "beginning" | "now";
  readonly logName?: string;
  readonly log: Pick<FollowLog, "size" | "read" | "firstKept">;
  readonly cursors: Pick<Cursors, "get" | "put">;
  readonly deadLetters: Pick<DeadLetters, "append">;
  readonly pauses: Pauses;
  readonly waits?: Waits;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A durable cursor costs an fsync; dying sends again what was confirmed since the last one. */
const SAVE_MS = 1000;
const READ_BYTES = 1024 * 1024;
/** Lines parsed before others get their turn on this thread. */
const SLICE = 128;

/**
 * The forward follower of one target: sealed events → deliveries, at least once and in order. A target that cannot
 * take events holds up this follower alone: `handle` stays where it is, with one batch in memory, and the log is the
 * queue. Back-off, pause and replay are its own; the runner sees a failure only when the log or the state fails.
 *
 * `stop()` MUST be called before the runner is closed: the runner waits for `handle`, which may wait for the target.
 */
export class Forwarder implements Follower {
  readonly name: string;
  readonly version = 1;
  readonly #options: ForwarderOptions;
  readonly #now: () => number;
  readonly #sender: Sender;
  readonly #abort = new AbortController();
  readonly #logName: string;
  /** The first index not looked at yet. */
  #position = 0;
  /** End of what the runner has handed over; lines before it may be read from the log. */
  #fed = 0;
  #pending: readonly Outgoing[] = [];
  #gathering: Outgoing[] = [];
  #gatheredBytes = 0;
  #gatheringSince = 0;
  /** Grows with each replay: work begun before it is not wanted any more. */
  #epoch = 0;
  #saved = 0;
  #savedAt = Number.NEGATIVE_INFINITY;
  #pausedSince: string | undefined;
  #resumed: (() => void) | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#logName = options.logName ?? "main";
    this.name = `forward:${options.target.name}`;
    this.#sender = new Sender({
      target: options.target,
      deadLetters: options.deadLetters,
      waits: options.waits ?? WAITS,
      now: this.#now,
      random: options.random ?? Math.random,
    });
  }

  async start(): Promise<number> {
    const { cursors, from, log, pauses, target } = this.#options;
    const cursor = await cursors.get(this.name, this.#logName);
    this.#position = Math.min(cursor?.next ?? (from === "now" ? log.size : 0), log.size);
    this.#fed = this.#position;
    this.#saved = cursor?.next ?? -1;
    // At once: "now" must stay the moment of the first start.
    await this.#save();
    if (await pauses.isPaused(target.name)) this.#pausedSince = new Date(this.#now()).toISOString();
    return this.#position;
  }

  async rewind(next: number): Promise<void> {
    this.#position = next;
    this.#fed = next;
    await this.#save();
  }

  async handle(batch: SealedBatch): Promise<void> {
    this.#fed = Math.max(this.#fed, batch.first + batch.count);
    await this.#guard(() => this.#pump(batch));
  }

  async idle(): Promise<void> {
    await this.#guard(() => this.#pump(undefined));
  }

  /** Ends what is under way, soon and for good; what is not confirmed is sent after the next start. */
  stop(): void {
    this.#abort.abort();
    this.#sender.wake();
    this.#resumed?.();
  }

  async close(): Promise<void> {
    this.stop();
    try {
      await this.#save();
    } finally {
      await this.#options.target.close();
    }
  }

  /** Durable when it resolves. A delivery under way is finished. */
  async pause(): Promise<void> {
    await this.#options.pauses.set(this.#options.target.name, true);
    this.#pausedSince ??= new Date(this.#now()).toISOString();
    this.#sender.wake();
  }

  /** Goes on after a pause; ends a wait, too: the target is asked at once. */
  async resume(): Promise<void> {
    await this.#options.pauses.set(this.#options.target.name, false);
    this.#pausedSince = undefined;
    this.#resumed?.();
    this.#sender.wake();
  }

  /** Sends again all events from an index on. Throws ForwardError `bad_index` when it has not come that far. */
  async replay(from: number): Promise<void> {
    if (!Number.isSafeInteger(from) || from < 0 || from > this.#next()) {
      throw new ForwardError(
        "bad_index",
        `A replay begins between 0 and ${this.#next()}, the next event of this target.`,
      );
    }
    this.#epoch++;
    this.#position = from;
    this.#clear();
    await this.#save();
    this.#resumed?.();
    this.#sender.wake();
  }

  status(): ForwardStatus {
    const { target, log } = this.#options;
    const { state, since, lastError, lastDelivered, counts } = this.#sender.account;
    const next = this.#next();
    return {
      name: target.name,
      kind: target.kind,
      ...(this.#pausedSince === undefined
        ? { state, since }
        : { state: "paused" as const, since: this.#pausedSince }),
      next,
      lag: Math.max(0, log.size - next),
      ...(lastError === undefined ? {} : { lastError }),
      ...(lastDelivered === undefined ? {} : { lastDelivered }),
      counts,
    };
  }

  /** The runner has handed over what waits here for the target: only this tells of a target that takes nothing. */
  standing(): Standing {
    const { state, next, lastError } = this.status();
    if (state === "running") return { next };
    if (state === "paused" || lastError === undefined) return { next, state };
    return { next, state, error: lastError.message };
  }

  /** The first index that is not settled. */
  #next(): number {
    return this.#pending[0]?.index ?? this.#gathering[0]?.index ?? this.#position;
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#sender.fail(failure);
      throw failure;
    }
  }

  /** Takes everything before `#fed`: from the batch where it holds the next line, else from the log. */
  async #pump(batch: SealedBatch | undefined): Promise<void> {
    while (await this.#mayGoOn()) {
      // What was pruned is nobody's to send any more.
      this.#position = this.#options.log.firstKept?.(this.#position) ?? this.#position;
      if (this.#now() - this.#savedAt >= SAVE_MS) await this.#save();
      if (this.#pending.length > 0) await this.#deliver();
      else if (this.#position < this.#fed) await this.#take(await this.#linesAt(this.#position, batch));
      else if (this.#isDue()) this.#close();
      else break;
    }
  }

  async #linesAt(index: number, batch: SealedBatch | undefined): Promise<Omit<SealedBatch, "log">> {
    if (batch !== undefined && index >= batch.first && index < batch.first + batch.count) return batch;
    const lines = await this.#options.log.read(index, this.#fed, READ_BYTES);
    if (lines.count === 0) throw new Error(`the log gave no event at index ${index}`);
    return lines;
  }

  /** Gathers from the next line on, until a batch is full or the lines are over. */
  async #take(lines: Omit<SealedBatch, "log">): Promise<void> {
    const epoch = this.#epoch;
    const test = this.#filter();
    const { events, bytes } = this.#options.batch;
    // A replay may have begun while the lines were read.
    if (this.#position < lines.first) return;
    for (let taken = 1; this.#position < lines.first + lines.count; taken++) {
      const line = this.#position - lines.first;
      const start = line === 0 ? 0 : lines.ends[line - 1]!;
      const size = lines.ends[line]! - start;
      if (this.#gathering.length > 0 && this.#gatheredBytes + size > bytes) return this.#close();
      const event = JSON.parse(lines.bytes.toString("utf8", start, start + size - 1)) as SecurityEvent;
      if (test(event)) this.#gather(this.#position, event, size);
      this.#position++;
      if (this.#gathering.length >= events) return this.#close();
      if (taken % SLICE === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.#abort.signal.aborted || this.#epoch !== epoch || this.#pausedSince !== undefined) return;
      }
    }
  }

  /** Compiled for each piece: `now` in a query moves. */
  #filter(): Predicate {
    const { filter } = this.#options;
    return filter === undefined ? () => true : compileFilter(filter, { now: this.#now() });
  }

  #gather(index: number, event: SecurityEvent, size: number): void {
    if (this.#gathering.length === 0) this.#gatheringSince = this.#now();
    this.#gathering.push({ index, address: `${this.#logName}:${index}`, event });
    this.#gatheredBytes += size;
  }

  #isDue(): boolean {
    if (this.#gathering.length === 0) return false;
    const waited = this.#now() - this.#gatheringSince;
    return waited >= this.#options.batch.waitMs || waited < 0;
  }

  /** What was gathered is to be sent. */
  #close(): void {
    this.#pending = this.#gathering;
    this.#gathering = [];
    this.#gatheredBytes = 0;
  }

  #clear(): void {
    this.#pending = [];
    this.#gathering = [];
    this.#gatheredBytes = 0;
  }

  async #deliver(): Promise<void> {
    const epoch = this.#epoch;
    await this.#sender.send(this.#pending, {
      signal: this.#abort.signal,
      proceed: async () => (await this.#mayGoOn()) && this.#epoch === epoch,
      isWanted: () => !this.#abort.signal.aborted && this.#epoch === epoch,
      onProgress: (rest) => {
        if (this.#epoch === epoch) this.#pending = rest;
      },
    });
  }

  /** Waits out a pause. False when it is over for good. */
  async #mayGoOn(): Promise<boolean> {
    while (this.#pausedSince !== undefined && !this.#abort.signal.aborted) {
      await this.#save();
      await new Promise<void>((resolve) => {
        this.#resumed = resolve;
      });
    }
    return !this.#abort.signal.aborted;
  }

  async #save(): Promise<void> {
    const next = this.#next();
    this.#savedAt = this.#now();
    if (next === this.#saved) return;
    await this.#options.cursors.put({
      follower: this.name,
      log: this.#logName,
      version: this.version,
      next,
    });
    this.#saved = next;
  }
}
