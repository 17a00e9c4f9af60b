// SPDX-License-Identifier: Apache-2.0
import type { SqlDialect } from "./dialect.js";
import { duckDbPrelude } from "./duckdb-prelude.js";

/** DuckDB 1.4 and later. */
export const duckDb: SqlDialect = {
  name: "duckdb",
  prelude: duckDbPrelude,
  parameter: (n) => `$${n}`,
  // RFC 6901: a pointer of one name.
  toKey: (name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
  // DuckDB's optimizer turns what looks simple into LIKE and is wrong about a `$` or `^` inside; a group stops it.
  toRegex: (source) => `()${source}`,
  identifier: (name) => `"${name.replaceAll('"', '""')}"`,
  list: (items, type) =>
    items.length === 0 ? `[]::${type === "json" ? "JSON" : "VARCHAR"}[]` : `[${items.join(", ")}]`,
  any: (list, variable, condition) => `(len(list_filter(${list}, lambda ${variable}: ${condition})) > 0)`,
  map: (list, variable, expression) => `list_transform(${list}, lambda ${variable}: ${expression})`,
  flatten: (list) => `flatten(${list})`,
  length: (list) => `len(${list})`,
  overlaps: (list, other) => `list_has_any(${list}, ${other})`,
  startsWith: (text, prefix) => `starts_with(${text}, ${prefix})`,
  endsWith: (text, suffix) => `ends_with(${text}, ${suffix})`,
  contains: (text, part) => `contains(${text}, ${part})`,
  finds: (text, regex) => `regexp_matches(${text}, ${regex})`,
  toJson: (value) => `to_json(${value})`,
  toNodes: (list) => `list_transform(list_filter(${list}, lambda e: e IS NOT NULL), lambda e: to_json(e))`,
  toDouble: (text) => `CAST(${text} AS DOUBLE)`,
  unnest: (list) => `unnest(${list})`,
  element: (list, at) => `${list}[${at + 1}]`,
  differentBefore: (value, partition, order, rows) =>
    `count(DISTINCT ${value}) OVER (PARTITION BY ${partition} ORDER BY ${order} ROWS BETWEEN ${rows} PRECEDING AND CURRENT ROW)`,
  store: (table, select) => `CREATE TEMP TABLE ${table} AS ${select}`,
};
