// SPDX-License-Identifier: Apache-2.0
import { QUERY_FIELDS } from "@telltale/query";
import { toSqlInteger } from "./database.js";

/**
 * The statement that counts the combinations of some fields in `rows`: one column for each field, then count, newest `received` in
 * milliseconds, number of different combinations. Fields that are lists of the same length are read side by side: the first value of
 * one with the first of the other. The names are ours, never a sender's; one that does not exist is a bug.
 */
export function combinationsSql(
  fields: readonly string[],
  rows: string,
  where: string,
  limit: number,
): string {
  const values = fields.map((field, i) => {
    const known = QUERY_FIELDS.find(({ name }) => name === field);
    if (known === undefined) throw new Error(`BUG: there is no field ${field} to count`);
    const column = `"${known.column}"`;
    return `CAST(${known.many ? `unnest(${column})` : column} AS VARCHAR) AS v${i}`;
  });
  const names = fields.map((_, i) => `v${i}`).join(", ");
  return `SELECT ${names}, n, epoch_ms(last), count(*) OVER () FROM (
      SELECT ${names}, count(*) AS n, max(received) AS last
      FROM (SELECT ${values.join(", ")}, received FROM ${rows} WHERE ${where})
      WHERE v0 IS NOT NULL GROUP BY ${names})
    ORDER BY n DESC, ${names} LIMIT ${toSqlInteger(limit)}`;
}
