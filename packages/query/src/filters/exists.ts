// SPDX-License-Identifier: Apache-2.0
import { DATA_COLUMN } from "../columns.js";
import { fieldsOfGroup, isGroup, mustField } from "../fields.js";
import type { FilterKind } from "../query.js";
import type { SqlWriter } from "../sql.js";
import { groupExists, someValue } from "../values.js";

/** `_exists_:field` or `field:*`: the field, or any field of the group, has a value. */
export interface ExistsFilter {
  readonly kind: "exists";
  readonly field: string;
}

export const exists: FilterKind<ExistsFilter> = {
  read(field, value) {
    const any = value.type === "plain" && value.glob.length === 1 && value.glob[0] === "*";
    return any ? { kind: "exists", field: field.name } : undefined;
  },
  format: (filter) => `_exists_:${filter.field}`,
  compile(filter) {
    if (isGroup(filter.field)) return (event) => groupExists(event, filter.field);
    const field = mustField(filter.field);
    return (event) => someValue(event, field, () => true);
  },
  toSql: (filter, sql) => existsSql(filter.field, sql),
};

function existsSql(name: string, sql: SqlWriter): string {
  if (name === "data") return `(${DATA_COLUMN} <> '{}')`;
  if (isGroup(name)) {
    return `(${fieldsOfGroup(name)
      .map((field) => existsSql(field.name, sql))
      .join(" OR ")})`;
  }
  const field = mustField(name);
  return sql.some(field, ({ sql, json }) =>
    json ? `(json_type(${sql}) <> 'NULL')` : `(${sql} IS NOT NULL)`,
  );
}
