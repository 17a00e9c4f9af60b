// SPDX-License-Identifier: Apache-2.0
import { QUERY_FIELDS } from "@telltale/query";
import { toSqlInteger } from "./database.js";

/**
 * The statement that counts the values of a field in `rows`: columns value, count, number of different values. The
 * name of the field is ours, never a sender's; one that does not exist is a bug.
 */
export function groupsSql(field: string, rows: string, where: string, limit: number): string {
  const known = QUERY_FIELDS.find(({ name }) => name === field);
  if (known === undefined) throw new Error(`BUG: there is no field ${field} to count`);
  const column = `"${known.column}"`;
  const value = `CAST(${known.many ? `unnest(${column})` : column} AS VARCHAR)`;
  return `SELECT value, n, count(*) OVER () FROM (
      SELECT value, count(*) AS n FROM (SELECT ${value} AS value FROM ${rows} WHERE ${where})
      WHERE value IS NOT NULL GROUP BY value)
    ORDER BY n DESC, value LIMIT ${toSqlInteger(limit)}`;
}
