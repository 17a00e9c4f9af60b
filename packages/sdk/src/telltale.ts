// SPDX-License-Identifier: Apache-2.0
import { EventError, type SentEvent } from "@telltale/event";
import { type AuditOptions, createAudit } from "./audit.js";
import { Contexts, isFields, type Scope, type TelltaleContext } from "./context.js";
import { createConsole, type DevelopmentConsole } from "./development.js";
import { createReporter, type Report } from "./error.js";
import { createHelpers } from "./helpers.js";
import type { EventDetails, EventInput, Helpers } from "./helper-types.js";
import { LOSS_WORDS, Losses, type LossReason } from "./losses.js";
import { isInsecure, parseOptions, type Settings, type TelltaleOptions } from "./options.js";
import { Queue, type Waiting } from "./queue.js";
import { Recorder } from "./recorder.js";
import { Sender } from "./sender.js";
import { createTransport } from "./transport.js";

/** Counters since start. */
export interface TelltaleStats {
  /** Events recorded. */
  emitted: number;
  /** Acknowledged by the server. */
  delivered: number;
  /** Of these, known to the server before: they were sent twice. */
  duplicates: number;
  /** Refused by the server one by one. */
  rejected: number;
  /** Dropped; `sdk_events_lost` tells the server. */
  lost: number;
  /** Deliveries that had to be tried again. */
  retries: number;
  /** Recorded and not yet settled. */
  waiting: number;
  /** Memory that these take, in bytes. */
  waitingBytes: number;
  /** Routes that emitted nothing finer than `api_request`; known in development only. */
  coarseRoutes: string[];
}

/** What an application reports its security events to. */
export interface Telltale extends Helpers {
  /** Records an event. Returns at once, never throws; delivery goes on in the background. */
  readonly emit: (event: EventInput) => void;
  /** Runs `body` with a context that is merged into every event emitted inside, across asynchronous calls. */
  readonly run: <T>(context: TelltaleContext, body: () => T) => T;
  /** Adds to the context of the current `run` or request, for example the actor after authentication. */
  readonly setContext: (context: TelltaleContext) => void;
  /**
   * Wraps an Express route handler or any function, so that each call is recorded: success, failure (thrown, rejected
   * or status of 400 and above) and duration. What the function returns and throws is unchanged.
   */
  readonly audit: <F extends (...args: never[]) => unknown>(
    action: string,
    body: F,
    options?: AuditOptions<F>,
  ) => F;
  /**
   * Sends what waits, for at most `ms` (5,000). True when the server has acknowledged all that was emitted before; never
   * rejects.
   */
  readonly flush: (ms?: number) => Promise<boolean>;
  /**
   * Sends what waits, for at most `ms` (5,000), and ends; later events are lost. Ends at once when the server refuses the
   * key; while nobody answers it goes on trying. True as for `flush`; never rejects.
   */
  readonly close: (ms?: number) => Promise<boolean>;
  readonly stats: () => TelltaleStats;
}

/** How the framework integrations of this package reach inside; not for applications. */
export const INTERNAL: unique symbol = Symbol.for("telltale.sdk.internal") as never;

/** What `INTERNAL` gives. */
export interface Internals {
  readonly contexts: Contexts;
  readonly console: DevelopmentConsole | undefined;
  /** Records an event about a request itself; the scope does not count it as the application's own. */
  recordFor(scope: Scope, action: string, details: EventDetails): void;
}

const FLUSH_MS = 5000;
const EXIT_MS = 2000;

class Core {
  readonly contexts = new Contexts();
  readonly console: DevelopmentConsole | undefined;
  readonly #report: Report;
  readonly #losses = new Losses();
  readonly #maxBytes: number;
  readonly #recorder: Recorder;
  readonly #queue: Queue;
  readonly #sender: Sender;
  readonly #counts = { emitted: 0, delivered: 0, duplicates: 0, rejected: 0, retries: 0 };
  #isClosed = false;
  #closing: Promise<boolean> | undefined;
  #hasTriedExit = false;

