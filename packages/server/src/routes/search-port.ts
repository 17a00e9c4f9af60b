// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { formatQuery } from "@telltale/query";
import { ApiError } from "../errors.js";
import { SearchError } from "../follow/index/error.js";
import type { Search as IndexSearch } from "../follow/index/search.js";
import type { Search } from "./deps.js";

/** The index as the routes see it. */
export function toSearchPort(index: IndexSearch, now: () => number): Search {
  return {
    async search({ query, limit, cursor, from, to }) {
      const answer = await answered(
        index.hits({ query: query === undefined ? "" : formatQuery(query), limit, ...defined({ cursor, from, to }) }),
      );
      const { complete, indexed, size, next } = answer;
      const events = answer.hits.map(({ index: at, line }) => ({ index: at, event: JSON.parse(line) as SecurityEvent }));
      return { events, next, complete, indexed, size };
    },
    async histogram({ query, buckets, from, to }) {
      const end = to ?? now();
      const { from: first, to: last, bucketMs, unit, buckets: bars, total, complete } = await answered(
        index.histogram({
          query: query === undefined ? "" : formatQuery(query),
          buckets,
          from: from ?? end - 24 * 3_600_000,
          to: end,
        }),
      );
      return { from: first, to: last, bucketMs, unit, buckets: [...bars], total, complete };
    },
  };
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const cause = { cause: error };
    if (error.code === "search_timeout") throw new ApiError("query_timeout", cause);
    if (error.code === "search_busy") throw new ApiError("overloaded", { ...cause, retryAfter: 1 });
    if (error.code === "search_closed") throw new ApiError("unavailable", { ...cause, retryAfter: 5 });
    if (error.code === "search_failed") throw new ApiError("internal", cause);
    throw new ApiError("bad_query", { ...cause, message: error.message });
  }
}
