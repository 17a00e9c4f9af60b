// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import { fetchLines } from "../follow/index/lines.js";
import type { CandidateFinder } from "../follow/index/candidates.js";
import type { LogReader } from "../follow/index/log-reader.js";
import { indexAt } from "../follow/forward/index-at.js";
import { Replay, type BacktestReport } from "./replay.js";
import type { SelectedRules } from "./select.js";

export interface BacktestParts {
  readonly log: LogReader;
  readonly candidates: CandidateFinder;
}

export interface BacktestRequest {
  readonly rules: SelectedRules;
  /** Unix milliseconds of `received`: `since` inside, `until` outside. */
  readonly since: number;
  readonly until: number;
}

export interface BacktestLimits {
  /** Milliseconds that a backtest may take; then it tells what it has and says that this is not all. */
  readonly timeoutMs: number;
}

export const BACKTEST_LIMITS: BacktestLimits = { timeoutMs: 120_000 };

export type BacktestNews =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "report"; readonly report: BacktestReport };

const READ_BYTES = 512 * 1024;
const LINES = 256;
const PROGRESS_MS = 500;
const DISORDER_MS = 60_000;

/**
 * Says what rules would have found in the past. The index is asked which events match, when the rules have SQL over its
 * columns; else, and for what is not indexed yet, every line is read. Correlations run over the matching lines, in the
 * stream engine. The work is done in pieces of some milliseconds with as long a pause after each, so that the server
 * goes on serving. An aborted signal ends it at the next piece.
 */
export async function* runBacktest(
  parts: BacktestParts,
  request: BacktestRequest,
  signal: AbortSignal,
  limits: BacktestLimits = BACKTEST_LIMITS,
): AsyncGenerator<BacktestNews> {
  const run = new Run(parts, request, signal, limits);
  yield* run.go();
}

class Run {
  readonly #parts: BacktestParts;
  readonly #request: BacktestRequest;
  readonly #signal: AbortSignal;
  readonly #began = performance.now();
  readonly #deadline: number;
  readonly #replay: Replay;
  #told = Number.NEGATIVE_INFINITY;
  /** What the index went through, while it is asked. */
  #asked = 0;
  #from = 0;
  #to = 0;

  constructor(parts: BacktestParts, request: BacktestRequest, signal: AbortSignal, limits: BacktestLimits) {
    this.#parts = parts;
    this.#request = request;
    this.#signal = signal;
    this.#deadline = this.#began + limits.timeoutMs;
    const { rules, since, until } = request;
    this.#replay = new Replay({ ...rules, since, until });
  }

  async *go(): AsyncGenerator<BacktestNews> {
    const { log } = this.#parts;
    const { rules, since, until } = this.#request;
    // Requests of one minute are sealed in any order: a little later nothing older comes any more.
    this.#to = await indexAt(log, until + 2 * DISORDER_MS);
    // Windows that reach over the beginning are filled first.
    this.#from = await indexAt(log, since - rules.longest);
    const kept = log.firstKept?.(0) ?? 0;
    if (kept > 0 && this.#from <= kept) this.#replay.miss("events that were pruned");
    yield { kind: "progress", done: 0, total: this.#to - this.#from };
    const asked = yield* this.#ask();
    let events: number | undefined;
    if ("reason" in asked) yield* this.#readAll(this.#from, this.#to);
    else {
      yield* this.#fetch(asked.indices);
      const before = this.#replay.events;
      yield* this.#readAll(asked.next, this.#to);
      // Of most events that the index passed over no line was read: it has counted them.
      events = asked.events + this.#replay.events - before;
    }
    const report = this.#replay.report({
      path: "reason" in asked ? "log" : "index",
      ...("reason" in asked && { because: asked.reason }),
      ...(events !== undefined && { events }),
      tookMs: performance.now() - this.#began,
    });
    yield { kind: "report", report };
  }

  /** Asks the index, and tells how far it came meanwhile. */
  async *#ask(): AsyncGenerator<BacktestNews, Awaited<ReturnType<CandidateFinder["find"]>>> {
    let done = false;
    const asking = this.#parts.candidates
      .find({
        ruleSet: this.#request.rules.ruleSet,
        from: this.#from,
        to: this.#to,
        since: this.#request.since,
        until: this.#request.until,
        timeoutMs: (this.#deadline - performance.now()) / 2,
        signal: this.#signal,
        onProgress: (next) => {
          this.#asked = next;
        },
      })
      .finally(() => {
        done = true;
      });
    // What it rejects with is thrown below, by the await.
    asking.catch(() => undefined);
    while (!done) {
      await Promise.race([
        asking.then(
          () => undefined,
          () => undefined,
        ),
        sleep(PROGRESS_MS, undefined, { ref: false }),
      ]);
      if (!done) yield this.#progress(Math.max(0, this.#asked - this.#from));
    }
    return asking;
  }

  async *#fetch(indices: readonly number[]): AsyncGenerator<BacktestNews> {
    for (let at = 0; at < indices.length; at += LINES) {
      if (this.#isOver()) return;
      const began = performance.now();
      const some = indices.slice(at, at + LINES);
      const lines = await fetchLines(this.#parts.log, [...some].reverse());
      if (lines.length < some.length) this.#replay.miss("events whose lines could not be read");
      for (const { index, line } of lines.reverse()) this.#replay.observe(index, line);
      yield* this.#rest(began, (some.at(-1) as number) - this.#from);
    }
  }

  async *#readAll(from: number, to: number): AsyncGenerator<BacktestNews> {
    const { log } = this.#parts;
    for (let at = log.firstKept?.(from) ?? from; at < to; ) {
      if (this.#isOver()) return;
      const began = performance.now();
      const { first, count, bytes, ends } = await log.read(at, to, READ_BYTES);
      if (count === 0) return;
      for (let i = 0; i < count; i++) {
        const start = i === 0 ? 0 : (ends[i - 1] as number);
        this.#replay.observe(first + i, bytes.toString("utf8", start, (ends[i] as number) - 1));
      }
      at = log.firstKept?.(first + count) ?? first + count;
      yield* this.#rest(began, at - this.#from);
    }
  }

  /** As long a pause as the work took: half of this thread is left to those who wait for it. */
  async *#rest(began: number, done: number): AsyncGenerator<BacktestNews> {
    await sleep(Math.min(100, performance.now() - began));
    if (performance.now() - this.#told < PROGRESS_MS) return;
    yield this.#progress(done);
  }

  #progress(done: number): BacktestNews {
    this.#told = performance.now();
    return { kind: "progress", done, total: this.#to - this.#from };
  }

  #isOver(): boolean {
    if (this.#signal.aborted) this.#replay.miss("what came after it was stopped");
    else if (performance.now() >= this.#deadline) this.#replay.miss("the newest events: the time was up");
    else return false;
    return true;
  }
}
