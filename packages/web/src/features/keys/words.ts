// SPDX-License-Identifier: Apache-2.0
// API keys in words. Pure.
import type { ApiKey, KeyRole } from "../../shared/api/types.js";
import { countOf, formatDay, formatDuration, toMs } from "../../shared/format.js";

export const ROLES: readonly { id: KeyRole; word: string; meaning: string }[] = [
  { id: "ingest", word: "ingest", meaning: "An application sends events with it, and can read nothing." },
  { id: "read", word: "read", meaning: "Searches, reads and verifies; changes nothing." },
  { id: "backfill", word: "backfill", meaning: "Imports old events, which keep their own time." },
  { id: "admin", word: "admin", meaning: "Does what an administrator does, but sends no events." },
];

const SOON_MS = 14 * 86_400_000;

export function isOver(key: ApiKey, now: number): boolean {
  return key.revoked !== undefined || (key.expires !== undefined && toMs(key.expires) <= now);
}

/** The first line of the page: who may come in? */
export function toKeysAnswer(keys: readonly ApiKey[], now: number): string {
  const live = keys.filter((key) => !isOver(key, now));
  if (live.length === 0) return "No key works: no application can send events.";
  const admins = live.filter(({ role }) => role === "admin").length;
  const soon = live.filter(({ expires }) => expires !== undefined && toMs(expires) - now < SOON_MS).length;
  const parts = [`${countOf(live.length, "key")} ${live.length === 1 ? "works" : "work"}`];
  if (admins > 0) parts.push(`${admins} of them as administrator`);
  if (soon > 0) parts.push(`${soon} ${soon === 1 ? "expires" : "expire"} within two weeks`);
  return `${parts.join("; ")}.`;
}

export function expiryWords(key: ApiKey, now: number): string {
  if (key.revoked !== undefined) return `revoked on ${formatDay(key.revoked)}`;
  if (key.expires === undefined) return "does not expire";
  const left = toMs(key.expires) - now;
  return left <= 0 ? `expired on ${formatDay(key.expires)}` : `expires in ${formatDuration(left)}`;
}
