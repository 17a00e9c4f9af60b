// SPDX-License-Identifier: Apache-2.0
import { type Found, isFound, toEventsPage } from "../client/answers.js";
import type { Client } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import { type SseMessage, SseParser } from "./sse.js";

/** What a follower of the log is told, in order. */
export interface TailListener {
  event(found: Found): Promise<void>;
  alert(alert: unknown): Promise<void>;
  /** Events that were not shown: the reader or the server was too slow. */
  lost(count: number): void;
  disconnected(): void;
}

export interface FollowOptions {
  io: CliIo;
  client: Client;
  query: string | undefined;
  /** How many past events to begin with. */
  last: number;
  listener: TailListener;
}

const CATCH_UP = 500;
const MAX_PAUSE_MS = 10_000;
/** The server sends something at least every half minute; a connection that is silent for longer is dead. */
const SILENCE_MS = 90_000;

class Follow {
  readonly #options: FollowOptions;
  /** Index of the newest event that was shown. */
  #newest = -1;
  #begun = false;
  #failures = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { io, listener } = this.#options;
    while (!io.signal.aborted) {
      try {
        await this.#once();
      } catch (error) {
        if (io.signal.aborted) return;
        const retry =
          error instanceof CliFailure && (error.code === "unreachable" || error.code === "tryLater");
        if (!this.#begun || (error instanceof CliFailure && !retry)) throw error;
      }
      if (io.signal.aborted) return;
      if (this.#failures++ === 0) listener.disconnected();
      const pause = Math.min(500 * 2 ** (this.#failures - 1), MAX_PAUSE_MS);
      await io.sleep(pause * (0.5 + Math.random() / 2));
    }
  }

  /** One connection. It is opened before the past is asked for, so nothing falls between the two. */
  async #once(): Promise<void> {
    const { client, query, io } = this.#options;
    const alive = new AbortController();
    let timer = setTimeout(() => alive.abort(), SILENCE_MS);
    try {
      const path =
        query === undefined ? "/v1/stream" : `/v1/stream?${new URLSearchParams({ q: query }).toString()}`;
      const response = await client.request(path, {
        headers: { accept: "text/event-stream" },
        signal: AbortSignal.any([io.signal, alive.signal]),
      });
      if (!response.ok || response.body === null) throw await client.toFailure(response);
      await this.#past();
      this.#begun = true;
      this.#failures = 0;
      const parser = new SseParser();
      const decoder = new TextDecoder();
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        clearTimeout(timer);
        timer = setTimeout(() => alive.abort(), SILENCE_MS);
        for (const message of parser.push(decoder.decode(chunk, { stream: true }))) await this.#take(message);
      }
    } finally {
      clearTimeout(timer);
      alive.abort();
    }
  }

  /** At first the last few events; after a reconnection what was missed, or as much as one page holds. */
  async #past(): Promise<void> {
    const { client, query, last, listener } = this.#options;
    const limit = this.#begun ? CATCH_UP : last;
    if (limit === 0) return;
    const page = toEventsPage(await client.getJson("/v1/events", { q: query, limit: String(limit) }));
    const missed = (page?.events ?? [])
      .filter((each) => each.index > this.#newest)
      .sort((a, b) => a.index - b.index);
    if (this.#begun && missed.length === limit) listener.lost(0);
    for (const found of missed) await this.#show(found);
  }

  async #take({ event, data }: SseMessage): Promise<void> {
    const { listener } = this.#options;
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      return;
    }
    if (event === "event" && isFound(value) && value.index > this.#newest) await this.#show(value);
    else if (event === "alert") await listener.alert(value);
    else if (event === "lost") listener.lost(Number((value as { count?: unknown } | null)?.count) || 0);
  }

  async #show(found: Found): Promise<void> {
    this.#newest = found.index;
    await this.#options.listener.event(found);
  }
}

/** Shows events as they come until `io.signal` fires. Throws CliFailure when the first connection fails. */
export async function follow(options: FollowOptions): Promise<void> {
  await new Follow(options).run();
}
