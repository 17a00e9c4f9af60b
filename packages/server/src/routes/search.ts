// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { Query } from "@telltale/query";
import { parseQuery } from "@telltale/query";
import { z } from "zod";
import { ApiError } from "../errors.js";
import { SearchError, type SearchErrorCode } from "../follow/index/error.js";
import type { Search } from "../follow/index/search.js";
import type { Api } from "./define.js";
import { wholeNumber } from "./define.js";
import type { ReadAudit } from "./read-audit.js";
import { histogramShape, searchShape } from "./shapes.js";
import { parseTime } from "./time.js";

const range = {
  q: z.string().max(4_096).default(""),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
};

/** Reads a query; undefined: everything. Throws QueryError, which is answered as `bad_query` with its position. */
export function readQuery(q: string): Query | undefined {
  return q.trim() === "" ? undefined : parseQuery(q);
}

/** Range of a histogram when none is asked for. */
const DAY_MS = 24 * 3_600_000;

interface TimeRange {
  from?: number;
  to?: number;
}

export function readRange(
  query: { from?: string | undefined; to?: string | undefined },
  now: number,
): TimeRange {
  const from = parseTime("from", query.from, now);
  const to = parseTime("to", query.to, now);
  if (from !== undefined && to !== undefined && from >= to) {
    throw new ApiError("bad_request", { message: "from: must be before to." });
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

const ERRORS: Record<SearchErrorCode, () => ApiError> = {
  search_timeout: () => new ApiError("query_timeout"),
  search_busy: () => new ApiError("overloaded", { retryAfter: 1 }),
  search_closed: () => new ApiError("unavailable", { retryAfter: 5 }),
  search_failed: () => new ApiError("internal"),
  bad_cursor: () => new ApiError("bad_request", { message: "cursor: is not one that this server gave." }),
  bad_range: () => new ApiError("bad_request", { message: "from, to: are not a range of time." }),
};

/** Says what a failed search means for its caller. A QueryError passes: it is answered with its position. */
export async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const known = ERRORS[error.code]();
    known.cause = error;
    throw known;
  }
}

/** Search and its histogram. */
export function registerSearch(
  api: Api,
  parts: { search: Search; audit: ReadAudit; now: () => number },
): void {
  const { search, audit, now } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/events",
      access: "events.read",
      summary: "Search events, newest first",
      query: z.strictObject({
        ...range,
        limit: wholeNumber(1, 1_000, 100),
        cursor: z.string().max(500).optional(),
      }),
      answer: searchShape,
      errors: ["bad_query", "query_timeout", "overloaded"],
    },
    async ({ query, request }) => {
      const { q, limit, cursor } = query;
      const range = readRange(query, now());
      readQuery(q);
      audit.searched(request, "search", q);
      const answer = await answered(
        search.hits({ query: q, ...range, limit, ...(cursor === undefined ? {} : { cursor }) }),
      );
      const { hits, ...rest } = answer;
      return {
        events: hits.map(({ index, line }) => ({ index, event: JSON.parse(line) as SecurityEvent })),
        ...rest,
      };
    },
  );
  api.route(
    {
      method: "GET",
      url: "/v1/histogram",
      access: "events.read",
      summary: "Count events over time, by outcome",
      query: z.strictObject({ ...range, buckets: wholeNumber(1, 500, 60) }),
      answer: histogramShape,
      errors: ["bad_query", "query_timeout", "overloaded"],
    },
    ({ query, request }) => {
      const { q, buckets } = query;
      const range = readRange(query, now());
      readQuery(q);
      audit.searched(request, "histogram", q);
      const to = range.to ?? now();
      return answered(search.histogram({ query: q, from: range.from ?? to - DAY_MS, to, buckets }));
    },
  );
}
