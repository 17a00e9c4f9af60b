// SPDX-License-Identifier: Apache-2.0
import { type AuditOptions, createAudit } from "./audit.js";
import type { Contexts, Scope, TelltaleContext } from "./context.js";
import { Core } from "./core.js";
import type { Decisions } from "./decisions/decisions.js";
import type { DevelopmentConsole } from "./development.js";
import { createHelpers } from "./helpers.js";
import type { EventDetails, EventInput, Helpers } from "./helper-types.js";
import { parseOptions, type TelltaleOptions } from "./options.js";

/** Counters since start. */
export interface TelltaleStats {
  /** Events recorded. */
  emitted: number;
  /** Acknowledged by the server, what an earlier process had left in the spool included. */
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
  /** Of those that wait, how many are on disk; and the bytes of the spool, those of dead processes included. */
  spooled: number;
  spooledBytes: number;
  /** Events of the log as far as it has been proven to this process; undefined before the first proof. */
  provenSize: number | undefined;
  /** Routes that emitted nothing finer than `api_request`; known in development only. */
  coarseRoutes: string[];
}

/** What an application reports its security events to. */
export interface Telltale extends Helpers {
  /** Records an event. Returns at once, never throws; delivery goes on in the background. */
  readonly emit: (event: EventInput) => void;
  /**
   * Records an event and waits until it is kept: on disk where there is a spool for it, else acknowledged by the server.
   * For operations that must not happen unrecorded. The one call that rejects: with `TelltaleError` `not_kept`, when the
   * event is lost or not known to be kept in time. It may still arrive then.
   */
  readonly emitAndWait: (event: EventInput, options?: WaitOptions) => Promise<void>;
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
  /** What the server has decided, where the settings say `decisions: true`. */
  readonly decisions: Decisions;
}

/** How long and for what `emitAndWait` waits. */
export interface WaitOptions {
  /** `kept` (the default): on disk or acknowledged. `acknowledged`: sealed in the log. */
  until?: "kept" | "acknowledged";
  /** Milliseconds. Default 5,000. */
  ms?: number;
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
    emitAndWait: (event, { until = "kept", ms } = {}) =>
      core.recordAndWait(event, until, millisecondsOr(FLUSH_MS, ms)),
    run: (context, body) => contexts.run(contexts.open(context), body),
    setContext: (context) => contexts.add(context),
    audit: createAudit(contexts, (scope, action, details) => core.record(action, details, scope, true)),
    flush: (ms) => core.flush(millisecondsOr(FLUSH_MS, ms)),
    close: (ms) => core.close(millisecondsOr(FLUSH_MS, ms)),
    stats: () => core.stats(),
    decisions: core.decisions,
    [INTERNAL]: internals,
  } as Telltale & { [INTERNAL]: Internals };
}
