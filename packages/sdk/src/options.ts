// SPDX-License-Identifier: Apache-2.0
import { hostname } from "node:os";
import type { TelltaleError } from "./error.js";

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
  /** Prints each event as a coloured line and the routes that emit nothing finer than `api_request`. Default false. */
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
}

function within(value: number | undefined, fallback: number, lowest: number, highest: number): number {
  if (value === undefined || Number.isNaN(value)) return fallback;
  return Math.min(Math.max(value, lowest), highest);
}

function mustBeText(name: string, value: unknown): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`createTelltale: ${name} is missing`);
}

/**
 * Checks the settings. This is the one place of the SDK that throws: at start, before anything is recorded.
 *
 * @throws {TypeError} when app, url or key is missing or the url is none; the message does not repeat the key
 */
export function parseOptions(options: TelltaleOptions): Settings {
  const app = mustBeText("app", options.app);
  const key = mustBeText("key", options.key);
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError("createTelltale: key has characters that no key has");
  const text = mustBeText("url", options.url);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError("createTelltale: url must be an http or https address");
  }
  return {
    app,
    url: new URL("v1/events", url.href.endsWith("/") ? url : `${url.origin}${url.pathname}/`),
    key,
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
  };
}

/** Whether the key would cross a network unencrypted. */
export function isInsecure(url: URL): boolean {
  return url.protocol === "http:" && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
}
