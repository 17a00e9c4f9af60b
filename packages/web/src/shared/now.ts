// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";

// One ticking clock for the whole page, so that a thousand relative times need one timer.
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, renewed every `stepMs` (a multiple of a second). */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => {
    if (timer === undefined) now = Date.now();
    return Math.floor(now / stepMs) * stepMs;
  });
}
