// SPDX-License-Identifier: Apache-2.0
import type { LossCounts, LossReason } from "./losses.js";

/** Told what becomes of one event. `kept` may come before `acknowledged`; after `lost` nothing comes. */
export interface Watch {
  /** It will survive this process. */
  kept(): void;
  /** The server has it. */
  acknowledged(): void;
  lost(reason: LossReason | "rejected"): void;
}

/** One event that waits for delivery. */
export interface Waiting {
  /** Canonical text, final: sent again byte by byte when a delivery fails. */
  readonly json: string;
  /** Length of the text in UTF-8. */
  readonly bytes: number;
  /** Its place in the chain of its lane. */
  readonly seq: number;
  /** Its keyed hash: `prev` of the event behind it. */
  readonly mac: string;
  /** May be dropped before others: `api_request`. */
  readonly telemetry: boolean;
  /** What the event reports as lost, if it is such a report. */
  readonly losses: LossCounts | undefined;
  readonly watch: Watch | undefined;
}

/** Memory of one waiting event besides its text. */
const OVERHEAD = 224;

/** Bytes of memory that a waiting event takes. */
export function costOf(entry: Waiting): number {
  // A text with one character beyond ASCII may take two bytes for each.
  return OVERHEAD + (entry.bytes === entry.json.length ? entry.bytes : 2 * entry.json.length);
}

/** First in, first out, without moving what waits. */
export class Fifo<T> {
  #entries: T[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  peek(): T | undefined {
    return this.#entries[this.#head];
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  shift(): T | undefined {
    const entry = this.#entries[this.#head];
    if (this.length === 0) return undefined;
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

  /** Takes one out from wherever it stands; false when it is not here. */
  remove(entry: T): boolean {
    const at = this.#entries.indexOf(entry, this.#head);
    if (at === -1) return false;
    this.#entries.splice(at, 1);
    return true;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#head; i < this.#entries.length; i++) yield this.#entries[i] as T;
  }
}

/** Where the events of one lane wait, in the order of their numbers. */
export interface Outbox {
  /** What waits here survives the process. */
  readonly isDurable: boolean;
  /** Events that can be taken. */
  readonly count: number;
  /** Bytes of their text. */
  readonly bytes: number;
  /** Events of this process that are neither acknowledged nor lost, those on their way included. */
  readonly unsettled: number;
  /** Memory in use, in bytes, what is on its way included. */
  readonly cost: number;
  /** Whether a report of what was lost would not push out anything else. */
  readonly hasRoom: boolean;
  /** `now`: it is not to wait for others. */
  push(entry: Waiting, now: boolean): void;
  /** The next events, at least one if any can be taken. One batch is on its way at a time: `release` ends it. */
  take(events: number, bytes: number): readonly Waiting[] | Promise<readonly Waiting[]>;
  /** The sender ends before the server has answered for these events of those on their way; before `release`. */
  keep(entries: readonly Waiting[]): void;
  /** The events on their way have arrived, are lost or are kept. */
  release(): void;
  /** Nobody waits for this event any more: it is dropped where that is still possible. */
  withdraw(watch: Watch): void;
  /** Events on disk that are not settled, and the bytes of all that is on disk. */
  readonly onDisk: { events: number; bytes: number };
  /** Whether every event of this process up to `seq` has been settled. */
  isSettled(seq: number): boolean;
  /** The sender has ended. */
  close(): Promise<void>;
}

/** Beyond every number. */
export const NONE = Number.POSITIVE_INFINITY;
