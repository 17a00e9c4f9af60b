// SPDX-License-Identifier: Apache-2.0
import type { LocalStamp } from "./local-time.js";

/** The parts of one line of a syslog file. `stamp`: RFC 3164 without year and zone; `ms`: an RFC 3339 time. */
export interface SyslogLine {
  when: { stamp: LocalStamp } | { ms: number };
  host: string;
  program: string;
  pid?: number;
  message: string;
}

/** Longer lines are not looked at: no program that we read writes them. */
export const MAX_LINE_CHARS = 16_384;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// RFC 3164 section 4.1, with the priority that only the network carries. Every part is bounded or ends at the
// first space, so the work is linear whatever a hostile line holds.
const OLD =
  /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\S{1,255}) ([^\s[:]{1,48})(?:\[(\d{1,10})\])?: ?/;
// The same line as rsyslog writes it today: an RFC 3339 time instead of the short one.
const NEW =
  /^(?:<\d{1,3}>)?(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) (\S{1,255}) ([^\s[:]{1,48})(?:\[(\d{1,10})\])?: ?/;

/** Undefined when the line is not of either form. Never throws. */
export function parseSyslogLine(line: string): SyslogLine | undefined {
  if (line.length > MAX_LINE_CHARS) return undefined;
  const old = OLD.exec(line);
  if (old !== null) {
    const [all, month = "", day, hour, minute, second, host = "", program = "", pid] = old;
    const stamp: LocalStamp = {
      month: MONTHS.indexOf(month) + 1,
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    };
    if (!isPossible(stamp)) return undefined;
    return toLine({ stamp }, host, program, pid, line.slice(all.length));
  }
  const modern = NEW.exec(line);
  if (modern === null) return undefined;
  const [all, time = "", host = "", program = "", pid] = modern;
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) return undefined;
  return toLine({ ms }, host, program, pid, line.slice(all.length));
}

function toLine(
  when: SyslogLine["when"],
  host: string,
  program: string,
  pid: string | undefined,
  message: string,
): SyslogLine {
  return { when, host, program, ...(pid === undefined ? {} : { pid: Number(pid) }), message };
}

function isPossible({ month, day, hour, minute, second }: LocalStamp): boolean {
  // 60: a leap second.
  return month >= 1 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60;
}
