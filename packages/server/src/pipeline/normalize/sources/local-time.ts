// SPDX-License-Identifier: Apache-2.0
import { SourceError } from "./source.js";

/** A time as old syslog writes it: no year, no zone. `month` counts from 1. */
export interface LocalStamp {
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** Turns local time, as if it were UTC, in milliseconds since 1970 into the real time. */
export type Zone = (localMs: number) => number;

const DAY_MS = 86_400_000;
const HALF_YEAR_MS = 183 * DAY_MS;
// A clock that runs ahead or a zone that was not named must not push a fresh line back by a whole year.
const FUTURE_MS = DAY_MS;
const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const CACHE_ENTRIES = 4096;

/** Throws SourceError `bad_zone`. In the hour that a clock change repeats, the earlier of the two is taken. */
export function parseZone(text: string): Zone {
  if (text === "UTC" || text === "Z") return (localMs) => localMs;
  const offset = OFFSET.exec(text);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    if (minutes > 14 * 60) throw new SourceError("bad_zone", `no time zone is ${text} from UTC`);
    const ms = (offset[1] === "-" ? -minutes : minutes) * 60_000;
    return (localMs) => localMs - ms;
  }
  return namedZone(text);
}

function namedZone(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch (error) {
    throw new SourceError("bad_zone", `"${name}" is no time zone; write UTC, +02:00 or Europe/Berlin`, {
      cause: error,
    });
  }
  const offsets = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    const quarter = Math.floor(ms / 900_000);
    const known = offsets.get(quarter);
    if (known !== undefined) return known;
    const part = format.formatToParts(ms).find((each) => each.type === "timeZoneName")?.value ?? "GMT";
    const match = OFFSET.exec(part.slice(3));
    const minutes = match === null ? 0 : Number(match[2]) * 60 + Number(match[3]);
    const offset = (match?.[1] === "-" ? -minutes : minutes) * 60_000;
    if (offsets.size >= CACHE_ENTRIES) offsets.clear();
    offsets.set(quarter, offset);
    return offset;
  };
  // Offsets half a day before and after are the two that can apply; the greater one gives the earlier time.
  return (localMs) => {
    const before = offsetAt(localMs - DAY_MS / 2);
    const after = offsetAt(localMs + DAY_MS / 2);
    const first = localMs - Math.max(before, after);
    return offsetAt(first) === localMs - first ? first : localMs - Math.min(before, after);
  };
}

/** Undefined when there is no such day in that year. */
function inYear(stamp: LocalStamp, year: number): number | undefined {
  // Unix time has no leap seconds: 23:59:60 is told as 23:59:59.
  const second = Math.min(stamp.second, 59);
  const ms = Date.UTC(year, stamp.month - 1, stamp.day, stamp.hour, stamp.minute, second);
  return new Date(ms).getUTCDate() === stamp.day ? ms : undefined;
}

/** The newest year that does not put the time more than a day into the future; leap days choose a leap year. */
export function newestYear(stamp: LocalStamp, zone: Zone, now: number): number {
  let year = new Date(now).getUTCFullYear() + 1;
  // Eight years hold a leap year even across 1900 or 2100.
  for (let tries = 0; tries < 9; tries++, year--) {
    const local = inYear(stamp, year);
    if (local !== undefined && zone(local) <= now + FUTURE_MS) return year;
  }
  return new Date(now).getUTCFullYear();
}

/** The year in which a log begins that ends with `last`: at most one New Year lies between the two. */
export function firstYear(first: LocalStamp, last: LocalStamp, zone: Zone, now: number): number {
  const year = newestYear(last, zone, now);
  const start = inYear(first, year);
  const end = inYear(last, year);
  return start !== undefined && end !== undefined && start > end + DAY_MS ? year - 1 : year;
}

/** Gives each stamp of a log its year: the log goes forward, and a jump back by months is a New Year. */
export class YearClock {
  readonly #zone: Zone;
  readonly #now: () => number;
  readonly #guessed: boolean;
  #year: number | undefined;
  #last: number | undefined;

  constructor(zone: Zone, now: () => number, year: number | undefined) {
    if (year !== undefined && !(Number.isInteger(year) && year >= 1970 && year <= 9998)) {
      throw new SourceError("bad_year", `${year} is no year between 1970 and 9998`);
    }
    this.#zone = zone;
    this.#now = now;
    this.#guessed = year === undefined;
    this.#year = year;
  }

  /** Milliseconds since 1970; undefined when there is no such day in the year. */
  resolve(stamp: LocalStamp): number | undefined {
    this.#year ??= newestYear(stamp, this.#zone, this.#now());
    const local = inYear(stamp, this.#year);
    if (local === undefined) return undefined;
    if (this.#last !== undefined && local < this.#last - HALF_YEAR_MS) {
      const next = inYear(stamp, this.#year + 1);
      const tooLate = next === undefined || (this.#guessed && this.#zone(next) > this.#now() + FUTURE_MS);
      if (!tooLate) {
        this.#year++;
        this.#last = next;
        return this.#zone(next);
      }
    }
    // A line of the old year that was written late, after the first ones of the new year.
    if (this.#last !== undefined && local > this.#last + HALF_YEAR_MS) {
      const before = inYear(stamp, this.#year - 1);
      if (before !== undefined && before > this.#last - DAY_MS) return this.#zone(before);
    }
    this.#last = local;
    return this.#zone(local);
  }
}
