// SPDX-License-Identifier: Apache-2.0

/** How long to wait before a target is asked again, in milliseconds. */
export interface Waits {
  readonly firstMs: number;
  readonly maxMs: number;
  /** After a refused credential or a wrong setting: rarely, so that no account is locked by trying. */
  readonly stoppedMs: number;
}

export const WAITS: Waits = { firstMs: 500, maxMs: 60_000, stoppedMs: 300_000 };

/** No target may send us to sleep for longer. */
const MAX_WISH_MS = 15 * 60_000;

/**
 * Doubling from the first wait to the longest, a quarter up or down so that what failed together does not come back
 * together. A wish of the target is a lower bound. `attempts` from 1; `random` in [0, 1).
 */
export function toWait(waits: Waits, attempts: number, random: number, wishMs?: number): number {
  const doubled = Math.min(waits.maxMs, waits.firstMs * 2 ** Math.min(attempts - 1, 30));
  const wait = Math.round(doubled * (0.75 + random / 2));
  return Math.max(wait, Math.min(wishMs ?? 0, MAX_WISH_MS));
}
