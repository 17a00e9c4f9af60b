// SPDX-License-Identifier: Apache-2.0

/** A stretch of time in Unix milliseconds: first inside, end outside. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};
/** Monday 1970-01-05: weeks are rounded to it. */
const WEEK_ORIGIN = 4 * DAY;

/** Years 0001 to 9999: what every engine can hold. */
const EARLIEST = -62_135_596_800_000;
const LATEST = 253_402_300_799_999;

const RELATIVE = /^now((?:[+-][0-9]{1,6}(?:ms|s|m|h|d|w)){0,4})(?:\/(s|m|h|d|w))?$/;
const OFFSET = /([+-])([0-9]{1,6})(ms|s|m|h|d|w)/g;
const ABSOLUTE =
  /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?$/;

/** True for a time as the search language writes it. */
export function isTime(text: string): boolean {
  return toPeriod(text, 0) !== undefined;
}

/**
 * What a written time means: `2026-11-22` is the whole day (UTC), `2026-11-22T10:00` the minute, `now-24h` an instant
 * of one millisecond, `now/d` today. `undefined` when it is no time.
 */
export function toPeriod(text: string, now: number): Period | undefined {
  return relativePeriod(text, now) ?? absolutePeriod(text);
}

function relativePeriod(text: string, now: number): Period | undefined {
  const match = RELATIVE.exec(text);
  if (match === null) return undefined;
  let at = Math.floor(now);
  for (const [, sign, count, unit] of (match[1] ?? "").matchAll(OFFSET)) {
    at += (sign === "-" ? -1 : 1) * Number(count) * (UNITS[unit ?? ""] ?? 0);
  }
  const size = UNITS[match[2] ?? "ms"] ?? 1;
  const origin = match[2] === "w" ? WEEK_ORIGIN : 0;
  const start = Math.floor((at - origin) / size) * size + origin;
  return clamp(start, start + size);
}

function absolutePeriod(text: string): Period | undefined {
  const match = ABSOLUTE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const parts = [Number(year), Number(month ?? 1), Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0)];
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0] = parts;
  const ms = Number((fraction ?? "").padEnd(3, "0").slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  date.setUTCHours(h, mi, Number(second ?? 0), ms);
  // A date that does not exist (30 February, minute 60) comes back as another one.
  const written = [y, mo - 1, d, h, mi, Number(second ?? 0)];
  const read = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (y < 1 || written.some((value, i) => value !== read[i])) return undefined;
  const shift = zoneShift(zone);
  if (shift === undefined) return undefined;
  const start = date.getTime() - shift;
  return clamp(start, endOf(date, month, day, hour, second, fraction) - shift);
}

function endOf(date: Date, month?: string, day?: string, hour?: string, second?: string, fraction?: string) {
  if (month === undefined) return new Date(date).setUTCFullYear(date.getUTCFullYear() + 1);
  if (day === undefined) return new Date(date).setUTCMonth(date.getUTCMonth() + 1);
  if (hour === undefined) return date.getTime() + DAY;
  if (second === undefined) return date.getTime() + MINUTE;
  return date.getTime() + (fraction === undefined ? SECOND : 1);
}

function zoneShift(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

function clamp(start: number, end: number): Period {
  const first = Math.min(Math.max(start, EARLIEST), LATEST);
  return { start: first, end: Math.min(Math.max(end, first), LATEST + 1) };
}

const SEALED = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

/** The Unix milliseconds of a sealed event's `time` or `received`; `undefined` when it is not of that form. */
export function toMilliseconds(value: unknown): number | undefined {
  if (typeof value !== "string" || !SEALED.test(value)) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) || new Date(ms).toISOString() !== value ? undefined : ms;
}
