// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { api } from "../../shared/api/client.js";
import { liveStream, useStream } from "../../shared/api/stream.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { mergeRows } from "./live-model.js";
import { liveStore, useLive } from "./live-store.js";
import { eventsQuery, firstEventQuery, toFilter, toRequest } from "./queries.js";
import type { EventsSearch } from "./search-state.js";
import { isOpenEnded } from "./time-range.js";

const CATCH_UP_LIMIT = 100;

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

/** Connects the stream to the page's filter and closes the gap between the first page and the stream. */
function useLiveFeed(filter: ReturnType<typeof toFilter>, key: string, reload: () => void): void {
  const client = useQueryClient();
  const open = isOpenEnded(filter);
  const { q } = filter;
  useEffect(() => {
    liveStore.reset();
    liveStore.onReload = reload;
    liveStream.setQuery(open ? q : null);
    return () => liveStream.setQuery(null);
    // `key` stands for the whole filter.
  }, [key, open, q, reload]);

  useStream((message) => {
    if (message.kind === "event") {
      if (message.item.event.via !== "telltale" && client.getQueryData(firstEventQuery.queryKey) === null) {
        client.setQueryData(firstEventQuery.queryKey, message.item);
      }
      if (open) liveStore.push(message.item);
    } else if (message.kind === "lost") {
      liveStore.lost(message.count);
    } else if (message.kind === "open" && open && liveStore.get().newest >= 0) {
      void catchUp(filter, reload);
    }
  });
}

/** What was sealed while the stream was away; too much of it is a reload. */
async function catchUp(filter: ReturnType<typeof toFilter>, reload: () => void): Promise<void> {
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
  const [search] = useEventsSearch();
  const filter = useMemo(() => toFilter(search), [search]);
  const key = JSON.stringify(filter);
  const client = useQueryClient();
  const options = eventsQuery(filter);
  const query = useInfiniteQuery(options);
  const live = useLive();

  const keyRef = useRef(options.queryKey);
  useEffect(() => {
    keyRef.current = options.queryKey;
  });
  const reload = useCallback(() => {
    liveStore.reset();
    void client.resetQueries({ queryKey: keyRef.current });
    void client.invalidateQueries({ queryKey: ["histogram"] });
  }, [client]);
  useLiveFeed(filter, key, reload);

  const fetched = useMemo(
    (): readonly IndexedEvent[] => query.data?.pages.flatMap((page) => page.events) ?? [],
    [query.data],
  );
  const top = fetched[0]?.index;
  useEffect(() => {
    if (top !== undefined) liveStore.seed(top);
  }, [top]);
  const rows = useMemo(() => mergeRows(live.shown, fetched), [live.shown, fetched]);
  return { query, rows, filter, reload };
}
