// SPDX-License-Identifier: Apache-2.0

/** At which hour of the clock on the wall, and where, one day ends and the next begins. */
export interface DayBoundary {
  /** IANA name, for example `Europe/Berlin`. */
  readonly zone: string;
  /** 0 to 23. */
  readonly hour: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether this machine knows the zone. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    // RangeError is the only answer that Intl has for a name it does not know (ECMA-402, 6.5).
    return false;
  }
}

/** What the clock on the wall shows at an instant, as if it were UTC; whole seconds. */
export function toWallClock(ms: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const at = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return Date.UTC(at("year"), at("month") - 1, at("day"), at("hour"), at("minute"), at("second"));
}

/**
 * The instant at which the clock shows the hour on a day; `day` is its midnight as if it were UTC. An hour that comes
 * twice (clocks go back) is meant the first time; one that is left out (clocks go forward) is the instant of the jump,
 * or as long after it as the hour lies inside what was left out.
 */
function toBoundary(day: number, { zone, hour }: DayBoundary): number {
  const wanted = day + hour * HOUR_MS;
  const before = offsetAt(wanted - DAY_MS, zone);
  const after = offsetAt(wanted + DAY_MS, zone);
  const shown = [wanted - before, wanted - after].filter((ms) => toWallClock(ms, zone) === wanted);
  return shown.length === 0 ? wanted - before : Math.min(...shown);
}

function offsetAt(ms: number, zone: string): number {
  return toWallClock(ms, zone) - Math.floor(ms / 1000) * 1000;
}

function dayOf(ms: number, zone: string): number {
  return Math.floor(toWallClock(ms, zone) / DAY_MS) * DAY_MS;
}

/** The last boundary at or before an instant. */
export function lastBoundary(ms: number, boundary: DayBoundary): number {
  const today = dayOf(ms, boundary.zone);
  // A day ahead to three days back: zones have left out a whole day (Samoa, 2011-12-30).
  for (let back = -1; back <= 3; back++) {
    const at = toBoundary(today - back * DAY_MS, boundary);
    if (at <= ms) return at;
  }
  throw new Error(`BUG: no day begins before ${ms} in ${boundary.zone}`);
}

/** The first boundary after an instant. */
export function nextBoundary(ms: number, boundary: DayBoundary): number {
  const today = dayOf(ms, boundary.zone);
  for (let ahead = -1; ahead <= 3; ahead++) {
    const at = toBoundary(today + ahead * DAY_MS, boundary);
    if (at > ms) return at;
  }
  throw new Error(`BUG: no day begins after ${ms} in ${boundary.zone}`);
}
