// SPDX-License-Identifier: Apache-2.0
import type { LossReason } from "./losses.js";
import { costOf, Fifo, NONE, type Outbox, type Waiting } from "./waiting.js";

/** Told of events that are lost here. */
export type OnLost = (reason: LossReason, entries: readonly Waiting[]) => void;

/**
 * Events that wait in memory, within a number of bytes. When memory is full the oldest `api_request` goes first, then
 * the oldest of the rest: what happens now must stay visible, and what is lost is counted. What is on its way counts
 * too and is never dropped. Two rows, merged by `seq`, keep the order of the source.
 */
export class Queue implements Outbox {
  readonly isDurable = false;
  readonly #telemetry = new Fifo<Waiting>();
  readonly #rest = new Fifo<Waiting>();
  readonly #maxBytes: number;
  readonly #onLost: OnLost;
  #flying: readonly Waiting[] = [];
  #cost = 0;
  #bytes = 0;

  constructor(maxBytes: number, onLost: OnLost) {
    this.#maxBytes = maxBytes;
    this.#onLost = onLost;
  }

  get count(): number {
    return this.#telemetry.length + this.#rest.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get unsettled(): number {
    return this.count + this.#flying.length;
  }

  get cost(): number {
    return this.#cost;
  }

  get hasRoom(): boolean {
    return this.#cost <= this.#maxBytes / 2;
  }

  readonly onDisk = { events: 0, bytes: 0 };

  /** What has a place in memory keeps it. */
  withdraw(): void {}

  isSettled(seq: number): boolean {
    const oldest = this.#flying[0] ?? this.#oldest()?.peek();
    return (oldest?.seq ?? NONE) > seq;
  }

  push(entry: Waiting): void {
    const cost = costOf(entry);
    while (this.#cost + cost > this.#maxBytes) {
      const oldest = this.#telemetry.shift() ?? this.#rest.shift();
      if (oldest === undefined) {
        this.#onLost("memory_full", [entry]);
        return;
      }
      this.#bytes -= oldest.bytes;
      this.#cost -= costOf(oldest);
      this.#onLost("memory_full", [oldest]);
    }
    this.#cost += cost;
    this.#bytes += entry.bytes;
    (entry.telemetry ? this.#telemetry : this.#rest).push(entry);
  }

  #oldest(): Fifo<Waiting> | undefined {
    const [a, b] = [this.#telemetry.peek(), this.#rest.peek()];
    if (a === undefined) return b === undefined ? undefined : this.#rest;
    return b === undefined || a.seq < b.seq ? this.#telemetry : this.#rest;
  }

  take(events: number, bytes: number): readonly Waiting[] {
    const batch: Waiting[] = [];
    let sum = 0;
    while (batch.length < events) {
      const row = this.#oldest();
      const next = row?.peek();
      if (next === undefined || (batch.length > 0 && sum + next.bytes + 1 > bytes)) break;
      row?.shift();
      sum += next.bytes + 1;
      this.#bytes -= next.bytes;
      batch.push(next);
    }
    this.#flying = batch;
    return batch;
  }

  release(): void {
    for (const entry of this.#flying) this.#cost -= costOf(entry);
    this.#flying = [];
  }

  /** Memory ends with the process. */
  keep(entries: readonly Waiting[]): void {
    this.#onLost("closed", entries);
  }

  async close(): Promise<void> {
    for (;;) {
      const batch = this.take(1000, NONE);
      if (batch.length === 0) return;
      this.release();
      this.#onLost("closed", batch);
    }
  }
}
