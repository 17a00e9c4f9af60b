// SPDX-License-Identifier: Apache-2.0
import type { SelfEvent, SelfLog } from "./self-log.js";

/** A self log in which the same thing said again soon is one event; what was left out is counted. */
export interface FoldedLog {
  /** `key` says what "the same" is. The next event of the key carries `data.repeats`. */
  emit(key: string, event: SelfEvent): void;
}

const MAX_KEYS = 2_000;

/**
 * Folds what a stranger, or a page that refreshes itself, could repeat without end: an open door to fill the log.
 * The first is sealed at once, the repeats of the next `windowMs` are one number.
 */
export function createFoldedLog(selfLog: SelfLog, now: () => number, windowMs = 60_000): FoldedLog {
  const seen = new Map<string, { at: number; repeats: number }>();
  return {
    emit(key, event) {
      const at = now();
      const known = seen.get(key);
      if (known !== undefined && at - known.at < windowMs && at >= known.at) {
        known.repeats++;
        return;
      }
      seen.delete(key);
      seen.set(key, { at, repeats: 0 });
      if (seen.size > MAX_KEYS) {
        const oldest = seen.keys().next().value;
        if (oldest !== undefined) seen.delete(oldest);
      }
      const repeats = known?.repeats ?? 0;
      selfLog.emit(repeats === 0 ? event : { ...event, data: { ...event.data, repeats } });
    },
  };
}
