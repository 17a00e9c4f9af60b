// SPDX-License-Identifier: Apache-2.0
import { hostname } from "node:os";
import { MerkleError } from "@telltale/merkle";
import type { Level } from "@telltale/event";
import type { DecisionOptions } from "./decisions/decisions.js";
import type { TelltaleError } from "./error.js";
import { parseLogKey } from "./witness/log-key.js";

/** What `onFull` and `telemetry` are told of an event. */
export interface EventName {
  action: string;
  level: Level;
}

/** How events of the audit lane are kept on disk. */
export interface SpoolOptions {
  /** Its own: mode 0700, files 0600. Processes of one application may share it. */
  directory: string;
  /** Bytes on disk for this process and what it took over from dead ones. Default 256 MiB. */
  maxBytes?: number;
  /**
   * When events are forced to the disk: `always` before an event counts as kept (survives a power failure), `interval`
   * once a second (the default), `never` (survives the death of the process, not that of the machine).
   */
  fsync?: "always" | "interval" | "never";
  /**
   * What happens to a new event when the spool is full. `drop-and-count` (the default); `block`: it waits in memory for
   * room, within `maxBytes`, and `emitAndWait` waits with it; a function: told, then dropped and counted.
   */
  onFull?: "block" | "drop-and-count" | ((event: EventName) => void);
}

/** Settings of `createTelltale`. */
export interface TelltaleOptions {
  /** Name of the application, the one that the key is bound to. */
  app: string;
  /** Address of the Telltale server, for example `https://telltale.internal:7400`. */
  url: string;
  /** An ingest key: `telltale keys create --role ingest --name shop`. */
  key: string;
  /** production, staging, … */
  env?: string;
  /** Version of the application. */
  version?: string;
  /** Host, pod or container; the host name when not given. */
  instance?: string;
  /**
   * Prints each event as a coloured line, what was hidden in it and where it came from, and the routes that emit nothing finer than
   * `api_request`. Default false.
   */
  development?: boolean;
  /** Told of everything that goes wrong; process warnings when not given. */
  onError?: (error: TelltaleError) => void;
  /** Bytes of memory for events that wait for delivery. Default 16 MiB. */
  maxBytes?: number;
  /** When a batch is sent: as soon as one of these is reached. Default 500 events, 512 KiB, 250 ms. */
  batch?: { events?: number; bytes?: number; ms?: number };
  /** Bodies of at least this many bytes are compressed. Default 4 KiB. */
  gzipBytes?: number;
  /** Milliseconds after which a request counts as failed. Default 15,000. */
  timeoutMs?: number;
  /** Sends what waits when the process runs out of work (`beforeExit`), for two seconds at most. Default true. */
  flushOnExit?: boolean;
  /** Used instead of Node's own HTTP client. */
  fetch?: typeof globalThis.fetch;
  /** Makes the audit lane durable: its events survive this process. Without it all events wait in memory. */
  spool?: SpoolOptions;
  /**
   * With a spool: which events wait in memory all the same (the telemetry lane, which drops its oldest when it is full).
   * Names of actions, or a function. Default `["api_request"]`.
   */
  telemetry?: readonly string[] | ((event: EventName) => boolean);
  /** Milliseconds between two signs of life, so that the server notices silence. 0: none. Default 300,000. */
  heartbeatMs?: number;
  /** The log's verifier key, the line in `DATA/keys/main.vkey`. When not given the server is believed at first contact. */
  logKey?: string;
  /** The log in the acknowledgements is checked once in so many milliseconds. Default 1,000. */
  witnessMs?: number;
  /** A second address, of somebody else: told by POST, as a JSON event, when the log is not what it was. */
  alarmUrl?: string;
  /** Sent to `alarmUrl` as a bearer token; an ingest key where that is another Telltale server. */
  alarmKey?: string;
  /**
   * Follows what the server decides about actors, addresses and sessions: `telltale.decisions.for(…)` and `enforceDecisions` of
   * `@telltale/sdk/express`. Default false: one connection that stays open is made only where it is wanted.
   */
  decisions?: boolean | DecisionOptions;
}

/** The same with every default filled in and every number in bounds. */
export interface Settings {
  app: string;
  url: URL;
  key: string;
  env: string | undefined;
  version: string | undefined;
  instance: string;
  development: boolean;
  onError: ((error: TelltaleError) => void) | undefined;
  maxBytes: number;
  batch: { events: number; bytes: number; ms: number };
  gzipBytes: number;
  timeoutMs: number;
  flushOnExit: boolean;
  fetch: typeof globalThis.fetch | undefined;
  spool: Required<SpoolOptions> | undefined;
  isTelemetry: (event: EventName) => boolean;
  /** 0: none. */
  heartbeatMs: number;
  logKey: string | undefined;
  witnessMs: number;
  alarm: { url: URL; key: string | undefined } | undefined;
  decisions: Required<DecisionOptions> | undefined;
}

