// SPDX-License-Identifier: Apache-2.0
import { toWallClock } from "./calendar.js";

const DAY_MS = 86_400_000;
/** The longest day: one on which clocks go back, and then some. */
const LONG_DAY_MS = 26 * 3_600_000;

function toDate(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

function toMinute(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 16).replace("T", " ");
}

/** What people call a period: `2026-11-22` for a day of its zone, else both ends by the clock of that zone. */
export function toPeriodName(period: { from: string; to: string; zone: string }): string {
  const [from, to] = [Date.parse(period.from), Date.parse(period.to)];
  const start = toWallClock(from, period.zone);
  const end = toWallClock(to, period.zone);
  if (start % DAY_MS === 0 && end - start === DAY_MS && to - from <= LONG_DAY_MS) return toDate(start);
  return `${toMinute(start)} to ${toMinute(end)} ${period.zone}`;
}
