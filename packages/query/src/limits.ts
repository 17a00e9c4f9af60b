// SPDX-License-Identifier: Apache-2.0

/** Bounds of a query. They keep the work of parsing, matching and planning proportional to what a person types. */
export const QUERY_LIMITS = {
  /** UTF-16 units of the whole text. */
  chars: 4096,
  /** Parentheses and NOTs inside each other. */
  depth: 24,
  /** Filters in one query. */
  terms: 128,
  /** UTF-16 units of one value. */
  valueChars: 1024,
  /** `*` and `?` in one value. */
  wildcards: 32,
  /** Names in a `data.a.b.c` path. */
  pathNames: 8,
} as const;
