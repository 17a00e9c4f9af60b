// SPDX-License-Identifier: Apache-2.0
import type { Appended, LeafBatch } from "@telltale/log";
import type { Fate } from "../../chain/chain.js";
import type { ChainTag } from "../../chain/open.js";
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
  remember(id: Uint32Array, via: string, print: Uint32Array): void {
    this.#window.check(id, 0, this.#viaNumber(via), print);
  }

  /** One answer for each share. Rejects when the log did: then nothing of any share was kept. */
  async seal(prepared: Prepared): Promise<Sealed[]> {
    const { fresh, conflicts, answers } = this.#sort(prepared);
    const kept = fresh === undefined ? prepared : select(prepared, fresh);
    if (kept.count === 0) {
      // The originals of duplicates may still be on their way to the disk: they are waited for, because the
      // answer says that they are kept.
      if (prepared.count > 0) await this.#newest;
      return answers;
    }
    const hints: MatchHints & Partial<ChainTag> = { ruleSet: prepared.ruleSet, pairs: kept.hints };
    const { chained } = prepared;
    if (chained !== undefined) hints.chains = { chained, fateOf: toFates(fresh, conflicts) };
    const appended = this.#log.append(
      { bytes: kept.bytes, ends: kept.ends, count: kept.count, leafHashes: kept.leafHashes },
      hints,
    );
    this.#newest = appended;
    try {
      let { first } = await appended;
      for (const answer of answers) {
        if (answer.accepted === 0) continue;
        answer.first = first;
        first += answer.accepted;
        answer.last = first - 1;
      }
      return answers;
    } catch (error) {
      // The senders are told that nothing was kept and send again: their ids must not pass for duplicates then.
      this.#forget(prepared, fresh);
      if (this.#newest === appended) this.#newest = Promise.resolve();
      throw error;
    }
  }

  #forget(prepared: Prepared, fresh: number[] | undefined): void {
    const offsets = fresh ?? Array.from({ length: prepared.count }, (_, index) => index);
    let at = 0;
    for (const { via, end } of prepared.shares) {
      const number = this.#viaNumber(via);
      for (; at < offsets.length && offsets[at]! < end; at++) {
        this.#window.forget(prepared.ids, offsets[at]!, number, prepared.prints);
      }
    }
  }

  /** What is said to each share, still without places, and the offsets to append; undefined when that is all. */
  #sort(prepared: Prepared): {
    fresh: number[] | undefined;
    conflicts: number[];
    answers: Sealed[];
  } {
    let fresh: number[] | undefined;
    const conflicts: number[] = [];
    const answers: Sealed[] = [];
    let i = 0;
    for (const { via, end } of prepared.shares) {
      const number = this.#viaNumber(via);
      const answer: Sealed = { accepted: 0, duplicates: 0, first: null, last: null, conflicts: 0 };
      for (; i < end; i++) {
        const { ids, prints, sealedPrints } = prepared;
        const seen = this.#window.check(ids, i, number, prints, sealedPrints);
        if (seen === "conflict") {
          answer.conflicts++;
          conflicts.push(i);
        }
        if (seen === "duplicate") {
          answer.duplicates++;
          fresh ??= Array.from({ length: i }, (_, index) => index);
          continue;
        }
        answer.accepted++;
        fresh?.push(i);
      }
      answers.push(answer);
    }
    return { fresh, conflicts, answers };
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

/** What became of each line, for the chains of the sources; undefined when every one is sealed as the first of its id. */
function toFates(
  fresh: readonly number[] | undefined,
  conflicts: readonly number[],
): ((line: number) => Fate) | undefined {
  if (fresh === undefined && conflicts.length === 0) return undefined;
  const sealed = fresh === undefined ? undefined : new Set(fresh);
  const conflicting = new Set(conflicts);
  return (line) => (sealed?.has(line) === false ? "dropped" : conflicting.has(line) ? "conflict" : "sealed");
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
