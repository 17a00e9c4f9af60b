// SPDX-License-Identifier: Apache-2.0
import type { PipelineParts } from "./pipeline/pipeline.js";
import type { SelfLog } from "./self-log.js";

type Suspicion = Parameters<PipelineParts["onSuspicion"]>[0];

interface Pending {
  count: number;
  requests: number;
  first: number;
  last: number;
}

const QUIET_MS = 10_000;

/**
 * Reports what senders claimed and may not, as events. The first report of a key comes at once; what follows is
 * gathered and told every ten seconds, so that a hostile sender cannot fill the log with reports about itself.
 */
export class SuspicionReporter {
  readonly #selfLog: SelfLog;
  readonly #now: () => number;
  readonly #quiet = new Map<string, { until: number; pending: Pending | undefined; suspicion: Suspicion }>();
  readonly #timer: NodeJS.Timeout;

  constructor(selfLog: SelfLog, now: () => number = Date.now, everyMs: number = 1000) {
    this.#selfLog = selfLog;
    this.#now = now;
    this.#timer = setInterval(() => this.flush(false), everyMs);
    this.#timer.unref();
  }

  report(suspicion: Suspicion): void {
    const key = `${suspicion.kind} ${suspicion.sender.via}`;
    const waiting = this.#quiet.get(key);
    const { first, last } = suspicion.sealed;
    const range = { first: first ?? 0, last: last ?? 0 };
    if (waiting === undefined) {
      this.#quiet.set(key, { until: this.#now() + QUIET_MS, pending: undefined, suspicion });
      this.#emit(suspicion, { count: suspicion.count, requests: 1, ...range });
      return;
    }
    const before = waiting.pending ?? { count: 0, requests: 0, ...range };
    waiting.pending = {
      count: before.count + suspicion.count,
      requests: before.requests + 1,
      first: before.first,
      last: range.last,
    };
  }

  /** Tells what is gathered: all of it, or what has been quiet for long enough. */
  flush(all: boolean): void {
    const now = this.#now();
    for (const [key, waiting] of this.#quiet) {
      if (!all && waiting.until > now) continue;
      if (waiting.pending === undefined) this.#quiet.delete(key);
      else {
        this.#emit(waiting.suspicion, waiting.pending);
        waiting.pending = undefined;
        waiting.until = now + QUIET_MS;
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush(true);
  }

  #emit({ kind, sender }: Suspicion, { count, requests, first, last }: Pending): void {
    const claim = kind === "claim";
    this.#selfLog.emit({
      action: claim ? "log_tamper_suspected" : "log_id_conflict",
      outcome: "failure",
      level: "warn",
      reason: claim ? "claimed_by_sender" : "same_id_other_bytes",
      message: claim
        ? `Key ${sender.via} claimed what it may not in ${count} events; they are kept under other names`
        : `Key ${sender.via} sent ${count} events whose id was already sealed with other content; both are kept`,
      targets: [{ type: "api_key", id: sender.via }],
      data: { count, requests, firstIndex: first, lastIndex: last },
    });
  }
}
