// SPDX-License-Identifier: Apache-2.0
import { kindOf } from "./filters/filters.js";
import type { Query, QueryContext } from "./query.js";
import { type SqlParameter, SqlWriter } from "./sql.js";

/** A condition for DuckDB. */
export interface DuckDbCondition {
  /** Goes after WHERE; over the columns of INDEX_COLUMNS; values as `$1`, `$2`, … */
  readonly where: string;
  readonly params: readonly SqlParameter[];
}

/**
 * The query as a parameterized condition. Nothing that was typed is part of `where`: values are parameters, and
 * names come from the table of fields.
 */
export function toDuckDb(query: Query, context: QueryContext): DuckDbCondition {
  const sql = new SqlWriter(context.now);
  return { where: write(query, sql), params: sql.params };
}

function write(query: Query, sql: SqlWriter): string {
  switch (query.kind) {
    case "all":
      return "true";
    case "and":
      return `(${query.items.map((item) => write(item, sql)).join(" AND ")})`;
    case "or":
      return `(${query.items.map((item) => write(item, sql)).join(" OR ")})`;
    case "not":
      // An absent field makes a comparison NULL, and NOT NULL would be NULL: without coalesce, `NOT user:alice`
      // would lose every event without a user.
      return `(NOT coalesce(${write(query.item, sql)}, false))`;
    default:
      return kindOf(query).toSql(query, sql);
  }
}
