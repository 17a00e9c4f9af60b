// SPDX-License-Identifier: Apache-2.0
import type { Scalar } from "./field.js";
import type { TimePart } from "./types.js";

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const DAY = 86_400_000;

/** One part of a timestamp in UTC: RFC 3339 text with its offset, or milliseconds. A text without offset has no part: it would depend on the machine. */
export function toTimePart(value: Scalar, part: TimePart): number | undefined {
  let ms: number;
  if (typeof value === "number") ms = value;
  else if (typeof value === "string" && value.length < 40 && RFC3339.test(value))
    ms = Date.parse(value.replace(" ", "T").toUpperCase());
  else return undefined;
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  return PARTS[part](date);
}

const PARTS: Readonly<Record<TimePart, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day: (date) => date.getUTCDate(),
  week: isoWeek,
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** ISO 8601 week: the week that holds the year's first Thursday is week 1. */
function isoWeek(date: Date): number {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY);
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  const newYear = new Date(0).setUTCFullYear(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - newYear) / (7 * DAY)) + 1;
}
