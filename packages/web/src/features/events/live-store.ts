// SPDX-License-Identifier: Apache-2.0
import { useSyncExternalStore } from "react";
import type { IndexedEvent } from "../../shared/api/types.js";
import { arrive, emptyLive, LIVE_MAX, type LiveState, release } from "./live-model.js";

/** Screens change four times a second however fast events come: more cannot be read. */
const FLUSH_MS = 250;

/** The live events of the page, shared by the table, the switch in the top bar and the histogram. */
class LiveStore {
  #state = emptyLive;
  #buffer: IndexedEvent[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #watchers = new Set<() => void>();
  /** Called when what was shown has a hole: fetch the first page again. */
  onReload: () => void = () => undefined;

  readonly get = (): LiveState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  push(item: IndexedEvent): void {
    this.#buffer.push(item);
    // A hidden tab gets its timers late; what it holds is bounded all the same.
    if (this.#buffer.length >= LIVE_MAX) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  lost(count: number): void {
    this.#set({ ...this.#state, lost: this.#state.lost + count });
  }

  /** The newest index already fetched: nothing up to it is news. */
  seed(newest: number): void {
    if (newest > this.#state.newest) this.#set({ ...this.#state, newest });
  }

  hold(held: boolean): void {
    if (held === this.#state.held) return;
    this.#set({ ...this.#state, held });
    if (!held) this.#release();
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#buffer = [];
    this.#set({ ...emptyLive, held: this.#state.held });
  }

  #release(): void {
    const { state, reload } = release(this.#state);
    this.#set(state);
    if (reload) this.onReload();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#buffer;
    this.#buffer = [];
    this.#set(arrive(this.#state, batch));
    if (this.#state.shown.length > LIVE_MAX && !this.#state.held) this.#release();
  }

  #set(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

export const liveStore = new LiveStore();

export function useLive(): LiveState {
  return useSyncExternalStore(liveStore.watch, liveStore.get);
}
