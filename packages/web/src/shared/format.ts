// SPDX-License-Identifier: Apache-2.0
// Numbers, times and lengths as people read them. Pure: the clock and the zone are arguments.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `12408` → `12,408`. */
export function formatCount(value: number): string {
  return Math.trunc(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `950`, `12.4k`, `3.1M`: for places with room for five characters. */
export function formatCompact(value: number): string {
  if (value < 1000) return formatCount(value);
  const [size, unit] =
    value < 999_950 ? [value / 1000, "k"] : value < 999_950_000 ? [value / 1e6, "M"] : [value / 1e9, "G"];
  return `${size < 99.95 ? size.toFixed(1).replace(".0", "") : Math.round(size)}${unit}`;
}

/** `980 B`, `12.4 kB`, `3.1 GB`: powers of ten, as disks are sold. */
export function formatBytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = value;
  let at = 0;
  while (size >= 999.5 && at < units.length - 1) {
    size /= 1000;
    at++;
  }
  return `${at === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1).replace(".0", "")} ${units[at]}`;
}

/** `14:02` in the viewer's zone; with the day when that is not today. */
export function formatMoment(time: string | number, now: number): string {
  const at = formatClock(time, now).replace(/\.\d+$/, "");
  return at.replace(/:\d\d$/, "");
}

/** `2026-11-22` in the viewer's zone. */
export function formatDay(time: string | number): string {
  const date = new Date(toMs(time));
  if (Number.isNaN(date.getTime())) return "–";
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `1 event`, `2 events`. */
export function countOf(value: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(value)} ${value === 1 ? noun : plural}`;
}

/** Milliseconds since the epoch of an API time (number, RFC 3339); NaN when it is neither. */
export function toMs(time: string | number): number {
  return typeof time === "number" ? time : Date.parse(time);
}

/** `3 s`, `4 min`, `2 h`, `5 d`: one unit, rounded down. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (size < MINUTE) return `${Math.floor(size / SECOND)} s`;
  if (size < HOUR) return `${Math.floor(size / MINUTE)} min`;
  if (size < 2 * DAY) return `${Math.floor(size / HOUR)} h`;
  return `${Math.floor(size / DAY)} d`;
}

/** `now`, `3 s ago`, `in 2 h`. */
export function formatAgo(time: string | number, now: number): string {
  const ms = now - toMs(time);
  if (Number.isNaN(ms)) return "at an unknown time";
  // Clocks differ by a little: what a server or an app dates a moment ahead happened now.
  if (ms < SECOND && ms > -MINUTE) return "now";
  return ms < 0 ? `in ${formatDuration(ms)}` : `${formatDuration(ms)} ago`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** `10:42:07.123` in the viewer's zone; `11-21 10:42:07` on another day than `now`, with the year in another year. */
export function formatClock(time: string | number, now: number): string {
  const date = new Date(toMs(time));
  if (Number.isNaN(date.getTime())) return "–";
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(now).toDateString()) {
    return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
  }
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const year = date.getFullYear() === new Date(now).getFullYear() ? "" : `${date.getFullYear()}-`;
  return `${year}${day} ${clock}`;
}

/** The exact time in the viewer's zone, with its offset: `2026-11-22 11:42:07.123 +01:00`. */
export function formatLocal(time: string | number): string {
  const date = new Date(toMs(time));
  if (Number.isNaN(date.getTime())) return "–";
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "−" : "+";
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, "0")} ${zone}`;
}

/** Whether the viewer's zone is UTC at that time: then the two exact forms are one. */
export function isUtcZone(time: string | number): boolean {
  return new Date(toMs(time)).getTimezoneOffset() === 0;
}

/** The exact time in UTC: `2026-11-22 10:42:07.123 UTC`. */
export function formatUtc(time: string | number): string {
  const date = new Date(toMs(time));
  if (Number.isNaN(date.getTime())) return "–";
  return `${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** A span in words for a bucket or a range: `1 minute`, `15 minutes`, `6 hours`, `1 day`. */
export function formatSpan(ms: number): string {
  if (ms < SECOND) return countOf(ms, "millisecond");
  if (ms < MINUTE) return countOf(Math.round(ms / SECOND), "second");
  if (ms < HOUR) return countOf(Math.round(ms / MINUTE), "minute");
  if (ms < DAY) return countOf(Math.round(ms / HOUR), "hour");
  return countOf(Math.round(ms / DAY), "day");
}

/** Long ids are cut in the middle: both ends are what people compare. */
export function cutMiddle(text: string, keep: number): string {
  if (text.length <= keep) return text;
  const head = Math.ceil((keep - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (keep - 1 - head))}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}
