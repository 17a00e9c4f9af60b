// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Alert } from "./alert-types.js";
import type { CheckpointNews, IndexedEvent } from "./types.js";
import { toQueryString } from "./client.js";
import { type StreamTurn, takeTurn } from "./stream-turn.js";

export type StreamMessage =
  | { kind: "open" }
  | { kind: "event"; item: IndexedEvent }
  | { kind: "alert"; alert: Alert }
  | { kind: "checkpoint"; checkpoint: CheckpointNews }
  | { kind: "lost"; count: number };

/** `resting`: out of sight, or other tabs have taken the connections that the browser allows. */
export type StreamState = "connecting" | "open" | "down" | "resting";

type Listener = (message: StreamMessage) => void;

const RETRY_MS = [1000, 2000, 5000, 10_000, 30_000];

/** One connection a page, and only while it is this tab's turn: people open many tabs. */
class LiveStream {
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #turn: StreamTurn | undefined;
  /** The filter of the events wanted; null: no events, only news. */
  #query: string | null = null;
  #state: StreamState = "connecting";
  readonly #listeners = new Set<Listener>();
  readonly #watchers = new Set<() => void>();

  readonly state = (): StreamState => this.#state;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#turn ??= takeTurn(() => this.#follow());
    this.#follow();
  }

  stop(): void {
    this.#turn?.end();
    this.#turn = undefined;
    this.#close();
  }

  setQuery(query: string | null): void {
    if (query === this.#query) return;
    this.#query = query;
    if (this.#turn?.held === true) this.#connect();
  }

  #follow(): void {
    if (this.#turn?.held === true) return this.#connect();
    this.#close();
    this.#setState("resting");
  }

  #close(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    this.#close();
    this.#setState("connecting");
    const search = this.#query === null ? { events: "none" } : { q: this.#query };
    const source = new EventSource(`/v1/stream${toQueryString(search)}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#failures = 0;
      this.#setState("open");
      this.#tell({ kind: "open" });
    });
    source.addEventListener("error", () => {
      this.#setState("down");
      // The browser reconnects by itself unless the answer was an error; then it is up to us.
      if (source.readyState === EventSource.CLOSED) this.#retryLater();
    });
    this.#on(source, "event", (data) => ({ kind: "event", item: data as IndexedEvent }));
    this.#on(source, "alert", (data) => ({ kind: "alert", alert: data as Alert }));
    this.#on(source, "checkpoint", (data) => ({ kind: "checkpoint", checkpoint: data as CheckpointNews }));
    this.#on(source, "lost", (data) => ({ kind: "lost", count: (data as { count: number }).count }));
  }

  #on(source: EventSource, name: string, toMessage: (data: unknown) => StreamMessage): void {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      let data: unknown;
      try {
        data = JSON.parse(event.data);
      } catch {
        return; // A torn message: the next answer of the API carries the same facts.
      }
      this.#tell(toMessage(data));
    });
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 30_000;
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2));
  }

  #tell(message: StreamMessage): void {
    for (const listener of this.#listeners) listener(message);
  }

  #setState(state: StreamState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}

export const liveStream = new LiveStream();

export function useStreamState(): StreamState {
  return useSyncExternalStore(liveStream.watch, liveStream.state);
}

/** Calls `listener` for each message while mounted. */
export function useStream(listener: Listener): void {
  const current = useRef(listener);
  useEffect(() => {
    current.current = listener;
  });
  useEffect(() => liveStream.listen((message) => current.current(message)), []);
}
