// SPDX-License-Identifier: Apache-2.0
export { DATA_COLUMN, INDEX_COLUMN, INDEX_COLUMNS, type IndexColumn, IP_KEY_COLUMN } from "./columns.js";
export { compileFilter } from "./compile.js";
export { QueryError, type QueryErrorCode } from "./error.js";
export { type FieldType, QUERY_FIELDS, type QueryField } from "./fields.js";
export { fold } from "./fold.js";
export { formatQuery } from "./format.js";
export { toIpKey } from "./ip.js";
export { QUERY_LIMITS } from "./limits.js";
export { parseQuery } from "./parse.js";
export type { Predicate, Query, QueryContext } from "./query.js";
export type { SqlParameter } from "./sql.js";
export { type DuckDbCondition, toDuckDb } from "./to-duckdb.js";
