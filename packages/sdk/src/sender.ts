// SPDX-License-Identifier: Apache-2.0
import { backoffMs } from "./backoff.js";
import type { Report } from "./error.js";
import type { LossReason } from "./losses.js";
import type { Settings } from "./options.js";
import type { Reply, SendRequest, Transport } from "./transport.js";
import type { Outbox, Waiting } from "./waiting.js";
import type { Question } from "./witness/witness.js";

/** What the sender tells about. */
export interface SenderHooks {
  /** The server has acknowledged a batch. */
  delivered(count: number, duplicates: number): void;
  rejected(count: number): void;
  /** A batch is no longer on its way, whatever became of it. */
  released(): void;
  retried(): void;
  lose(reason: LossReason, entries: readonly Waiting[]): void;
  /** What the witness wants to know with the next request, if anything. */
  ask(): Question | undefined;
  report: Report;
}

type Verdict = "delivered" | "split" | "uncompressed" | "retry";

/** What an answer means for a batch. Only an answer that names the batch itself as bad may lead to a loss. */
function judge(status: number): Verdict {
  if (status >= 200 && status < 300) return "delivered";
  if (status === 400 || status === 413 || status === 422) return "split";
  if (status === 415) return "uncompressed";
  return "retry";
}

interface Answer {
  accepted?: unknown;
  duplicates?: unknown;
  rejected?: unknown;
  rejectedTotal?: unknown;
  checkpoint?: unknown;
  consistency?: unknown;
}

type Refusal = { line?: unknown; code?: unknown; message?: unknown } | null;

/** The event of a line of the batch, counted from 1, by its action, which is a name that stands in the code. */
function nameOf(batch: readonly Waiting[], line: unknown): string {
  const json = typeof line === "number" ? batch[line - 1]?.json : undefined;
  const action = json === undefined ? undefined : (JSON.parse(json) as { action?: unknown }).action;
  return typeof action === "string" && /^[\w.-]{1,64}$/.test(action) ? `an event ${action}` : "an event";
}

function isLineOf(batch: readonly Waiting[], line: unknown): boolean {
  return typeof line === "number" && Number.isInteger(line) && line >= 1 && line <= batch.length;
}