function within(value: number | undefined, fallback: number, lowest: number, highest: number): number {
  if (value === undefined || Number.isNaN(value)) return fallback;
  return Math.min(Math.max(value, lowest), highest);
}

function mustBeText(name: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`createTelltale: ${name} is missing`);
}

/** What stands in a header as it is. */
function mustBeKey(name: string, value: unknown): string {
  const key = mustBeText(name, value);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new TypeError(`createTelltale: ${name} has characters that no key has`);
  return key;
}

function mustBeUrl(name: string, value: unknown): URL {
  const text = mustBeText(name, value);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError(`createTelltale: ${name} must be an http or https address`);
  }
  return url;
}

function parseSpool(spool: SpoolOptions | undefined): Required<SpoolOptions> | undefined {
  if (spool === undefined) return undefined;
  const { maxBytes, fsync = "interval", onFull = "drop-and-count" } = spool;
  if (!["always", "interval", "never"].includes(fsync)) {
    throw new TypeError("createTelltale: spool.fsync must be always, interval or never");
  }
  if (onFull !== "block" && onFull !== "drop-and-count" && typeof onFull !== "function") {
    throw new TypeError("createTelltale: spool.onFull must be block, drop-and-count or a function");
  }
  return {
    directory: mustBeText("spool.directory", spool.directory),
    maxBytes: within(maxBytes, 256 * 2 ** 20, 256 * 2 ** 10, 2 ** 40),
    fsync,
    onFull,
  };
}

function parseTelemetry(telemetry: TelltaleOptions["telemetry"]): Settings["isTelemetry"] {
  if (typeof telemetry === "function") return telemetry;
  const actions = new Set(telemetry ?? ["api_request"]);
  return ({ action }) => actions.has(action);
}

function parseHeartbeat(ms: number | undefined): number {
  return ms === 0 ? 0 : within(ms, 300_000, 10_000, 86_400_000);
}

function mustBeLogKey(logKey: string | undefined): string | undefined {
  if (logKey === undefined) return undefined;
  try {
    parseLogKey(logKey);
    return logKey;
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new TypeError(`createTelltale: logKey is no verifier key of a log: ${cause.message}`, { cause });
  }
}

function parseAlarm({ alarmUrl, alarmKey }: TelltaleOptions): Settings["alarm"] {
  if (alarmUrl === undefined) return undefined;
  const key = alarmKey === undefined ? undefined : mustBeKey("alarmKey", alarmKey);
  return { url: mustBeUrl("alarmUrl", alarmUrl), key };
}

function parseDecisions(decisions: TelltaleOptions["decisions"]): Settings["decisions"] {
  if (decisions === undefined || decisions === false) return undefined;
  const { whenUnknown = "allow", unknownAfterMs } = decisions === true ? {} : decisions;
  if (whenUnknown !== "allow" && whenUnknown !== "refuse")
    throw new TypeError("createTelltale: decisions.whenUnknown must be allow or refuse");
  return { whenUnknown, unknownAfterMs: within(unknownAfterMs, 300_000, 10_000, 86_400_000) };
}

/**
 * Checks the settings. This is the one place of the SDK that throws: at start, before anything is recorded.
 *
 * @throws {TypeError} when app, url or key is missing or a setting cannot be meant; the message does not repeat a key
 */
export function parseOptions(options: TelltaleOptions): Settings {
  const url = mustBeUrl("url", options.url);
  return {
    app: mustBeText("app", options.app),
    url: new URL("v1/events", url.href.endsWith("/") ? url : `${url.origin}${url.pathname}/`),
    key: mustBeKey("key", options.key),
    env: options.env,
    version: options.version,
    instance: options.instance ?? hostname(),
    development: options.development ?? false,
    onError: options.onError,
    maxBytes: within(options.maxBytes, 16 * 2 ** 20, 64 * 2 ** 10, 2 ** 30),
    batch: {
      events: within(options.batch?.events, 500, 1, 5000),
      bytes: within(options.batch?.bytes, 512 * 2 ** 10, 1024, 8 * 2 ** 20),
      ms: within(options.batch?.ms, 250, 0, 60_000),
    },
    gzipBytes: within(options.gzipBytes, 4096, 0, Number.POSITIVE_INFINITY),
    timeoutMs: within(options.timeoutMs, 15_000, 100, 120_000),
    flushOnExit: options.flushOnExit ?? true,
    fetch: options.fetch,
    spool: parseSpool(options.spool),
    isTelemetry: parseTelemetry(options.telemetry),
    heartbeatMs: parseHeartbeat(options.heartbeatMs),
    logKey: mustBeLogKey(options.logKey),
    witnessMs: within(options.witnessMs, 1000, 0, 86_400_000),
    alarm: parseAlarm(options),
    decisions: parseDecisions(options.decisions),
  };
}

/** Whether the key would cross a network unencrypted. */
export function isInsecure(url: URL): boolean {
  return url.protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
