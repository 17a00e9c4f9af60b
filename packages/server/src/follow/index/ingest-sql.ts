// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { EVENT_SHAPE, type Fields, type FieldShape } from "@telltale/event";
import { DATA_COLUMN, INDEX_COLUMN, INDEX_COLUMNS, type IndexColumn, IP_KEY_COLUMN } from "@telltale/query";
import { toSqlInteger, toSqlText } from "./database.js";

/** What the server adds in front of every sealed line. */
const SERVER_FIELDS: Fields = {
  received: { type: "time", doc: "" },
  via: { type: "string", doc: "" },
  tenant: { type: "string", doc: "" },
};

/** The types that DuckDB is to read from each line, so that it never guesses. */
const JSON_COLUMNS = Object.entries({ ...SERVER_FIELDS, ...EVENT_SHAPE } as Fields)
  .filter(([name]) => name !== "v")
  .map(([name, shape]) => `${toSqlText(name)}: ${toSqlText(toDuckDbType(shape))}`)
  .join(", ");

function toDuckDbType(shape: FieldShape): string {
  switch (shape.type) {
    case "object":
      return structOf(shape.fields);
    case "objects":
      return `${structOf(shape.fields)}[]`;
    case "strings":
      return "VARCHAR[]";
    case "time":
      return "TIMESTAMP";
    case "integer":
    case "number":
    case "version":
      return "DOUBLE";
    case "json":
    case "map":
      return "JSON";
    default:
      return "VARCHAR";
  }
}

function structOf(fields: Fields): string {
  return `STRUCT(${Object.entries(fields)
    .map(([name, shape]) => `"${name}" ${toDuckDbType(shape)}`)
    .join(", ")})`;
}

const SELECTED = INDEX_COLUMNS.filter((column) => column.name !== INDEX_COLUMN)
  .map((column) => `${toExpression(column)} AS "${column.name}"`)
  .join(", ");

function toExpression({ name, field }: IndexColumn): string {
  if (name === IP_KEY_COLUMN) return 'ip_key("client"."ip")';
  if (name === DATA_COLUMN) return 'CAST("data" AS VARCHAR)';
  if (field === undefined) throw new Error(`BUG: nothing fills the column ${name}`);
  const quoted = field.path.map((key) => `"${key}"`);
  // A list of objects becomes a list of one of their fields; the list is the last but one name of the path.
  if (!field.many || (field.type === "keyword" && field.path.at(-1) === "roles")) return quoted.join(".");
  const leaf = quoted.pop();
  const value = field.type === "json" ? `CAST(x.${leaf} AS VARCHAR)` : `x.${leaf}`;
  return `[${value} FOR x IN ${quoted.join(".")}]`;
}

/**
 * The rows of an NDJSON file, the first with index `first`. A line that DuckDB cannot read becomes a row of NULLs
 * (`ignore_errors`), so that it shifts no index; the caller counts rows and repairs them.
 */
export function selectRows(file: string, first: number): string {
  return `SELECT ${toSqlInteger(first)} + row_number() OVER () - 1 AS ${INDEX_COLUMN}, ${SELECTED}
    FROM read_json(${toSqlText(file)}, format = 'newline_delimited', auto_detect = false, ignore_errors = true,
      maximum_object_size = 1048576, columns = {${JSON_COLUMNS}})`;
}

/**
 * Writes rows to a Parquet file. DuckDB's writer holds a row group in memory, several times its size: the default of
 * 122,880 rows took 500 MB at its peak, this one 200 MB, and no longer.
 */
export function copyToParquet(select: string, file: string): string {
  return `COPY (${select}) TO ${toSqlText(file)} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE 20480)`;
}

export function createTable(name: string): string {
  return `CREATE TABLE ${name} (${INDEX_COLUMNS.map((column) => `"${column.name}" ${column.type}`).join(", ")})`;
}

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = `${OCTET}(\\.${OCTET}){3}`;
const GROUPS = "[0-9a-f]{1,4}(:[0-9a-f]{1,4})*";

/** `toIpKey` of the search language, in SQL. A test holds the two equal. */
export const IP_KEY_MACROS: readonly string[] = [
  `CREATE MACRO ip_groups(part) AS
    array_to_string([lpad(g, 4, '0') FOR g IN string_split(part, ':') IF g <> ''], '')`,
  `CREATE MACRO ip_v4_key(ip) AS printf('00000000000000000000ffff%08x',
    list_reduce(TRY_CAST(string_split(ip, '.') AS BIGINT[]), lambda a, b: a * 256 + b))`,
  `CREATE MACRO ip_key(ip) AS CASE
    WHEN ip IS NULL THEN NULL
    WHEN regexp_full_match(ip, '${V4}') THEN ip_v4_key(ip)
    WHEN starts_with(lower(ip), '::ffff:') AND regexp_full_match(substr(ip, 8), '${V4}') THEN ip_v4_key(substr(ip, 8))
    WHEN regexp_full_match(ip, '(?i)[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}') THEN ip_groups(lower(ip))
    WHEN regexp_full_match(ip, '(?i)(${GROUPS})?::(${GROUPS})?')
      AND length(ip_groups(split_part(ip, '::', 1))) + length(ip_groups(split_part(ip, '::', 2))) <= 28
    THEN ip_groups(lower(split_part(ip, '::', 1)))
      || repeat('0', 32 - CAST(length(ip_groups(split_part(ip, '::', 1))) + length(ip_groups(split_part(ip, '::', 2))) AS INTEGER))
      || ip_groups(lower(split_part(ip, '::', 2)))
    END`,
];

/** Names everything that decides what is in an index file; another value means: build the index anew. */
export const INDEX_FORMAT = `1-${createHash("sha256")
  .update(JSON.stringify([JSON_COLUMNS, SELECTED, IP_KEY_MACROS]))
  .digest("hex")
  .slice(0, 16)}`;
