// SPDX-License-Identifier: Apache-2.0

/**
 * What one database needs to be told in its own words. Everything that Sigma means and a database does not have (text
 * of a number, folding, addresses, time parts) stands in functions that `prelude` makes; the generated queries call
 * them by the same names (`tt_…`) everywhere:
 *
 * `tt_has(object, key)`, `tt_get(object, key)`: a member of a JSON object · `tt_holders(json)`: the objects that a
 * path may go on in · `tt_values(nodes)`: lists taken apart, at most 10,000 · `tt_texts(values)` ·
 * `tt_all_texts(json)`: all texts at any depth · `tt_fold(text)` · `tt_number(value)` · `tt_minutes(value)`: minutes
 * since 1970 · `tt_minute(minutes)` … `tt_year(minutes)` · `tt_address(text)`: 32 hex digits ·
 * `tt_is_null(value)` · `tt_key_texts(texts)`: the first 64 different ones · `tt_no_values()`: one empty combination ·
 * `tt_combine(combinations, texts)`: each with each, the first 64 · `tt_decided(line)`: whether this database reads the line as JavaScript does.
 */
export interface SqlDialect {
  readonly name: string;
  /** Statements to run once for a database before any query of this dialect. */
  prelude(): readonly string[];
  /** How the n-th bound text, counted from one, stands in a query. */
  parameter(n: number): string;
  /** What `tt_has` and `tt_get` take for a member of this name. */
  toKey(name: string): string;
  /** A regular expression in the syntax of RE2 that holds everywhere in this database as it does in RE2. */
  toRegex(source: string): string;
  /** The only way in which a name of ours becomes SQL text. */
  identifier(name: string): string;
  /** A list of expressions of one type; `type` is for the empty one. */
  list(items: readonly string[], type: "json" | "text"): string;
  /** True when the condition holds for an element; never NULL. */
  any(list: string, variable: string, condition: string): string;
  map(list: string, variable: string, expression: string): string;
  /** One level of a list of lists. */
  flatten(list: string): string;
  length(list: string): string;
  overlaps(list: string, other: string): string;
  startsWith(text: string, prefix: string): string;
  endsWith(text: string, suffix: string): string;
  contains(text: string, part: string): string;
  /** True when the RE2 regular expression is found in the text. */
  finds(text: string, regex: string): string;
  /** The JSON of a column's value. */
  toJson(value: string): string;
  /** A list of texts as JSON, without its NULLs. */
  toNodes(list: string): string;
  toDouble(text: string): string;
  /** One row for each element. */
  unnest(list: string): string;
  /** The element of a list at this position, counted from zero. */
  element(list: string, at: number): string;
  /**
   * How many different values there are in this row and the `rows` rows before it in the order of the partition.
   * Throws Unsayable where a database cannot count them.
   */
  differentBefore(value: string, partition: string, order: string, rows: string): string;
  /** A statement that keeps the rows of a query in a table for the queries after it. */
  store(table: string, select: string): string;
}
