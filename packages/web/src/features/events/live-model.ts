// SPDX-License-Identifier: Apache-2.0
// Events that arrive while one looks: shown at once, or counted while held. Pure.
import type { IndexedEvent } from "../../shared/api/types.js";

export interface LiveState {
  /** Newest first; all newer than the first page that was fetched. */
  shown: readonly IndexedEvent[];
  /** Newest first; arrived while held. Bounded; `waitingCount` goes on counting. */
  waiting: readonly IndexedEvent[];
  waitingCount: number;
  /** Events the server had to leave out of the stream. The log has them; a reload shows them. */
  lost: number;
  /** Arrivals wait, for whatever reason. */
  held: boolean;
  /** The highest index known. */
  newest: number;
}

export const LIVE_MAX = 2000;

export const emptyLive: LiveState = {
  shown: [],
  waiting: [],
  waitingCount: 0,
  lost: 0,
  held: false,
  newest: -1,
};

/** What is new of a batch, newest first. A reconnect may repeat events: an index counts once. */
function newOf(state: LiveState, batch: readonly IndexedEvent[]): IndexedEvent[] {
  let newest = state.newest;
  const fresh: IndexedEvent[] = [];
  for (const item of batch) {
    if (item.index <= newest) continue;
    newest = item.index;
    fresh.push(item);
  }
  return fresh.reverse();
}

export function arrive(state: LiveState, batch: readonly IndexedEvent[]): LiveState {
  const fresh = newOf(state, batch);
  if (fresh.length === 0) return state;
  const newest = fresh[0]?.index ?? state.newest;
  if (state.held) {
    const waiting = [...fresh, ...state.waiting].slice(0, LIVE_MAX);
    return { ...state, waiting, waitingCount: state.waitingCount + fresh.length, newest };
  }
  return { ...state, shown: [...fresh, ...state.shown], newest };
}

/** Shows what waited. When more waited than was kept there would be a hole: then `reload` asks for a fresh first page. */
export function release(state: LiveState): { state: LiveState; reload: boolean } {
  const overflow = state.waitingCount > state.waiting.length || state.lost > 0;
  if (overflow || state.shown.length + state.waiting.length > LIVE_MAX) {
    return { state: { ...emptyLive, held: state.held, newest: state.newest }, reload: true };
  }
  const shown = [...state.waiting, ...state.shown];
  return { state: { ...state, shown, waiting: [], waitingCount: 0 }, reload: false };
}

/** Live events on top of the fetched ones, each once. */
export function mergeRows(
  live: readonly IndexedEvent[],
  fetched: readonly IndexedEvent[],
): readonly IndexedEvent[] {
  const top = fetched[0]?.index ?? -1;
  const above = live.filter((item) => item.index > top);
  return above.length === 0 ? fetched : [...above, ...fetched];
}
