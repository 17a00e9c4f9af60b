// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Field } from "./fields.js";
import type { Filter } from "./filters/filters.js";
import type { Glob } from "./glob.js";
import type { SqlWriter } from "./sql.js";

/** A parsed query: plain data, the same tree for the same meaning, JSON in and out. */
export type Query = All | And | Or | Not | Filter;

/** Matches every event: the empty query, or `*`. */
export interface All {
  readonly kind: "all";
}
export interface And {
  readonly kind: "and";
  readonly items: readonly Query[];
}
export interface Or {
  readonly kind: "or";
  readonly items: readonly Query[];
}
export interface Not {
  readonly kind: "not";
  readonly item: Query;
}

/** A value as it stands after the colon. Positions are offsets in the query's text. */
export type ValueToken =
  | { readonly type: "plain"; readonly glob: Glob; readonly quoted: boolean; readonly position: number }
  | { readonly type: "compare"; readonly op: CompareOp; readonly text: string; readonly position: number }
  | {
      readonly type: "range";
      readonly from: string | null;
      readonly to: string | null;
      readonly fromInside: boolean;
      readonly toInside: boolean;
      readonly position: number;
    };

export type CompareOp = ">" | ">=" | "<" | "<=";

/** What is fixed while one query is compiled. */
export interface QueryContext {
  /** Unix milliseconds that `now` stands for. */
  readonly now: number;
}

export type Predicate = (event: SecurityEvent) => boolean;

/**
 * One kind of filter. A new kind is one file in `filters/` and its lines in `filters/filters.ts`. `compile` and
 * `toSql` MUST accept the same events; the server's differential test holds them to it.
 */
export interface FilterKind<F> {
  /** Claims a value of a field, or leaves it to the next kind. Throws QueryError when it is its own but wrong. */
  read(field: Field, value: ValueToken): F | undefined;
  /** The text that parses to this filter. */
  format(filter: F): string;
  compile(filter: F, context: QueryContext): Predicate;
  /** A condition over the columns of the index; NULL counts as false. */
  toSql(filter: F, sql: SqlWriter): string;
}
