// SPDX-License-Identifier: Apache-2.0
import type { LossCounts } from "./losses.js";

/** One event that waits for delivery. */
export interface Waiting {
  /** Canonical text, final: sent again byte by byte when a delivery fails. */
  readonly json: string;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
  readonly seq: number;
  /** May be dropped before others: `api_request`. */
  readonly telemetry: boolean;
  /** What the event reports as lost, if it is such a report. */
  readonly losses?: LossCounts;
}

/** Memory of one waiting event besides its text. */
const OVERHEAD = 160;

function costOf(entry: Waiting): number {
  // A text with one character beyond ASCII may take two bytes for each.
  return OVERHEAD + (entry.bytes === entry.json.length ? entry.bytes : 2 * entry.json.length);
}

/** First in, first out, without moving what waits. */
class Lane {
  #entries: Waiting[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  peek(): Waiting | undefined {
    return this.#entries[this.#head];
  }

  push(entry: Waiting): void {
    this.#entries.push(entry);
  }

  shift(): Waiting | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    } else if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    }
    return entry;
  }
}

/**
 * Events that wait for delivery, within a number of bytes. When memory is full the oldest telemetry goes first, then
 * the oldest of the rest: what happens now must stay visible, and what is lost is counted. What is on its way counts
 * too and is never dropped. Two lanes, merged by `seq`, keep the order of the source.
 */
export class Queue {
  readonly #telemetry = new Lane();
  readonly #rest = new Lane();
  readonly #maxBytes: number;
  readonly #onDrop: (entry: Waiting) => void;
  #cost = 0;
  #bytes = 0;

  constructor(maxBytes: number, onDrop: (entry: Waiting) => void) {
    this.#maxBytes = maxBytes;
    this.#onDrop = onDrop;
  }

  /** Events that wait, those on their way left out. */
  get count(): number {
    return this.#telemetry.length + this.#rest.length;
  }

  /** Bytes of text that wait, those on their way left out. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory in use, what is on its way included. */
  get cost(): number {
    return this.#cost;
  }

  oldestSeq(): number {
    return Math.min(
      this.#telemetry.peek()?.seq ?? Number.POSITIVE_INFINITY,
      this.#rest.peek()?.seq ?? Number.POSITIVE_INFINITY,
    );
  }

  push(entry: Waiting): void {
    const cost = costOf(entry);
    while (this.#cost + cost > this.#maxBytes) {
      const oldest = this.#telemetry.shift() ?? this.#rest.shift();
      if (oldest === undefined) {
        this.#onDrop(entry);
        return;
      }
      this.#bytes -= oldest.bytes;
      this.#cost -= costOf(oldest);
      this.#onDrop(oldest);
    }
    this.#cost += cost;
    this.#bytes += entry.bytes;
    (entry.telemetry ? this.#telemetry : this.#rest).push(entry);
  }

  /** The next events in the order of the source, at least one if any waits. Their memory counts until `release`. */
  take(events: number, bytes: number): Waiting[] {
    const batch: Waiting[] = [];
    let sum = 0;
    while (batch.length < events) {
      const [a, b] = [this.#telemetry.peek(), this.#rest.peek()];
      const lane = a !== undefined && (b === undefined || a.seq < b.seq) ? this.#telemetry : this.#rest;
      const next = lane.peek();
      if (next === undefined || (batch.length > 0 && sum + next.bytes + 1 > bytes)) break;
      lane.shift();
      sum += next.bytes + 1;
      this.#bytes -= next.bytes;
      batch.push(next);
    }
    return batch;
  }

  /** The events have arrived or are lost: their memory is free. */
  release(batch: readonly Waiting[]): void {
    for (const entry of batch) this.#cost -= costOf(entry);
  }
}
