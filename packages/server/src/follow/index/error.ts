// SPDX-License-Identifier: Apache-2.0

/**
 * `search_busy`: too many searches at once, try again. `search_timeout`: it never got its turn. `search_closed`: the
 * server stops. `bad_cursor`, `bad_range`: the request is wrong. `search_failed`: the engine refused; see the cause.
 */
export type SearchErrorCode =
  | "search_busy"
  | "search_timeout"
  | "search_closed"
  | "search_failed"
  | "bad_cursor"
  | "bad_range";

/** Why a search gave no answer at all. An answer that was cut short is not an error: it says `complete: false`. */
export class SearchError extends Error {
  readonly code: SearchErrorCode;

  constructor(code: SearchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SearchError";
    this.code = code;
  }
}
