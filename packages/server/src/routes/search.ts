// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { FastifyRequest } from "fastify";
import type { Query } from "@telltale/query";
import { parseQuery } from "@telltale/query";
import { z } from "zod";
import { isAllowed } from "../access/permissions.js";
import { ApiError } from "../errors.js";
import { SearchError, type SearchErrorCode } from "../follow/index/error.js";
import type { Search } from "../follow/index/search.js";
import { type NamedSearch, resolveNames } from "../protect/real-names.js";
import type { RevealKeys } from "../protect/reveal.js";
import { mustPrincipal } from "./caller.js";
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

interface Searched {
  readonly query: string;
  resolved?: NamedSearch["resolved"][number][];
}

/** While the keys are out of reach the search finds what was typed and nothing else. */
async function unlessLocked<T>(work: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && (error as { code?: unknown }).code === "locked") return undefined;
    throw error;
  }
}

/** Search and its histogram. Whoever may reveal also finds by the real name what is stored under an alias or a token. */
export function registerSearch(
  api: Api,
  parts: { search: Search; audit: ReadAudit; keys: RevealKeys; now: () => number },
): void {
  const { search, audit, keys, now } = parts;
  /** What to look for, and what to answer and to write down of it. */
  async function toSearched(
    request: FastifyRequest,
    how: "search" | "histogram",
    q: string,
  ): Promise<Searched> {
    readQuery(q);
    const caller = mustPrincipal(request);
    const named = isAllowed(caller, "events.reveal")
      ? await unlessLocked(resolveNames(keys, q, caller.tenant))
      : undefined;
    audit.searched(request, how, named?.written ?? q, named?.resolved);
    return named === undefined ? { query: q } : { query: named.query, resolved: [...named.resolved] };
  }
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
      const { query: text, resolved } = await toSearched(request, "search", q);
      const answer = await answered(
        search.hits({ query: text, ...range, limit, ...(cursor === undefined ? {} : { cursor }) }),
      );
      const { hits, ...rest } = answer;
      return {
        events: hits.map(({ index, line }) => ({ index, event: JSON.parse(line) as SecurityEvent })),
        ...rest,
        ...(resolved === undefined ? {} : { resolved }),
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
    async ({ query, request }) => {
      const { q, buckets } = query;
      const range = readRange(query, now());
      const { query: text } = await toSearched(request, "histogram", q);
      const to = range.to ?? now();
      return answered(search.histogram({ query: text, from: range.from ?? to - DAY_MS, to, buckets }));
    },
  );
}
