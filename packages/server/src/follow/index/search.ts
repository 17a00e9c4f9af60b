// SPDX-License-Identifier: Apache-2.0
import type { BucketUnit } from "./buckets.js";

/** What to look for. Times are Unix milliseconds of `received`: `from` inside, `to` outside. */
export interface SearchRequest {
  /** In the search language. */
  readonly query: string;
  readonly from?: number;
  readonly to?: number;
}

export interface HitsRequest extends SearchRequest {
  readonly limit: number;
  /** `next` of the answer before: go on below it. */
  readonly cursor?: string;
}

export interface HistogramRequest extends SearchRequest {
  readonly from: number;
  readonly to: number;
  /** Wanted number of bars. */
  readonly buckets: number;
}

/** Why an answer does not cover all that is committed. */
export type IncompleteReason =
  /** The newest events are not searchable yet: `indexed` of `size`. */
  | "indexing"
  /** The time was up before the oldest events were looked at; `next` goes on there. */
  | "timeout"
  /** Some events matched but their lines could not be read from the log. */
  | "unreadable";

/** Part of every answer: nothing is ever left out silently. */
export interface Completeness {
  readonly complete: boolean;
  readonly reason?: IncompleteReason;
  /** Events that the index knew, from the start of the log. */
  readonly indexed: number;
  /** Events that were committed when the search began. */
  readonly size: number;
}

export interface Hit {
  /** Index in the log. */
  readonly index: number;
  /** The exact sealed line, from the log and not from the index. */
  readonly line: string;
}

export interface HitsAnswer extends Completeness {
  /** Newest first. */
  readonly hits: readonly Hit[];
  /** Cursor for what is older; `null` when nothing is left. */
  readonly next: string | null;
}

export interface Bar {
  /** Start, Unix milliseconds. */
  readonly t: number;
  readonly success: number;
  readonly failure: number;
  readonly denied: number;
  readonly other: number;
}

export interface HistogramAnswer extends Completeness {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly unit: BucketUnit;
  readonly buckets: readonly Bar[];
  readonly total: number;
}

export interface GroupsRequest extends SearchRequest {
  /** A field of the event by its whole name, for example `actor.id`; each value of a list counts. */
  readonly field: string;
  readonly limit: number;
}

export interface GroupsAnswer extends Completeness {
  /** The most frequent values first, equal ones by their text. Events without the field are in none. */
  readonly groups: readonly { readonly value: string; readonly count: number }[];
  /** How many different values there are. */
  readonly distinct: number;
}

export interface CombinationsRequest extends SearchRequest {
  /**
   * Fields of the event by their whole names. Those that are lists side by side (`protected.fields.path`, `protected.fields.kind`) are
   * read in step. Events without the first are in no combination.
   */
  readonly fields: readonly string[];
  readonly limit: number;
}

export interface CombinationsAnswer extends Completeness {
  /** The most frequent first. `values` in the order of `fields`; `last`: newest `received`, Unix milliseconds. */
  readonly rows: readonly {
    readonly values: readonly (string | null)[];
    readonly count: number;
    readonly last: number;
  }[];
  /** How many different combinations there are. */
  readonly distinct: number;
}

export interface CountAnswer extends Completeness {
  readonly total: number;
}

/**
 * Finding events. Every method throws QueryError for a query that is wrong and SearchError when there is no answer;
 * an answer that had to be cut says so. An implementation MUST find what `compileFilter` accepts, no more and no less.
 */
export interface Search {
  /** The newest events that match, newest first. */
  hits(request: HitsRequest): Promise<HitsAnswer>;
  /** How many match over time, by outcome. */
  histogram(request: HistogramRequest): Promise<HistogramAnswer>;
  /** How many match. */
  count(request: SearchRequest): Promise<CountAnswer>;
  /** The most frequent values of a field among what matches; none at all when the time is up. */
  groups(request: GroupsRequest): Promise<GroupsAnswer>;
  /** The most frequent combinations of fields among what matches; none at all when the time is up. */
  combinations(request: CombinationsRequest): Promise<CombinationsAnswer>;
}
