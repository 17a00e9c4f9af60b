// SPDX-License-Identifier: Apache-2.0
import type { Query } from "@telltale/query";
import { parseQuery } from "@telltale/query";
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { Api } from "./define.js";
import { toAbortSignal, wholeNumber } from "./define.js";
import type { Search, TimeRange } from "./deps.js";
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

function readRange(query: { from?: string | undefined; to?: string | undefined }, now: number): TimeRange {
  const from = parseTime("from", query.from, now);
  const to = parseTime("to", query.to, now);
  if (from !== undefined && to !== undefined && from >= to) {
    throw new ApiError("bad_request", { message: "from: must be before to." });
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
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
    ({ query, request, reply }) => {
      const parsed = readQuery(query.q);
      const { limit, cursor } = query;
      audit.searched(request, "search", query.q);
      return search.search({
        query: parsed,
        ...readRange(query, now()),
        limit,
        ...(cursor === undefined ? {} : { cursor }),
        signal: toAbortSignal(reply),
      });
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
    ({ query, request, reply }) => {
      const parsed = readQuery(query.q);
      audit.searched(request, "histogram", query.q);
      return search.histogram({
        query: parsed,
        ...readRange(query, now()),
        buckets: query.buckets,
        signal: toAbortSignal(reply),
      });
    },
  );
}