function parseAnswer(body: string): Answer {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** Says what became of the events. Whoever stands between, such as a login page, also answers 200. */
function isAcknowledgement({ accepted, duplicates }: Answer): boolean {
  return Number.isSafeInteger(accepted) && Number.isSafeInteger(duplicates);
}

/**
 * Takes batches from the queue and sends them one after another, so that the order of the source is kept and a server
 * in trouble sees one request of this process. A batch is sent until the server has answered for it; ids make it safe
 * to send one twice.
 */
export class Sender {
  readonly #outbox: Outbox;
  readonly #transport: Transport;
  readonly #settings: Settings;
  readonly #hooks: SenderHooks;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #compress = true;
  #failures = 0;
  /** Ends the pause between two attempts. */
  #resume: (() => void) | undefined;
  readonly #stopping = new AbortController();
  readonly #waiters = new Set<{ seq: number; untilRefused: boolean; resolve: () => void }>();

  constructor(outbox: Outbox, transport: Transport, settings: Settings, hooks: SenderHooks) {
    this.#outbox = outbox;
    this.#transport = transport;
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** An event has been queued. `now`: do not wait for others. */
  notify(now: boolean): void {
    if (this.#isRunning || this.#isStopped) return;
    const { events, bytes, ms } = this.#settings.batch;
    if (now || this.#waiters.size > 0 || this.#outbox.count >= events || this.#outbox.bytes >= bytes)
      this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), ms).unref();
  }

  /**
   * Sends at once what waits and resolves when everything up to `seq` has been settled or time is over; with
   * `untilRefused` also when the server refuses the key, because asking again would be refused again.
   */
  async settle(seq: number, ms: number, { untilRefused = false } = {}): Promise<boolean> {
    if (this.#outbox.isSettled(seq)) return true;
    const { promise, resolve } = withResolvers();
    const waiter = { seq, untilRefused, resolve };
    this.#waiters.add(waiter);
    // This timer keeps the process alive, on purpose: somebody waits.
    const timer = setTimeout(resolve, ms);
    this.#resume?.();
    if (!this.#isRunning) this.#start();
    await promise;
    clearTimeout(timer);
    this.#waiters.delete(waiter);
    return this.#outbox.isSettled(seq);
  }

  /** Gives up on what waits; resolves when nothing is on its way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#resume?.();
    this.#stopping.abort();
    await this.#running;
    await this.#outbox.close();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isRunning || this.#isStopped) return;
    this.#isRunning = true;
    this.#running = this.#run().catch((cause: unknown) => {
      this.#hooks.report("internal", () => "sending stopped unexpectedly", cause);
    });
  }

  async #run(): Promise<void> {
    const { events, bytes } = this.#settings.batch;
    try {
      // The caller goes on first: emit never does the work of sending.
      await Promise.resolve();
      while (this.#outbox.count > 0 && !this.#isStopped) {
        const batch = await this.#outbox.take(events, bytes);
        try {
          if (batch.length > 0) await this.#deliver(batch);
        } finally {
          this.#outbox.release();
          this.#hooks.released();
          this.#tellWaiters();
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #tellWaiters(): void {
    for (const waiter of this.#waiters) if (this.#outbox.isSettled(waiter.seq)) waiter.resolve();
  }

  /** Returns when every event of the batch has been acknowledged, refused for good or given up. */
  async #deliver(batch: readonly Waiting[]): Promise<void> {
    const lines = `${batch.map(({ json }) => json).join("\n")}\n`;
    while (!this.#isStopped) {
      const compress = this.#compress && lines.length >= this.#settings.gzipBytes;
      const question = this.#hooks.ask();
      const reply = await this.#post(lines, { compress, seen: question?.seen });
      const verdict = reply === undefined ? "retry" : judge(reply.status);
      const answer = verdict === "delivered" && reply !== undefined ? parseAnswer(reply.body) : undefined;
      if (answer !== undefined && isAcknowledgement(answer)) {
        question?.answered(answer);
        this.#acknowledge(batch, answer);
        return;
      }
      question?.unanswered();
      if (verdict === "split" && reply !== undefined) {
        await this.#split(batch, reply);
        return;
      }
      if (verdict === "uncompressed" && compress) {
        this.#compress = false;
        continue;
      }
      this.#failures++;
      this.#hooks.retried();
      if (reply !== undefined) this.#reportRefusal(reply.status);
      await this.#pause(backoffMs(this.#failures, reply?.retryAfterMs, Math.random));
    }
    this.#outbox.keep(batch);
  }

  async #post(lines: string, request: Omit<SendRequest, "signal">): Promise<Reply | undefined> {
    try {
      return await this.#transport.post(lines, { ...request, signal: this.#stopping.signal });
    } catch (cause) {
      if (this.#isStopped) return undefined;
      const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? (cause as Error | undefined)?.name;
      this.#hooks.report(
        "delivery_delayed",
        () => `no answer from ${this.#settings.url.origin} (${code})`,
        cause,
      );
      return undefined;
    }
  }

  #acknowledge(batch: readonly Waiting[], answer: Answer): void {
    this.#failures = 0;
    const refused = (Array.isArray(answer.rejected) ? answer.rejected : []) as Refusal[];
    const duplicates = typeof answer.duplicates === "number" ? answer.duplicates : 0;
    const total = typeof answer.rejectedTotal === "number" ? answer.rejectedTotal : 0;
    const rejected = Math.min(Math.max(refused.length, total), batch.length);
    this.#hooks.delivered(batch.length - rejected, duplicates);
    const named = new Set(refused.map((item) => item?.line).filter((line) => isLineOf(batch, line)));
    for (const [i, { watch }] of batch.entries()) {
      // Where the server does not name all that it refused, nobody who waits may be told that his event has arrived.
      if (named.size < rejected || named.has(i + 1)) watch?.lost("rejected");
      else watch?.acknowledged();
    }
    if (rejected === 0) return;
    this.#hooks.rejected(rejected);
    for (const item of refused.slice(0, 10)) {
      const text = `Telltale refused ${nameOf(batch, item?.line)}: ${String(item?.code)}: ${String(item?.message)}`;
      this.#hooks.report("event_rejected", () => text.slice(0, 300));
    }
  }

  /** Halves until the event is found that the server does not take; the others arrive. */
  async #split(batch: readonly Waiting[], reply: Reply): Promise<void> {
    if (batch.length === 1) {
      this.#hooks.lose(reply.status === 413 ? "too_large" : "refused", batch);
      return;
    }
    const half = batch.length >> 1;
    await this.#deliver(batch.slice(0, half));
    await this.#deliver(batch.slice(half));
  }

  #reportRefusal(status: number): void {
    if (status === 401 || status === 403) {
      this.#hooks.report(
        "key_refused",
        () => `${this.#settings.url.origin} refuses the key (${status}): is it an ingest key of this server?`,
      );
      for (const waiter of this.#waiters) if (waiter.untilRefused) waiter.resolve();
    } else if (status === 429 || status >= 500) {
      this.#hooks.report("delivery_delayed", () => `${this.#settings.url.origin} asks to wait (${status})`);
    } else {
      const { origin } = this.#settings.url;
      this.#hooks.report("wrong_address", () => `${origin} answered ${status}: is it a Telltale server?`);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isStopped) return;
    const { promise, resolve } = withResolvers();
    const timer = setTimeout(resolve, ms).unref();
    this.#resume = resolve;
    await promise;
    this.#resume = undefined;
    clearTimeout(timer);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