  constructor(settings: Settings) {
    this.console = settings.development ? createConsole(process.stderr) : undefined;
    this.#report = createReporter(settings.onError);
    this.#maxBytes = settings.maxBytes;
    this.#recorder = new Recorder(settings);
    this.#queue = new Queue(settings.maxBytes, (entry) => this.#lose("memory_full", [entry]));
    this.#sender = new Sender(this.#queue, createTransport(settings), settings, {
      delivered: (count, duplicates) => {
        this.#counts.delivered += count;
        this.#counts.duplicates += duplicates;
        this.#hasTriedExit = false;
        this.#tellLosses();
      },
      rejected: (count) => (this.#counts.rejected += count),
      retried: () => this.#counts.retries++,
      lose: (reason, entries) => this.#lose(reason, entries),
      report: this.#report,
    });
    if (isInsecure(settings.url)) {
      this.#report(
        "insecure_url",
        () => `events and key travel unencrypted to ${settings.url.host}: use https`,
      );
    }
    if (settings.flushOnExit) process.on("beforeExit", this.#beforeExit);
  }

  /** Nothing that a caller hands over may make this throw. */
  record(action: string | undefined, input: unknown, scope: Scope | undefined, isOwn: boolean): void {
    try {
      if (this.#isClosed) {
        this.#lose("closed", 1);
        return;
      }
      const { event, waiting } = this.#recorder.record(action, input, scope);
      this.#counts.emitted++;
      if (scope !== undefined && isOwn) note(scope, event);
      this.console?.print(event);
      this.#queue.push(waiting);
      this.#sender.notify(event.level === "critical");
    } catch (cause) {
      this.#lose("unusable", 1);
      this.#report(
        "internal",
        () => `${describeCall(action, input)} was not recorded: ${toReason(cause)}`,
        cause,
      );
    }
  }

  #lose(reason: LossReason, lost: readonly Waiting[] | number): void {
    const entries = typeof lost === "number" ? [] : lost;
    for (const { losses } of entries) if (losses !== undefined) this.#losses.putBack(losses);
    const count =
      typeof lost === "number" ? lost : entries.filter(({ losses }) => losses === undefined).length;
    if (count === 0) return;
    this.#losses.add(reason, count);
    const { total } = this.#losses;
    this.#report(
      "events_lost",
      () => `${total} ${total === 1 ? "event" : "events"} lost so far, the last: ${LOSS_WORDS[reason]}`,
    );
  }

  /** Loss is an event: as soon as something has arrived, the server hears what has not. */
  #tellLosses(): void {
    // Not while memory is nearly full: the report would push out what it reports on.
    if (this.#queue.cost > this.#maxBytes / 2) return;
    const lost = this.#losses.take();
    if (lost === undefined) return;
    const data = { count: lost.count, reasons: lost.counts, since: new Date(lost.since).toISOString() };
    const { waiting } = this.#recorder.record(
      "sdk_events_lost",
      { actor: { type: "system" }, data },
      undefined,
    );
    this.#queue.push({ ...waiting, losses: lost.counts });
    this.#sender.notify(true);
  }

  async flush(ms: number): Promise<boolean> {
    const before = this.#losses.total + this.#counts.rejected;
    const isSettled = await this.#sender.settle(this.#recorder.seq, ms);
    return isSettled && this.#losses.total + this.#counts.rejected === before;
  }

  close(ms: number): Promise<boolean> {
    this.#closing ??= this.#close(ms);
    return this.#closing;
  }

  async #close(ms: number): Promise<boolean> {
    process.off("beforeExit", this.#beforeExit);
    const before = this.#losses.total + this.#counts.rejected;
    const start = performance.now();
    const isSettled = await this.#sender.settle(this.#recorder.seq, ms, { untilRefused: true });
    this.#isClosed = true;
    // A report of losses may have been queued behind the last event.
    const left = Math.max(0, ms - (performance.now() - start));
    if (isSettled) await this.#sender.settle(this.#recorder.seq, left, { untilRefused: true });
    await this.#sender.stop();
    return this.#losses.total + this.#counts.rejected === before;
  }

  /** The process has nothing left to do but what waits here: one try, then it may end. */
  readonly #beforeExit = (): void => {
    if (this.#hasTriedExit || this.#sender.isSettled(Number.MAX_SAFE_INTEGER)) return;
    this.#hasTriedExit = true;
    this.#sender.settle(Number.MAX_SAFE_INTEGER, EXIT_MS, { untilRefused: true }).catch(() => undefined);
  };

  stats(): TelltaleStats {
    return {
      ...this.#counts,
      lost: this.#losses.total,
      waiting: this.#sender.waiting,
      waitingBytes: this.#queue.cost,
      coarseRoutes: this.console?.coarseRoutes() ?? [],
    };
  }
}

/** The call as it stands in the code; of what was handed over only a name. */
function describeCall(action: unknown, input: unknown): string {
  const name: unknown =
    action ?? (isFields(input) ? Object.getOwnPropertyDescriptor(input, "action")?.value : undefined);
  if (typeof name === "string" && /^[\w.-]{1,64}$/.test(name)) return `the event ${name}`;
  return "an event handed to emit";
}

function toReason(cause: unknown): string {
  if (cause instanceof EventError) return `${cause.message} (${cause.code})`;
  return cause instanceof Error ? cause.name : "it cannot be read";
}

function note(scope: Scope, event: SentEvent): void {
  scope.emitted++;
  if (event.outcome === "denied" || event.outcome === "failure") scope.refused = true;
}

function millisecondsOr(fallback: number, ms: number | undefined): number {
  return ms === undefined || Number.isNaN(ms) ? fallback : Math.min(Math.max(ms, 0), 2 ** 31 - 1);
}

/**
 * Starts reporting. Make one per process and hand it around.
 *
 * ```ts
 * const telltale = createTelltale({ app: "shop", url: process.env.TELLTALE_URL, key: process.env.TELLTALE_KEY });
 * telltale.authn.loginFail({ actor: { id: "alice" }, reason: "bad_password" });
 * ```
 *
 * @throws {TypeError} when app, url or key is missing; nothing else of the SDK throws into the application
 */
export function createTelltale(options: TelltaleOptions): Telltale {
  const core = new Core(parseOptions(options));
  const { contexts } = core;
  const emitAs = (action: string | undefined, details: unknown): void =>
    core.record(action, details, contexts.current(), true);
  const internals: Internals = {
    contexts,
    console: core.console,
    recordFor: (scope, action, details) => core.record(action, details, scope, false),
  };
  return {
    ...createHelpers(emitAs),
    emit: (event) => emitAs(undefined, event),
    run: (context, body) => contexts.run(contexts.open(context), body),
    setContext: (context) => contexts.add(context),
    audit: createAudit(contexts, (scope, action, details) => core.record(action, details, scope, true)),
    flush: (ms) => core.flush(millisecondsOr(FLUSH_MS, ms)),
    close: (ms) => core.close(millisecondsOr(FLUSH_MS, ms)),
    stats: () => core.stats(),
    [INTERNAL]: internals,
  } as Telltale & { [INTERNAL]: Internals };
}
