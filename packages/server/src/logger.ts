// SPDX-License-Identifier: Apache-2.0
import { createProtector, protectText } from "@telltale/protect";
import type { DestinationStream, Logger } from "pino";
import { destination, pino, stdSerializers } from "pino";
import type { LogLevel } from "./config/config.js";

/** Every logger of the server, one per stage; all write to the same stream. */
export interface Loggers {
  readonly server: Logger;
  readonly http: Logger;
  readonly ingest: Logger;
  readonly protect: Logger;
  readonly seal: Logger;
  readonly follow: Logger;
  readonly index: Logger;
  readonly detect: Logger;
  readonly alert: Logger;
  readonly access: Logger;
  readonly state: Logger;
  /** Writes what is still buffered; call before the process ends. */
  flush(): void;
}

const MAX_LINE = 16_384;
const MAX_DEPTH = 12;

function visit(value: unknown, depth: number): unknown {
  if (typeof value === "string") return protectText(value).text;
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "[deep]";
  if (Array.isArray(value)) return value.map((one) => visit(one, depth + 1));
  const out: [string, unknown][] = Object.entries(value).map(([key, one]) => [key, visit(one, depth + 1)]);
  // fromEntries makes own properties, also of "__proto__".
  return Object.fromEntries(out);
}

/**
 * Hides secrets in one finished line. It works on what is about to be written, not where it is logged: a log call
 * that somebody adds tomorrow cannot forget it (CVE-2023-31417).
 */
export function createScrubber(): (line: string) => string {
  const protector = createProtector();
  return (line) => {
    try {
      const record = JSON.parse(line) as Record<string, unknown>;
      // First by the names of keys (password, authorization, …), then by what the texts look like.
      protector.protect(record);
      const text = JSON.stringify(visit(record, 0));
      return `${text.length > MAX_LINE ? JSON.stringify({ ...shorten(record), msg: protectText(text.slice(0, MAX_LINE)).text }) : text}\n`;
    } catch {
      // Not JSON, or the scrubber failed: what cannot be judged is not written.
      return `${JSON.stringify({ level: 50, time: Date.now(), msg: "a log line could not be scrubbed and was dropped" })}\n`;
    }
  };
}

function shorten(record: Record<string, unknown>): Record<string, unknown> {
  const { level, time, name } = record;
  return { level, time, name, shortened: true };
}

/**
 * Makes the loggers. JSON lines on standard error by default. No request headers, bodies or query strings are ever
 * handed to a logger; the scrubber is for what slips through, such as the text of an error.
 */
export function createLoggers(level: LogLevel, stream?: DestinationStream): Loggers {
  const sink = destination({ dest: 2, sync: false });
  const root = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.errWithCause },
      hooks: { streamWrite: createScrubber() },
    },
    stream ?? sink,
  );
  const named = (name: string) => root.child({ name });
  return {
    server: named("server"),
    http: named("http"),
    ingest: named("ingest"),
    protect: named("protect"),
    seal: named("seal"),
    follow: named("follow"),
    index: named("index"),
    detect: named("detect"),
    alert: named("alert"),
    access: named("access"),
    state: named("state"),
    flush() {
      if (stream === undefined) sink.flushSync();
    },
  };
}
