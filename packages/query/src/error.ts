// SPDX-License-Identifier: Apache-2.0

/** Why a query was refused; documented in the search manual. */
export type QueryErrorCode =
  | "query_too_long"
  | "query_too_deep"
  | "too_many_terms"
  | "value_too_long"
  | "too_many_wildcards"
  | "unexpected_character"
  | "unclosed_quote"
  | "unclosed_group"
  | "unclosed_range"
  | "missing_term"
  | "missing_value"
  | "unknown_field"
  | "bad_field"
  | "unknown_value"
  | "bad_number"
  | "bad_time"
  | "bad_address"
  | "bad_range"
  | "not_comparable";

/** The only error that this package throws on outside text. `position` is an offset in UTF-16 units. */
export class QueryError extends Error {
  readonly code: QueryErrorCode;
  readonly position: number;

  constructor(code: QueryErrorCode, message: string, position: number) {
    super(message);
    this.name = "QueryError";
    this.code = code;
    this.position = position;
  }
}
