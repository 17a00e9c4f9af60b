// SPDX-License-Identifier: Apache-2.0
// What is kept, in words. Pure.
import type { Hold, Retention } from "../../shared/api/types.js";
import { countOf, formatBytes, formatCount, formatDay, formatUtc } from "../../shared/format.js";

const DAY_MS = 86_400_000;
/** Fewer days until the disk is full are worth the first line. */
const SOON_DAYS = 30;

/** The first line of the page: is there room, and is it kept long enough? */
export function toStorageAnswer(retention: Retention, now: number): string {
  const { disk, policy, lastError } = retention;
  if (disk?.full === true) return "The disk is full: no events are taken until there is room.";
  if (lastError !== null) return `Retention met trouble: ${lastError.replace(/\.$/, "")}.`;
  const days = disk?.daysUntilFull ?? null;
  if (disk !== null && days !== null && days < SOON_DAYS)
    return `The disk is full in ${countOf(Math.floor(days), "day")} at this rate: ${formatBytes(disk.freeBytes)} are free.`;
  const kept = `Events are kept for ${countOf(policy.keptDays, "day")}`;
  const held = heldWords(retention, now);
  const lasts = days === null ? "" : `, and the disk lasts ${countOf(Math.floor(days), "day")} at this rate`;
  return `${kept}${held}${lasts}.`;
}

/** What the holds in force do; a hold on what never came, or is long gone, keeps nothing. */
function heldWords(retention: Retention, now: number): string {
  const active = retention.holds.filter(({ released }) => released === null);
  if (active.length === 0) return "";
  const covering = active.filter((hold) => isOnEvents(hold, retention, now)).length;
  if (covering > 0)
    return `; ${countOf(covering, "legal hold")} ${covering === 1 ? "keeps" : "keep"} some of them longer`;
  return `; ${countOf(active.length, "legal hold")} ${active.length === 1 ? "covers" : "cover"} none of them`;
}

/** Whether the hold's scope reaches into what is kept now. */
function isOnEvents({ scope }: Hold, { size, firstKept, storage }: Retention, now: number): boolean {
  if ("first" in scope) return scope.first < size && scope.next > firstKept;
  if (size === firstKept || Date.parse(scope.from) > now) return false;
  return storage.oldest === null || Date.parse(scope.to) > Date.parse(storage.oldest);
}

/** `90 days: 12,400 events, the oldest from 2026-11-22`. */
export function searchableWords(retention: Retention): string {
  const { policy, size, searchableFrom, firstKept, storage } = retention;
  const events = countOf(size - Math.max(searchableFrom, firstKept), "event");
  const since =
    storage.oldestSearchable === null ? "" : `, the oldest from ${formatDay(storage.oldestSearchable)}`;
  return `${countOf(policy.searchableDays, "day")}: ${events}${since}`;
}

export function keptWords(retention: Retention): string {
  const { policy, size, firstKept, storage } = retention;
  const since = storage.oldest === null ? "" : `, the oldest from ${formatDay(storage.oldest)}`;
  return `${countOf(policy.keptDays, "day")}: ${countOf(size - firstKept, "event")}${since}`;
}

/** How long the disk lasts, with the figures that say so. */
export function forecastWords(disk: NonNullable<Retention["disk"]>, now: number): string {
  const { bytesPerDay, daysUntilFull, since, freeBytesThen, freeBytes, limitBytes } = disk;
  if (disk.full) return "Full: events are refused until there is more room";
  if (bytesPerDay === null || since === null || freeBytesThen === null)
    return "Not known yet: it takes an hour of measurements";
  const hours = (now - Date.parse(since)) / 3_600_000;
  const span =
    hours < 48 ? countOf(Math.max(1, Math.round(hours)), "hour") : countOf(Math.round(hours / 24), "day");
  const used = freeBytesThen - freeBytes;
  if (daysUntilFull === null) return `Not filling: no more was used in the last ${span}`;
  return (
    `${formatCount(daysUntilFull)} days: ${formatBytes(used)} in the last ${span} are ${formatBytes(bytesPerDay)} a day, and ` +
    `${formatBytes(Math.max(0, freeBytes - limitBytes))} are left until events would be refused`
  );
}

/** What a hold is on. */
export function scopeWords({ scope }: Pick<Hold, "scope">): string {
  if ("first" in scope)
    return scope.next === scope.first + 1
      ? `event ${formatCount(scope.first)}`
      : `events ${formatCount(scope.first)} to ${formatCount(scope.next - 1)}`;
  return `received from ${toUtcMinute(scope.from)} to ${toUtcMinute(scope.to)}`;
}

function toUtcMinute(time: string): string {
  return formatUtc(time).replace(/:\d\d\.\d+ UTC$/, " UTC");
}

/** Days that `time` lies ahead of `now`, rounded up. */
export function daysAhead(time: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(time) - now) / DAY_MS));
}
