// SPDX-License-Identifier: Apache-2.0
import type { FollowLog } from "../runner.js";

// The server's own field stands first in every sealed line, in this one form.
const RECEIVED = /^\{"received":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/;
/** Requests that arrive together are sealed in any order; none is on its way for longer than this. */
const DISORDER_MS = 60_000;

type Reader = Pick<FollowLog, "size" | "read" | "firstKept">;

/** When the event at an index was received, milliseconds since 1970; NaN when its line does not say. */
export async function receivedAt(log: Reader, index: number): Promise<number> {
  const { bytes } = await log.read(index, index + 1, 1);
  const text = RECEIVED.exec(bytes.toString("latin1", 0, Math.min(bytes.length, 64)))?.[1];
  return text === undefined ? Number.NaN : Date.parse(text);
}

/**
 * The index from which on everything lies that was received at `time` or later; some older events may be behind it, as
 * requests of one minute are sealed in any order. The size of the log when nothing is so new. Reads about 2 log n lines.
 */
export async function indexAt(log: Reader, time: number): Promise<number> {
  const limit = time - DISORDER_MS;
  let low = log.firstKept?.(0) ?? 0;
  let high = log.size;
  while (low < high) {
    // The middle may be pruned; what is kept after it is asked instead.
    const middle = (low + high) >> 1;
    const kept = Math.min(log.firstKept?.(middle) ?? middle, high);
    if (kept < high && (await receivedAt(log, kept)) < limit) low = kept + 1;
    else high = middle;
  }
  return log.firstKept?.(low) ?? low;
}
