// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import type { SecurityEvent } from "@telltale/event";
import type { Predicate } from "@telltale/query";
import type { Alert } from "../alert/alert.js";
import type { Metrics } from "../metrics.js";

/** Lines as the log hands them out; @telltale/log's Committed is one. */
export interface StreamBatch {
  first: number;
  count: number;
  bytes: Buffer;
  ends: Uint32Array;
}

export interface StreamClient {
  response: ServerResponse;
  /** Whose stream it is: nobody may take them all. */
  owner: string;
  /** Events wanted; `none`: only alerts and checkpoints; `all`: nothing is parsed. Of equal queries one is asked. */
  events: { query: string; matches: Predicate } | "all" | "none";
  /** False: alerts are not for this caller. */
  wantsAlerts: boolean;
  /** Asked every two seconds; false ends the stream (key revoked, signed out). */
  isStillAllowed(): Promise<boolean>;
}

/**
 * Live news for browsers and `tail`. Nothing here can slow the log down: what a slow client cannot take, or what a
 * second brings beyond `eventsPerSecond`, is counted and told as `lost`; the search has it all.
 */
export interface StreamHub {
  /** Takes over a response whose head was written; ends it and answers false when there are too many. */
  add(client: StreamClient): boolean;
  /** Call after each commit, in order. Costs nothing while nobody listens. */
  committed(batch: StreamBatch): void;
  alert(alert: Alert): void;
  /** May be called after every commit; told at most once a second. `root` is base64 text. */
  checkpoint(news: { size: number; root: string; time: number }): void;
  readonly clients: number;
  /** True: `add` would refuse this owner. */
  isFull(owner: string): boolean;
  /** Ends every stream cleanly; later clients are refused. */
  close(): void;
}

export interface StreamHubOptions {
  metrics: Metrics;
  now?: () => number;
  eventsPerSecond?: number;
  maxClients?: number;
  maxPerOwner?: number;
  /** Milliseconds of each second that filters may take; beyond it their events are lost. */
  filterMs?: number;
  bufferBytes?: number;
  tickMs?: number;
}

const HEARTBEAT_TICKS = 8;

interface Connected extends StreamClient {
  lost: number;
}

class Hub implements StreamHub {
  readonly #clients = new Set<Connected>();
  readonly #options: Required<Omit<StreamHubOptions, "metrics">>;
  readonly #lostTotal;
  #room: number;
  #roomAt: number;
  #filterSecond = 0;
  #filterSpent = 0;
  #checkpoint: { size: number; root: string; time: number } | undefined;
  #checkpointAt = 0;
  #ticks = 0;
  #isClosed = false;
  readonly #timer: NodeJS.Timeout;

  constructor({
    metrics,
    now = Date.now,
    eventsPerSecond = 2_000,
    maxClients = 100,
    maxPerOwner = 20,
    filterMs = 200,
    bufferBytes = 256 * 1_024,
    tickMs = 2_000,
  }: StreamHubOptions) {
    this.#options = { now, eventsPerSecond, maxClients, maxPerOwner, filterMs, bufferBytes, tickMs };
    this.#room = eventsPerSecond;
    this.#roomAt = now();
    this.#lostTotal = metrics.counter(
      "telltale_stream_lost_events_total",
      "Events not sent to a live stream that could not keep up.",
    );
    metrics.observed("telltale_stream_clients", "Open live streams.", () => this.#clients.size);
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
  }

  get clients(): number {
    return this.#clients.size;
  }

