// SPDX-License-Identifier: Apache-2.0

/** A column that holds a field as it was: a text, a number or a list of texts; NULL where the event has no such field. */
export interface ValueColumn {
  readonly kind: "value";
  readonly column: string;
}

/** A column with a list of texts, one for each object of a list that the path goes through; NULL where one has no such field. */
export interface EachColumn {
  readonly kind: "each";
  readonly column: string;
}

/** A column that holds the JSON text of an object of the event: every path below it is read from there. */
export interface JsonColumn {
  readonly kind: "json";
  readonly column: string;
}

export type SqlColumn = ValueColumn | EachColumn | JsonColumn;

/**
 * Where the events are. The line is the event as it was sealed, and it is what decides: the columns of a search index
 * have lost whether a value was missing or null, a number or a text, in a list or alone, and there are none for names
 * that only a rule knows. Where an index does keep a field as it was, `columns` says so and nothing is parsed.
 *
 * Lines must be JSON without the same name twice in one object and at most 64 levels deep, as the seal stage leaves
 * them.
 */
export interface SqlSource {
  /** What stands after FROM. Text of the caller's own. */
  readonly from: string;
  /** Names of the columns: the position in the log, the time in ms that decides windows, the JSON text. */
  readonly index: string;
  readonly time: string;
  /** Absent where only columns are there: rules that need more are not said in SQL. */
  readonly line?: string;
  /** By path; a JSON column by the path of its object. */
  readonly columns?: ReadonlyMap<string, SqlColumn>;
  /** Table of the pairs (idx, rule) that the rule queries gave: what correlations begin with. */
  readonly matches: string;
  /** First part of the names of the tables that correlation queries write. */
  readonly prefix: string;
}
