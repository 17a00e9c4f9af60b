// SPDX-License-Identifier: Apache-2.0
import type { SelfEvent, SelfLog } from "./self-log.js";

/** A self log in which the same thing said again soon is one event; what was left out is counted. */
export interface FoldedLog {
  /** `key` says what "the same" is. The next event of the key carries `data.repeats`. */
  emit(key: string, event: SelfEvent): void;
}

const MAX_KEYS = 2_000;

export interface FoldOptions {
  windowMs?: number;
  /**
   * Events in one window, of all keys together; what is beyond is counted and told with the next event that is sealed, as
   * `data.untold`. For what strangers can cause with ever new keys.
   */
  budget?: number;
}

/**
 * Folds what a stranger, or a page that refreshes itself, could repeat without end: an open door to fill the log.
 * The first is sealed at once, the repeats of the next `windowMs` (default a minute) are one number.
 */
export function createFoldedLog(
  selfLog: SelfLog,
  now: () => number,
  { windowMs = 60_000, budget = Number.POSITIVE_INFINITY }: FoldOptions = {},
): FoldedLog {
  const seen = new Map<string, { at: number; repeats: number }>();
  let windowStart = Number.NEGATIVE_INFINITY;
  let spent = 0;
  let untold = 0;

  function isAffordable(at: number): boolean {
    if (at - windowStart >= windowMs || at < windowStart) {
      windowStart = at;
      spent = 0;
    }
    if (spent >= budget) return false;
    spent++;
    return true;
  }

  return {
    emit(key, event) {
      const at = now();
      const known = seen.get(key);
      if (known !== undefined && at - known.at < windowMs && at >= known.at) {
        known.repeats++;
        return;
      }
      if (!isAffordable(at)) {
        untold++;
        return;
      }
      seen.delete(key);
      seen.set(key, { at, repeats: 0 });
      if (seen.size > MAX_KEYS) {
        const oldest = seen.keys().next().value;
        if (oldest !== undefined) seen.delete(oldest);
      }
      const counts = {
        ...(known === undefined || known.repeats === 0 ? {} : { repeats: known.repeats }),
        ...(untold === 0 ? {} : { untold }),
      };
      untold = 0;
      selfLog.emit(
        Object.keys(counts).length === 0 ? event : { ...event, data: { ...event.data, ...counts } },
      );
    },
  };
}

/** For what comes from people and programs that have not shown who they are. */
export const STRANGERS: FoldOptions = { budget: 120 };
