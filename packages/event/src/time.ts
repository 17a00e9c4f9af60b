// SPDX-License-Identifier: Apache-2.0

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const ZERO = 0x30;
const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,30}))?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function isDate(year: number, month: number, day: number): boolean {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && isLeap ? 29 : (DAYS[month - 1] as number));
}

/** Whether a text is a time as events carry it: `2026-11-22T10:00:00.123Z`, and a date that exists. */
export function isTime(text: string): boolean {
  return (
    text.length === 24 &&
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    text.charCodeAt(10) === 0x54 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a &&
    text.charCodeAt(19) === 0x2e &&
    text.charCodeAt(23) === 0x5a &&
    two(text, 11) <= 23 &&
    two(text, 14) <= 59 &&
    two(text, 17) <= 59 &&
    two(text, 20) <= 99 &&
    two(text, 21) <= 99 &&
    isDate(two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8))
  );
}

/**
 * Reads a time of RFC 3339, section 5.6, in any of its forms, a leap second included.
 *
 * @returns the time as events carry it, and whether that says all the text said (no offset, nothing below a
 * millisecond); undefined when it is no such time or falls outside the years 0 to 9999
 */
export function parseTime(text: string): { time: string; exact: boolean } | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isDate(year, month, day) || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = (match[7] ?? "").padEnd(3, "0");
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === "-" ? -1 : 1);
  if (Math.abs(offset) >= 24 * 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(
    hour,
    minute - offset,
    Math.min(second, 59),
    second === 60 ? 999 : Number(fraction.slice(0, 3)),
  );
  const time = date.toISOString();
  if (time.length !== 24) return undefined;
  return { time, exact: offset === 0 && second !== 60 && !/[1-9]/.test(fraction.slice(3)) };
}
