// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { findAction, uuidV7, type SentEvent } from "@telltale/event";
import type { SealingSelfLog, SelfEvent } from "./self-log.js";

/** Events that may wait for the log at once; more are counted and told in the next event. */
const MAX_WAITING = 10_000;

export interface SelfLogOptions {
  /** Seals whole events; resolves when they are durable. */
  seal(events: readonly SentEvent[]): Promise<unknown>;
  onError(error: Error): void;
  version: string;
  now?: () => number;
}

/** The self log over the server's own pipeline: what queues while one batch is sealed goes with the next. */
export class SelfLogEmitter implements SealingSelfLog {
  readonly #options: SelfLogOptions;
  readonly #now: () => number;
  #queue: SentEvent[] = [];
  #running: Promise<void> | undefined;
  /** Events that could not be kept since the start. */
  lost = 0;

  constructor(options: SelfLogOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  emit(event: SelfEvent): void {
    if (this.#queue.length >= MAX_WAITING) {
      this.lost++;
      return;
    }
    this.#queue.push(this.complete(event));
    this.#running ??= this.#drain();
  }

  async seal(events: readonly SelfEvent[]): Promise<void> {
    await this.#options.seal(events.map((event) => this.complete(event)));
  }

  /** Resolves when all that was emitted so far is sealed or given up. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #drain(): Promise<void> {
    // Leaves the caller's stack: emit must not do the work of sealing.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#options.seal(batch);
      } catch (error) {
        this.lost += batch.length;
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
      }
    }
    this.#running = undefined;
  }

  /** The whole event: what every event about Telltale itself has is filled in. */
  complete(event: SelfEvent): SentEvent {
    const known = findAction(event.action);
    const ms = this.#now();
    return {
      v: 1,
      id: uuidV7(ms, randomBytes(10)),
      time: new Date(ms).toISOString(),
      source: { app: "telltale", version: this.#options.version },
      outcome: known?.outcome ?? "success",
      level: known?.level ?? "info",
      ...event,
    };
  }
}