  isFull(owner: string): boolean {
    if (this.#isClosed || this.#clients.size >= this.#options.maxClients) return true;
    let own = 0;
    for (const client of this.#clients) if (client.owner === owner) own++;
    return own >= this.#options.maxPerOwner;
  }

  add(client: StreamClient): boolean {
    if (this.isFull(client.owner)) {
      client.response.end();
      return false;
    }
    const connected: Connected = { ...client, isStillAllowed: () => client.isStillAllowed(), lost: 0 };
    this.#clients.add(connected);
    const leave = () => void this.#clients.delete(connected);
    client.response.on("close", leave);
    client.response.on("error", leave);
    // Says at once that the stream is open, through proxies that wait for a first byte.
    client.response.write(": telltale\n\n");
    return true;
  }

  committed(batch: StreamBatch): void {
    const listeners = [...this.#clients].filter((client) => client.events !== "none");
    if (listeners.length === 0) return;
    const taken = this.#take(batch.count);
    // The newest are shown: who looks at a live page wants to see now, not a second ago.
    const skipped = batch.count - taken;
    if (skipped > 0) for (const client of listeners) this.#lose(client, skipped);
    for (let i = skipped; i < batch.count; i++) this.#event(batch, i, listeners);
  }

  #take(count: number): number {
    const now = this.#options.now();
    const { eventsPerSecond } = this.#options;
    const gained = (Math.max(0, now - this.#roomAt) * eventsPerSecond) / 1_000;
    this.#room = Math.min(eventsPerSecond, this.#room + gained);
    this.#roomAt = now;
    const taken = Math.min(count, Math.floor(this.#room));
    this.#room -= taken;
    return taken;
  }

  #event(batch: StreamBatch, i: number, listeners: readonly Connected[]): void {
    const start = i === 0 ? 0 : (batch.ends[i - 1] as number);
    const line = batch.bytes.toString("utf8", start, (batch.ends[i] as number) - 1);
    let event: SecurityEvent | undefined;
    let text: string | undefined;
    const answers = new Map<string, boolean>();
    for (const client of listeners) {
      if (typeof client.events === "object") {
        const { query, matches } = client.events;
        let answer = answers.get(query);
        if (answer === undefined) {
          if (!this.#mayFilter()) {
            this.#lose(client, 1);
            continue;
          }
          event ??= JSON.parse(line) as SecurityEvent;
          answer = this.#timed(matches, event);
          answers.set(query, answer);
        }
        if (!answer) continue;
      }
      // The sealed line as it is: JSON without line breaks, since control characters are escapes in it.
      text ??= `event: event\ndata: {"index":${batch.first + i},"event":${line}}\n\n`;
      this.#write(client, text, 1);
    }
  }

  #mayFilter(): boolean {
    const second = Math.floor(this.#options.now() / 1_000);
    if (second !== this.#filterSecond) {
      this.#filterSecond = second;
      this.#filterSpent = 0;
    }
    return this.#filterSpent < this.#options.filterMs;
  }

  #timed(matches: Predicate, event: SecurityEvent): boolean {
    const began = performance.now();
    const answer = matches(event);
    this.#filterSpent += performance.now() - began;
    return answer;
  }

  alert(alert: Alert): void {
    const text = `event: alert\ndata: ${JSON.stringify(alert)}\n\n`;
    for (const client of this.#clients) if (client.wantsAlerts) this.#write(client, text, 0);
  }

  checkpoint(news: { size: number; root: string; time: number }): void {
    this.#checkpoint = news;
    if (this.#clients.size > 0 && this.#options.now() - this.#checkpointAt >= 1_000) this.#tellCheckpoint();
  }

  #tellCheckpoint(): void {
    if (this.#checkpoint === undefined) return;
    const text = `event: checkpoint\ndata: ${JSON.stringify(this.#checkpoint)}\n\n`;
    this.#checkpoint = undefined;
    this.#checkpointAt = this.#options.now();
    for (const client of this.#clients) this.#write(client, text, 0);
  }

  #lose(client: Connected, events: number): void {
    client.lost += events;
    this.#lostTotal.add(events);
  }

  #write(client: Connected, text: string, events: number): void {
    const { response } = client;
    if (response.writableLength > this.#options.bufferBytes) {
      if (events > 0) this.#lose(client, events);
      return;
    }
    this.#tellLost(client);
    response.write(text);
  }

  #tellLost(client: Connected): void {
    if (client.lost === 0 || client.response.writableLength > this.#options.bufferBytes) return;
    client.response.write(`event: lost\ndata: {"count":${client.lost}}\n\n`);
    client.lost = 0;
  }

  #tick(): void {
    this.#ticks++;
    this.#tellCheckpoint();
    for (const client of this.#clients) {
      this.#tellLost(client);
      if (this.#ticks % HEARTBEAT_TICKS === 0) this.#write(client, ": alive\n\n", 0);
      void this.#recheck(client);
    }
  }

  async #recheck(client: Connected): Promise<void> {
    // Whether the caller is still allowed cannot be told: then no.
    const isAllowed = await client.isStillAllowed().catch(() => false);
    if (!isAllowed) this.#end(client);
  }

  #end(client: Connected): void {
    this.#clients.delete(client);
    client.response.end();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const client of this.#clients) {
      this.#end(client);
      // A client that does not read must not hold up the end of the server.
      setTimeout(() => client.response.destroy(), 1_000).unref();
    }
  }
}

/** One per server; close it before the HTTP server. */
export function createStreamHub(options: StreamHubOptions): StreamHub {
  return new Hub(options);
}
