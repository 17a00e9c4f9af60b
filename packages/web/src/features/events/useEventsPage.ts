// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { api } from "../../shared/api/client.js";
import { liveStream, useStream } from "../../shared/api/stream.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { mergeRows } from "./live-model.js";
import { liveStore, useLive } from "./live-store.js";
import { checkQuery } from "./query-check.js";
import { eventsQuery, toAsked, toFilter, toRequest } from "./queries.js";
import type { EventsSearch } from "./search-state.js";
import { isOpenEnded } from "./time-range.js";

const CATCH_UP_LIMIT = 50;

type Filter = ReturnType<typeof toFilter>;

/** Changes the address; what is not named stays. `replace` for steps that "back" should not repeat. */
export function useEventsSearch(): [
  EventsSearch,
  (change: Partial<EventsSearch>, replace?: boolean) => void,
] {
  const search: EventsSearch = useSearch({ from: "/app/events" });
  const navigate = useNavigate({ from: "/events" });
  const change = useCallback(
    (part: Partial<EventsSearch>, replace = false) => {
      void navigate({ search: (before: EventsSearch) => ({ ...before, ...part }), replace });
    },
    [navigate],
  );
  return [search, change];
}

/**
 * Connects the stream to the page's filter, and closes the gap between the first page and the stream: whichever
 * comes second asks once for what was sealed in between.
 */
function useLiveFeed(filter: Filter, open: boolean, top: number | undefined, reload: () => void): void {
  const gap = useRef(false);
  useEffect(() => {
    gap.current = false;
    liveStore.reset();
    liveStore.onReload = reload;
    liveStream.setQuery(open ? toAsked(filter) : null);
    return () => liveStream.setQuery(null);
  }, [filter, open, reload]);
  useEffect(() => {
    if (top === undefined) return;
    liveStore.seed(top);
    if (gap.current) void catchUp(filter, reload);
    gap.current = false;
  }, [filter, top, reload]);
  useStream((message) => {
    if (!open) return;
    if (message.kind === "event") liveStore.push(message.item);
    else if (message.kind === "lost") liveStore.lost(message.count);
    else if (message.kind === "open") {
      if (liveStore.get().newest >= 0) void catchUp(filter, reload);
      else gap.current = true;
    }
  });
}

/** What was sealed while the stream was away; too much of it is a reload. */
async function catchUp(filter: Filter, reload: () => void): Promise<void> {
  const { newest } = liveStore.get();
  try {
    const page = await api.events({ ...toRequest(filter), limit: CATCH_UP_LIMIT });
    const fresh = page.events.filter((item) => item.index > newest);
    if (fresh.length >= CATCH_UP_LIMIT) reload();
    else for (const item of fresh.reverse()) liveStore.push(item);
  } catch {
    // The next reconnect tries again; the stream's state is already shown.
  }
}

export function useEventRows() {
  const [{ q, from, to, own }] = useEventsSearch();
  // One object a filter: moving through events changes the address too, and must not reconnect anything.
  const filter = useMemo(
    () => toFilter({ ...(q && { q }), ...(from && { from }), ...(to && { to }), ...(own && { own }) }),
    [q, from, to, own],
  );
  const client = useQueryClient();
  const options = useMemo(() => eventsQuery(filter), [filter]);
  // A query that cannot be read is not sent: the query bar says what is wrong with it.
  const readable = useMemo(() => checkQuery(filter.q) === undefined, [filter]);
  const query = useInfiniteQuery({ ...options, enabled: readable });
  const live = useLive();

  const reload = useCallback(() => {
    liveStore.reset();
    void client.resetQueries({ queryKey: options.queryKey });
    void client.invalidateQueries({ queryKey: ["histogram"] });
  }, [client, options]);
  const fetched = useMemo(
    (): readonly IndexedEvent[] => query.data?.pages.flatMap((page) => page.events) ?? [],
    [query.data],
  );
  useLiveFeed(filter, readable && isOpenEnded(filter), fetched[0]?.index, reload);
  const rows = useMemo(() => mergeRows(live.shown, fetched), [live.shown, fetched]);
  return { query, rows, filter, readable, reload };
}
