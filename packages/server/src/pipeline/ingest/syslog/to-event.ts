// SPDX-License-Identifier: Apache-2.0
import { findSource } from "../../normalize/sources/registry.js";
import type { LineParser } from "../../normalize/sources/source.js";
import { parseSyslog, type SyslogMessage } from "./message.js";

/** Programs whose messages Telltale understands, and the source that reads them. */
const UNDERSTOOD: ReadonlyMap<string, string> = new Map([
  ["sshd", "sshd"],
  ["sshd-session", "sshd"],
  ["sshd-auth", "sshd"],
]);

export interface SyslogReader {
  /** The events that one message stands for, without ids. Never throws. `peer`: the address it came from. */
  read(text: string, peer: string): object[];
}

/**
 * Syslog messages as events. A message of a program that a log source understands becomes that source's events; one that is a
 * JSON object with an `action` (also behind `@cee:`) is an event already, so any program that can log to syslog can report
 * whole events; everything else is a `syslog_message`.
 */
export function createSyslogReader(now: () => number): SyslogReader {
  const parsers = new Map<string, LineParser | undefined>();
  const parserOf = (app: string | undefined): LineParser | undefined => {
    const source = app === undefined ? undefined : UNDERSTOOD.get(app);
    if (source === undefined) return undefined;
    if (!parsers.has(source)) parsers.set(source, findSource(source)?.open({ now }));
    return parsers.get(source);
  };
  return {
    read(text, peer) {
      const message = parseSyslog(text);
      const parsed = parserOf(message.app)?.parse(toLine(message, now()));
      if (parsed?.kind === "skipped") return [];
      if (parsed?.kind === "events") {
        return parsed.events.map((event) => ({
          ...event,
          data: { ...event.data, ...origin(message, peer) },
        }));
      }
      return [toOwnEvent(message, peer) ?? toPlainEvent(message, peer)];
    },
  };
}

/** The line as a log file would hold it: that is what log sources read. */
function toLine({ modern, rest, time, host, app, procid, message }: SyslogMessage, now: number): string {
  if (!modern) return rest;
  const pid = procid === undefined ? "" : `[${procid}]`;
  return `${time ?? new Date(now).toISOString()} ${host ?? "-"} ${app ?? "-"}${pid}: ${message}`;
}

function origin({ facility, severity }: SyslogMessage, peer: string): object {
  return { syslog: { peer, facility, severity } };
}

function toOwnEvent(message: SyslogMessage, peer: string): object | undefined {
  const text = message.message.replace(/^@cee: ?/, "");
  if (!text.startsWith("{")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const event = value as { action?: unknown; source?: unknown; data?: unknown };
  if (typeof event.action !== "string" || event.action === "") return undefined;
  const data = typeof event.data === "object" && event.data !== null ? event.data : {};
  const isData = !Array.isArray(data);
  return {
    ...event,
    source: event.source ?? sourceOf(message),
    ...(isData ? { data: { ...data, ...origin(message, peer) } } : {}),
  };
}

function sourceOf({ app, host }: SyslogMessage): object {
  return { app: app ?? "syslog", ...(host === undefined ? {} : { instance: host }) };
}

function toPlainEvent(message: SyslogMessage, peer: string): object {
  const { severity, time, procid, msgid, structured } = message;
  const data = {
    ...origin(message, peer),
    ...(procid === undefined ? {} : { procid }),
    ...(msgid === undefined ? {} : { msgid }),
    ...(structured === undefined ? {} : { structured }),
  };
  return {
    ...(time === undefined ? {} : { time }),
    source: sourceOf(message),
    action: "syslog_message",
    // RFC 5424 section 6.2.1: 0 to 2 are emergency, alert and critical; 3 and 4 error and warning.
    level: severity <= 2 ? "critical" : severity <= 4 ? "warn" : "info",
    message: message.message,
    data,
  };
}
