// SPDX-License-Identifier: Apache-2.0
import { QUERY_FIELDS, type QueryField } from "./fields.js";

/** A column of the view `events` that `toDuckDb` writes against and that the index fills. */
export interface IndexColumn {
  readonly name: string;
  /** DuckDB type. JSON is kept as its text. */
  readonly type: "BIGINT" | "DOUBLE" | "TIMESTAMP" | "VARCHAR" | "VARCHAR[]";
  /** The field it holds; absent for the columns that the index makes itself. */
  readonly field?: QueryField;
}

/** Index of the event in its log. */
export const INDEX_COLUMN = "idx";
/** The client's address as `toIpKey` writes it. */
export const IP_KEY_COLUMN = "client_ip_key";
/** The text of the `data` object. */
export const DATA_COLUMN = "data";

/** Every column, in order. A change here is a new version of the index, which is then rebuilt from the log. */
export const INDEX_COLUMNS: readonly IndexColumn[] = [
  { name: INDEX_COLUMN, type: "BIGINT" },
  ...QUERY_FIELDS.map((field) => ({ name: field.column, type: columnType(field), field })),
  { name: IP_KEY_COLUMN, type: "VARCHAR" },
  { name: DATA_COLUMN, type: "VARCHAR" },
];

function columnType(field: QueryField): IndexColumn["type"] {
  if (field.many) return "VARCHAR[]";
  if (field.type === "number") return "DOUBLE";
  if (field.type === "time") return "TIMESTAMP";
  return "VARCHAR";
}
