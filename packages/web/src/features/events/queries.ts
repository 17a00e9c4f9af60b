// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../shared/api/client.js";
import type { EventsQuery } from "../../shared/api/types.js";
import { hidesReads, withoutReads } from "./own-reads.js";
import type { EventsSearch } from "./search-state.js";
import { toInstants } from "./time-range.js";

const PAGE = 200;
/** While the index catches up, the newest page is asked for again this often. */
const CATCH_UP_MS = 2000;

/** The parts of the address that decide which events are shown. */
export interface EventsFilter {
  /** As typed. */
  q: string;
  from?: string;
  to?: string;
  /** Telltale's own reads are left out. */
  hides: boolean;
}

export function toFilter(search: EventsSearch): EventsFilter {
  return {
    q: search.q ?? "",
    hides: hidesReads(search),
    ...(search.from === undefined ? {} : { from: search.from }),
    ...(search.to === undefined ? {} : { to: search.to }),
  };
}

/** What is asked of the server. */
export function toAsked(filter: Pick<EventsFilter, "q" | "hides">): string {
  return filter.hides ? withoutReads(filter.q) : filter.q;
}

/** A relative range is resolved when asking, not when typing. */
export function toRequest(filter: EventsFilter): EventsQuery {
  return { q: toAsked(filter), ...toInstants(filter, Date.now()) };
}

export function eventsQuery(filter: EventsFilter) {
  return infiniteQueryOptions({
    queryKey: ["events", filter],
    queryFn: ({ pageParam, signal }) =>
      api.events(
        { ...toRequest(filter), limit: PAGE, ...(pageParam === "" ? {} : { cursor: pageParam }) },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.length === 1 && state.data.pages[0]?.complete === false ? CATCH_UP_MS : false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function histogramQuery(filter: EventsFilter, buckets: number) {
  return queryOptions({
    queryKey: ["histogram", filter, buckets],
    queryFn: ({ signal }) => api.histogram({ ...toRequest(filter), buckets }, signal),
    placeholderData: keepPreviousData,
    staleTime: 5000,
  });
}

export function eventQuery(index: number) {
  return queryOptions({
    queryKey: ["event", index],
    queryFn: () => api.event(index),
    // A sealed event never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether any event came from outside yet; the server's own do not count. */
export const firstEventQuery = queryOptions({
  queryKey: ["first-event"],
  queryFn: async ({ signal }) => {
    const page = await api.events({ q: "NOT via:telltale", limit: 1 }, signal);
    return page.events[0] ?? null;
  },
  staleTime: Number.POSITIVE_INFINITY,
});
