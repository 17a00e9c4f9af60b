// SPDX-License-Identifier: Apache-2.0

/** When a channel keeps still: from one time of the day to another, in a time zone. */
export interface QuietHours {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

const MINUTE = 60_000;
const DAY = 1_440;

/** Minutes since midnight of `HH:MM`; undefined for anything else. */
export function parseTimeOfDay(text: string): number | undefined {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  return found === null ? undefined : Number(found[1]) * 60 + Number(found[2]);
}

function minuteOfDay(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const get = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return get("hour") * 60 + get("minute");
}

function isInside(minute: number, { from, to }: QuietHours): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/**
 * The end of the quiet hours that `at` lies in, in milliseconds since 1970; undefined when it lies in none. Where the clock
 * is changed in between, the end is moved by what it is changed by; an end in the hour that is left out is when that hour ends.
 */
export function quietUntil(quiet: QuietHours, at: number): number | undefined {
  const minute = minuteOfDay(at, quiet.zone);
  if (!isInside(minute, quiet)) return undefined;
  const end = at - (at % MINUTE) + ((quiet.to - minute + DAY) % DAY) * MINUTE;
  const off = (quiet.to - minuteOfDay(end, quiet.zone) + DAY + DAY / 2) % DAY;
  const moved = end + (off - DAY / 2) * MINUTE;
  return moved > at ? moved : end;
}
