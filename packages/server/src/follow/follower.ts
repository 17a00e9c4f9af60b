// SPDX-License-Identifier: Apache-2.0

/**
 * Match hints made by an ingest worker: pairs of (line offset in the batch, rule index). They speak for the
 * rule set named by `ruleSet` only; a reader with another rule set must match again.
 */
export interface MatchHints {
  ruleSet: string;
  pairs: Uint32Array;
}

/** Consecutive committed lines of one log. `ends[i]` is the offset just after the newline of line i. */
export interface SealedBatch {
  log: string;
  first: number;
  count: number;
  bytes: Buffer;
  ends: Uint32Array;
  hints?: MatchHints;
}

/**
 * A follower rejects `handle` with this when what it remembered is gone: it wants all lines from `next` on again,
 * which it may have seen.
 */
export class MemoryLost extends Error {
  override readonly name = "MemoryLost";
  readonly next: number;

  constructor(next: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.next = next;
  }
}

/** How a follower stands that takes lines in before it is done with them. */
export interface Standing {
  /** First index that it is not done with. */
  readonly next: number;
  /** Absent while all is well. `failed`: a person has to mend something. */
  readonly state?: "waiting" | "failed" | "paused";
  /** Why, for people. */
  readonly error?: string;
}

/**
 * A reader of the sealed log with a name, a cursor and a handler. The log is the queue: a follower may crash,
 * lag, be replayed from any index or be added later.
 *
 * - `start` returns the index that the follower wants next. It is called once, before the first `handle`.
 * - `rewind` is called when that index is beyond the log: the log was cut back or restored from a copy. Afterwards the
 *   follower wants `next`, and remembers nothing of what is not there.
 * - `handle` gets every committed line in order, one batch at a time, without gaps but for what was pruned. It MUST
 *   tolerate seeing lines
 *   again after a restart. When it rejects, the runner waits and calls it again with the same lines,
 *   or with those that a MemoryLost asks for.
 * - `idle` is called when nothing has come for a moment, at most a few times a second: a place to persist progress.
 * - `close` persists what is worth keeping. No other method is called afterwards.
 */
export interface Follower {
  readonly name: string;
  readonly version: number;
  start(): Promise<number>;
  rewind(next: number): Promise<void>;
  handle(batch: SealedBatch): Promise<void>;
  idle?(): Promise<void>;
  close(): Promise<void>;
  /** Only of a follower whose `handle` resolves before the work is done, or waits for somebody else. */
  standing?(): Standing;
}
