// SPDX-License-Identifier: Apache-2.0
import { type DayBoundary, lastBoundary } from "./calendar.js";

/** A stretch of time, Unix milliseconds of `received`: `from` inside, `to` outside. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Reviews that one catch-up makes at most; what is older is part of the first of them. */
export const CATCH_UP = 14;

/**
 * The periods that have ended and have no review, oldest first. They begin where the last review ended and leave nothing
 * out: after a change of zone or hour one period is shorter or longer, and after a long downtime the first one covers all
 * that is older than `atMost` - 1 days.
 *
 * @param since end of the newest review, or when reviewing began
 * @param until nothing after this instant has ended
 */
export function duePeriods(
  since: number,
  until: number,
  boundary: DayBoundary,
  atMost: number = CATCH_UP,
): Period[] {
  const ends: number[] = [];
  for (let end = lastBoundary(until, boundary); end > since && ends.length < atMost; ) {
    ends.unshift(end);
    end = lastBoundary(end - 1, boundary);
  }
  return ends.map((to, i) => ({ from: ends[i - 1] ?? since, to }));
}
