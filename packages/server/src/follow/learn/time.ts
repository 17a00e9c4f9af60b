// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { isBackfill } from "../detect/detect.js";

// Hours and days are numbers since 1970, UTC: integers that compare, subtract and print the same everywhere.

export const HOUR_MS = 3_600_000;

/**
 * When an event happened, in milliseconds, as the learn stage sees it: `received`, which never runs backwards; of a
 * key that imports history `time`, but never later than `received`. NaN when neither can be read.
 */
export function learnTime(event: SecurityEvent): number {
  const received = Date.parse(event.received);
  return isBackfill(event.via) ? Math.min(Date.parse(event.time), received) : received;
}

export function toHour(ms: number): number {
  return Math.floor(ms / HOUR_MS);
}

export function dayOf(hour: number): number {
  return Math.floor(hour / 24);
}

/** 0 to 23. */
export function hourOfDay(hour: number): number {
  return ((hour % 24) + 24) % 24;
}

/** 0 is Monday: 1970 began on a Thursday. */
export function weekdayOf(hour: number): number {
  return (((dayOf(hour) + 3) % 7) + 7) % 7;
}

/** 0 to 167, from Monday 00:00 UTC. */
export function slotOf(hour: number): number {
  return weekdayOf(hour) * 24 + hourOfDay(hour);
}

export function isWeekend(hour: number): boolean {
  return weekdayOf(hour) >= 5;
}

/** `10:00 UTC` */
export function clockText(hour: number): string {
  return `${String(hourOfDay(hour)).padStart(2, "0")}:00 UTC`;
}

const WEEKDAYS = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/** `Mondays` */
export function weekdayText(hour: number): string {
  return WEEKDAYS[weekdayOf(hour)]!;
}

/** RFC 3339 of the start of an hour. */
export function hourText(hour: number): string {
  return new Date(hour * HOUR_MS).toISOString();
}
