// SPDX-License-Identifier: Apache-2.0
import { DATA_COLUMN } from "./columns.js";
import { type Field, isDataField } from "./fields.js";

/** A value that goes to DuckDB beside the text of the query, never inside it. */
export type SqlParameter = string | number | boolean | null;

/** An SQL expression for one value: a column's, or JSON text of which the type is not known. */
export interface SqlValue {
  readonly sql: string;
  readonly json: boolean;
}

/**
 * Writes conditions. What a user typed reaches DuckDB only through `param`; everything else is text of this package:
 * column names from the table of fields and the templates of the filters.
 */
export class SqlWriter {
  readonly params: SqlParameter[] = [];
  readonly now: number;

  constructor(now: number) {
    this.now = now;
  }

  /** A placeholder for a value; the same value gets the same one. */
  param(value: SqlParameter): string {
    let at = this.params.indexOf(value);
    if (at < 0) at = this.params.push(value) - 1;
    return `$${at + 1}`;
  }

  /** A placeholder for a number, whatever kind of number the driver would make of it. */
  number(value: number): string {
    return `CAST(${this.param(String(value))} AS DOUBLE)`;
  }

  /** A placeholder for an instant in Unix milliseconds. */
  time(ms: number): string {
    return `CAST(${this.param(new Date(ms).toISOString().slice(0, -1))} AS TIMESTAMP)`;
  }

  /** The condition that one of the field's values meets the one given; the mirror of `someValue`. */
  some(field: Field, condition: (value: SqlValue) => string): string {
    if (isDataField(field)) return this.#someData(field.path, condition);
    const column = `"${field.column}"`;
    if (field.type === "json") return listed(column, (item) => this.#orItems(item, condition));
    return field.many
      ? listed(column, (item) => condition({ sql: item, json: false }))
      : condition({ sql: column, json: false });
  }

  #someData(path: readonly string[], condition: (value: SqlValue) => string): string {
    const each = (item: string) => condition({ sql: item, json: true });
    const direct = this.#pointed(DATA_COLUMN, path);
    const ways = [this.#orItems(direct, condition)];
    for (let i = 1; i < path.length; i++) {
      const list = this.#pointed(DATA_COLUMN, path.slice(0, i));
      const items = `json_extract(${list}, '$[*]')`;
      const inside = listed(items, (item) => each(this.#pointed(item, path.slice(i))));
      ways.push(`(CASE WHEN json_type(${list}) = 'ARRAY' THEN ${inside} END)`);
    }
    const found = `(${ways.join(" OR ")})`;
    const name = path.at(-1) ?? "";
    // Fast path: most events do not hold the name at all, and finding a text is cheaper than parsing. The index
    // writes JSON without needless escapes, so a plain name stands in it as it is.
    return /^[A-Za-z0-9_-]+$/.test(name) && !/^[0-9]+$/.test(name)
      ? `(contains(${DATA_COLUMN}, ${this.param(`"${name}"`)}) AND ${found})`
      : found;
  }

  /** A JSON value itself or, when it is a list, one of its items. */
  #orItems(json: string, condition: (value: SqlValue) => string): string {
    const items = listed(`json_extract(${json}, '$[*]')`, (item) => condition({ sql: item, json: true }));
    return `(${condition({ sql: json, json: true })} OR (CASE WHEN json_type(${json}) = 'ARRAY' THEN ${items} END))`;
  }

  #pointed(json: string, path: readonly string[]): string {
    const pointer = path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    return `json_extract(${json}, ${this.param(pointer)})`;
  }
}

function listed(list: string, condition: (item: string) => string): string {
  // Lists go at most two deep; a name that `list` uses already is the outer one.
  const item = /\bitem\b/.test(list) ? "inner_item" : "item";
  return `(len(list_filter(${list}, lambda ${item}: ${condition(item)})) > 0)`;
}

/** Text of a value as search compares it; NULL when it is no text. */
export function foldedText({ sql, json }: SqlValue): string {
  return json ? `(CASE WHEN json_type(${sql}) = 'VARCHAR' THEN lower(${sql} ->> '$') END)` : `lower(${sql})`;
}

/** The SQL form of `toNumber` for fields that hold text or JSON. */
export function asNumber({ sql, json }: SqlValue): string {
  const text = json ? `(${sql} ->> '$')` : sql;
  const spelled = `regexp_full_match(${text}, '-?[0-9]{1,15}(\\.[0-9]{1,15})?')`;
  const when = json ? `${isJsonNumber(sql)} OR (json_type(${sql}) = 'VARCHAR' AND ${spelled})` : spelled;
  return `(CASE WHEN ${when} THEN TRY_CAST(${text} AS DOUBLE) END)`;
}

function isJsonNumber(sql: string): string {
  return `json_type(${sql}) NOT IN ('VARCHAR', 'OBJECT', 'ARRAY', 'BOOLEAN', 'NULL')`;
}

/** The SQL form of `toText` for a number. */
export function digits(number: string): string {
  const whole = `${number} = floor(${number}) AND abs(${number}) < 1e15`;
  return `(CASE WHEN ${whole} THEN CAST(CAST(${number} AS BIGINT) AS VARCHAR) END)`;
}

/** The SQL form of `toText` for JSON, folded. */
export function foldedJsonText(value: SqlValue): string {
  const number = `(CASE WHEN ${isJsonNumber(value.sql)} THEN TRY_CAST((${value.sql} ->> '$') AS DOUBLE) END)`;
  return `coalesce(${foldedText(value)}, ${digits(number)})`;
}
