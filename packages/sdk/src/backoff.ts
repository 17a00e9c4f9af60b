// SPDX-License-Identifier: Apache-2.0

const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A server may ask for longer, up to this. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/**
 * Milliseconds to wait before trying again: doubling from a quarter of a second to thirty seconds, half of it random,
 * so that many instances do not return together.
 *
 * @param failures deliveries that failed in a row, from 1
 * @param retryAfterMs what the server asked for; never less is waited, with up to a tenth more
 */
export function backoffMs(failures: number, retryAfterMs: number | undefined, random: () => number): number {
  const full = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 20), LONGEST_MS);
  const own = full / 2 + (full / 2) * random();
  if (retryAfterMs === undefined) return own;
  const asked = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  return Math.max(own, asked * (1 + 0.1 * random()));
}

/** Reads Retry-After (RFC 9110, section 10.2.3): seconds or a date. Undefined when it is neither. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
