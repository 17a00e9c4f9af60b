// SPDX-License-Identifier: Apache-2.0
import { firstYear, parseZone, YearClock, type Zone } from "./local-time.js";
import type { LineParser, LineSource, ParsedLine, SourceEvent, SourceOptions } from "./source.js";
import { readSshdMessage, type SshdFacts } from "./sshd-messages.js";
import { parseSyslogLine, type SyslogLine } from "./syslog-line.js";

/** One line may stand for many; a forged count must not become millions of events. */
export const MAX_REPEATS = 1000;

// rsyslog writes this in the name of the program whose last line came again and again.
const REPEATED = /^message repeated (\d{1,9}) times?: \[ (.*)\]$/;
// Newer OpenSSH splits the daemon; all parts write the same messages.
const PROGRAMS = new Set(["sshd", "sshd-session", "sshd-auth"]);

function timeOf(line: SyslogLine, years: YearClock): string | undefined {
  const ms = "ms" in line.when ? line.when.ms : years.resolve(line.when.stamp);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function toEvent(line: SyslogLine, message: string, time: string): SourceEvent | string {
  const reading = readSshdMessage(message);
  if (reading !== undefined && "skipped" in reading) return reading.skipped;
  // A message that we do not know is kept as it is: it may be the one that mattered.
  const facts: SshdFacts = reading?.facts ?? { action: "sshd_message", outcome: "unknown", level: "info" };
  const { action, outcome, level, reason, actor, client, data } = facts;
  const more = { ...(line.pid === undefined ? {} : { pid: line.pid }), ...data };
  // In canonical order, which makes writing it down cheap.
  return {
    v: 1,
    time,
    source: { app: "sshd", instance: line.host },
    action,
    outcome,
    level,
    ...(reason === undefined ? {} : { reason }),
    message,
    ...(actor === undefined ? {} : { actor }),
    ...(client === undefined ? {} : { client }),
    ...(Object.keys(more).length === 0 ? {} : { data: more }),
  };
}

function parseLine(text: string, years: YearClock): ParsedLine {
  const line = parseSyslogLine(text);
  if (line === undefined) return { kind: "unreadable", why: "no syslog line" };
  const time = timeOf(line, years);
  if (time === undefined) return { kind: "unreadable", why: "no such date" };
  if (!PROGRAMS.has(line.program)) return { kind: "skipped", why: "of another program" };
  const repeated = REPEATED.exec(line.message);
  const event = toEvent(line, repeated?.[2] ?? line.message, time);
  if (typeof event === "string") return { kind: "skipped", why: event };
  if (repeated === null) return { kind: "events", events: [event] };
  const count = Number(repeated[1]);
  const events = Array.from({ length: Math.min(count, MAX_REPEATS) }, () => event);
  const left = count - events.length;
  const last = events.at(-1);
  if (left > 0 && last !== undefined) {
    events[events.length - 1] = { ...last, data: { ...last.data, repeats_left_out: left } };
  }
  return events.length === 0 ? { kind: "skipped", why: "repeated no times" } : { kind: "events", events };
}

function guessYear(first: string, last: string, options: SourceOptions): number | undefined {
  const from = parseSyslogLine(first)?.when;
  const to = parseSyslogLine(last)?.when;
  if (from === undefined || to === undefined || !("stamp" in from) || !("stamp" in to)) return undefined;
  return firstYear(from.stamp, to.stamp, parseZone(options.zone ?? "UTC"), options.now());
}

/** The OpenSSH server's lines in auth.log or secure, as syslog or `journalctl` writes them. */
export const sshd: LineSource = {
  name: "sshd",
  summary: "OpenSSH server lines of auth.log, secure or journalctl",
  open(options): LineParser {
    const zone: Zone = parseZone(options.zone ?? "UTC");
    const years = new YearClock(zone, options.now, options.year);
    return { parse: (line) => parseLine(line, years) };
  },
  guessYear,
};
