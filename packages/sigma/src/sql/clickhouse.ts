// SPDX-License-Identifier: Apache-2.0
import { clickHousePrelude } from "./clickhouse-prelude.js";
import type { SqlDialect } from "./dialect.js";
import { Unsayable } from "./writer.js";

/**
 * ClickHouse, as text: nobody has run it against a server yet, and no test claims that its rows are those of the stream.
 * It is here so that the generator stays free of what only DuckDB can say.
 */
export const clickHouse: SqlDialect = {
  name: "clickhouse",
  prelude: clickHousePrelude,
  parameter: (n) => `{p${n}:String}`,
  toKey: (name) => name,
  toRegex: (source) => source,
  identifier: (name) => `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``,
  list: (items) => (items.length === 0 ? "emptyArrayString()" : `[${items.join(", ")}]`),
  any: (list, variable, condition) => `arrayExists(${variable} -> ${condition}, ${list})`,
  map: (list, variable, expression) => `arrayMap(${variable} -> ${expression}, ${list})`,
  flatten: (list) => `arrayFlatten(${list})`,
  length: (list) => `length(${list})`,
  overlaps: (list, other) => `hasAny(${list}, ${other})`,
  startsWith: (text, prefix) => `startsWith(${text}, ${prefix})`,
  endsWith: (text, suffix) => `endsWith(${text}, ${suffix})`,
  contains: (text, part) => `(position(${text}, ${part}) > 0)`,
  // `match` lets a dot match a line end unless it is told not to.
  finds: (text, regex) => `match(${text}, concat('(?-s)', ${regex}))`,
  allTexts() {
    throw new Unsayable("ClickHouse cannot search all of an event for keywords");
  },
  toJson: (value) => `toJSONString(${value})`,
  toNodes: (list) => `arrayMap(e -> toJSONString(e), arrayFilter(e -> isNotNull(e), ${list}))`,
  toDouble: (text) => `toFloat64(${text})`,
  unnest: (list) => `arrayJoin(${list})`,
  element: (list, at) => `${list}[${at + 1}]`,
  differentBefore() {
    throw new Unsayable("ClickHouse cannot count different values over as many rows as another column says");
  },
  store: (table, select) => `CREATE TEMPORARY TABLE ${table} AS ${select}`,
};
