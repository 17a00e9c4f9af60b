// SPDX-License-Identifier: Apache-2.0
import type { Appended, LeafBatch } from "@telltale/log";
import type { MatchHints } from "../../follow/follower.js";
import type { Prepared } from "../prepare.js";
import { DedupeWindow } from "./dedupe.js";

/** The part of the log that sealing needs. */
export interface AppendLog {
  append(batch: LeafBatch, tag?: unknown): Promise<Appended>;
}

export interface Sealed {
  accepted: number;
  duplicates: number;
  /** Index of the first and last event sealed by this call; null when it added none. */
  first: number | null;
  last: number | null;
  /** Offsets (in what was sealed) of events whose id was known with other bytes. */
  conflicts: number;
}

/**
 * Gives each event its place: drops what is already sealed, appends the rest in one piece, and resolves only
 * when it is durable. Nothing is acknowledged anywhere else.
 */
export class Sealer {
  readonly #log: AppendLog;
  readonly #window: DedupeWindow;
  readonly #viaNumbers = new Map<string, number>();
  #newest: Promise<unknown> = Promise.resolve();

  constructor(log: AppendLog, window: DedupeWindow = new DedupeWindow()) {
    this.#log = log;
    this.#window = window;
  }

  /** Tells the window of an event that an earlier run sealed. Call in log order, before the first `seal`. */
  remember(id: Uint32Array, at: number, via: string, print: number): void {
    this.#window.check(id, at, this.#viaNumber(via), print);
  }

  async seal(prepared: Prepared, via: string): Promise<Sealed> {
    const { fresh, duplicates, conflicts } = this.#sort(prepared, this.#viaNumber(via));
    const kept = fresh === undefined ? prepared : select(prepared, fresh);
    if (kept.count === 0) {
      // The originals of duplicates may still be on their way to the disk: they are waited for, because the
      // answer says that they are kept.
      await this.#newest;
      return { accepted: 0, duplicates, first: null, last: null, conflicts };
    }
    const hints: MatchHints = { ruleSet: prepared.ruleSet, pairs: kept.hints };
    const appended = this.#log.append(
      { bytes: kept.bytes, ends: kept.ends, count: kept.count, leafHashes: kept.leafHashes },
      hints,
    );
    this.#newest = appended;
    try {
      const { first, count } = await appended;
      return { accepted: count, duplicates, first, last: first + count - 1, conflicts };
    } catch (error) {
      // The sender is told that nothing was kept and sends again: its ids must not pass for duplicates then.
      this.#forget(prepared, fresh, this.#viaNumber(via));
      if (this.#newest === appended) this.#newest = Promise.resolve();
      throw error;
    }
  }

  #forget(prepared: Prepared, fresh: number[] | undefined, via: number): void {
    const offsets = fresh ?? Array.from({ length: prepared.count }, (_, index) => index);
    for (const i of offsets) this.#window.forget(prepared.ids, i * 4, via, prepared.prints[i]!);
  }

  /** The offsets of events to append, or undefined when that is all of them. */
  #sort(
    prepared: Prepared,
    via: number,
  ): { fresh: number[] | undefined; duplicates: number; conflicts: number } {
    let fresh: number[] | undefined;
    let conflicts = 0;
    for (let i = 0; i < prepared.count; i++) {
      const seen = this.#window.check(
        prepared.ids,
        i * 4,
        via,
        prepared.prints[i]!,
        prepared.sealedPrints[i],
      );
      if (seen === "conflict") conflicts++;
      if (seen === "duplicate") fresh ??= Array.from({ length: i }, (_, index) => index);
      else fresh?.push(i);
    }
    return { fresh, duplicates: fresh === undefined ? 0 : prepared.count - fresh.length, conflicts };
  }

  #viaNumber(via: string): number {
    let number = this.#viaNumbers.get(via);
    if (number === undefined) {
      number = this.#viaNumbers.size + 1;
      this.#viaNumbers.set(via, number);
    }
    return number;
  }
}

type Kept = Pick<Prepared, "bytes" | "ends" | "count" | "leafHashes" | "hints">;

function select(prepared: Prepared, offsets: readonly number[]): Kept {
  const startOf = (i: number): number => (i === 0 ? 0 : prepared.ends[i - 1]!);
  const bytes = Buffer.concat(offsets.map((i) => prepared.bytes.subarray(startOf(i), prepared.ends[i])));
  const leafHashes = Buffer.concat(offsets.map((i) => prepared.leafHashes.subarray(i * 32, i * 32 + 32)));
  const ends = new Uint32Array(offsets.length);
  const place = new Map<number, number>();
  let end = 0;
  for (const [at, i] of offsets.entries()) {
    end += prepared.ends[i]! - startOf(i);
    ends[at] = end;
    place.set(i, at);
  }
  const hints: number[] = [];
  for (let at = 0; at < prepared.hints.length; at += 2) {
    const moved = place.get(prepared.hints[at]!);
    if (moved !== undefined) hints.push(moved, prepared.hints[at + 1]!);
  }
  return { bytes, ends, count: offsets.length, leafHashes, hints: Uint32Array.from(hints) };
}
