// SPDX-License-Identifier: Apache-2.0
import type { Segment } from "@telltale/log";
import { dueAt } from "./certificate.js";
import { type Hold, isBlocking } from "./holds.js";
import { DAY_MS, type RetentionPolicy } from "./policy.js";
import type { RetainLog } from "./retain-log.js";
import { lastReceived, readFacts, type SegmentFacts } from "./segment-facts.js";

/** A segment that would be due but for holds. */
export interface Blocked {
  readonly first: number;
  readonly next: number;
  readonly holds: readonly string[];
}

export interface Plan {
  readonly due: readonly SegmentFacts[];
  readonly blocked: readonly Blocked[];
  /** There is more than one run takes. */
  readonly more: boolean;
}

/** Segments that one run takes; a certificate and perhaps a copy for each. */
const MOST_SEGMENTS = 64;
/** Requests of one moment are sealed in any order; none is on its way for longer than this. */
const DISORDER_MS = 3_600_000;

/** Finds what is due. Segments are read whole once, before they go; of the others only the last line is looked at. */
export class Planner {
  readonly #log: RetainLog;
  readonly #onError: (error: Error) => void;
  readonly #last = new Map<number, number>();
  // Of segments that are due and held: so that a long hold does not mean reading them again and again.
  readonly #facts = new Map<number, SegmentFacts>();

  constructor(log: RetainLog, onError: (error: Error) => void) {
    this.#log = log;
    this.#onError = onError;
  }

  /** How many of the segments, which are in the order of time, have only events received before `limit`. */
  async #countOlder(segments: readonly Segment[], limit: number): Promise<number> {
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const segment = segments[middle] as Segment;
      if ((await this.#lastOf(segment)) < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #lastOf(segment: Segment): Promise<number> {
    const known = this.#last.get(segment.first);
    if (known !== undefined) return known;
    const last = await lastReceived(this.#log, segment);
    this.#last.set(segment.first, last);
    return last;
  }

  /** Everything before this index is past its searchable days. */
  async searchableFrom(policy: RetentionPolicy, now: number): Promise<number> {
    const segments = this.#log.segments().filter(({ closed }) => closed);
    const older = await this.#countOlder(segments, now - policy.searchableDays * DAY_MS - DISORDER_MS);
    const last = segments[older - 1];
    return last === undefined ? 0 : last.first + last.count;
  }

  /** When the oldest segment will be due, in ms since 1970; undefined while none is closed. */
  async nextDue(policy: RetentionPolicy): Promise<number | undefined> {
    const [oldest] = this.#log.segments();
    return oldest?.closed === true ? dueAt(await this.#lastOf(oldest), policy) : undefined;
  }

  /** Segments whose newest event is older than the policy keeps, and that no hold blocks. */
  async find(policy: RetentionPolicy, holds: readonly Hold[], now: number): Promise<Plan> {
    const all = this.#log.segments().filter(({ closed, path }) => closed && path.endsWith(".zst"));
    this.#forget(all);
    // Strictly before or at its due date by its last event; its newest one decides below.
    const candidates = all.slice(0, await this.#countOlder(all, now - policy.keptDays * DAY_MS + 1));
    const due: SegmentFacts[] = [];
    const blocked: Blocked[] = [];
    for (const segment of candidates) {
      if (due.length === MOST_SEGMENTS) return { due, blocked, more: true };
      const facts = await this.#factsOf(segment);
      if (facts === undefined || dueAt(facts.newest, policy) > now) continue;
      const blocking = holds.filter((hold) => isBlocking(hold, facts));
      if (blocking.length === 0) due.push(facts);
      else blocked.push({ first: facts.first, next: facts.next, holds: blocking.map(({ id }) => id) });
    }
    return { due, blocked, more: false };
  }

  async #factsOf(segment: Segment): Promise<SegmentFacts | undefined> {
    try {
      const known = this.#facts.get(segment.first) ?? (await readFacts(this.#log, segment));
      this.#facts.set(segment.first, known);
      return known;
    } catch (error) {
      // One bad segment stays, as evidence; it must not keep the others.
      this.#onError(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  #forget(kept: readonly Segment[]): void {
    const firsts = new Set(kept.map(({ first }) => first));
    for (const map of [this.#last, this.#facts]) {
      for (const first of map.keys()) if (!firsts.has(first)) map.delete(first);
    }
  }
}
