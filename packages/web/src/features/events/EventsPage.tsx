// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../../shared/api/client.js";
import { countOf } from "../../shared/format.js";
import { Problem } from "../../shared/ui/controls.js";
import { AnswerLine } from "./AnswerLine.js";
import { NoMatch } from "./EmptyEvents.js";
import { EventDrawer } from "./EventDrawer.js";
import { EventTable, TableSkeleton } from "./EventTable.js";
import { FirstEvent } from "./FirstEvent.js";
import { Histogram, useWidth } from "./Histogram.js";
import { liveStore, useLive } from "./live-store.js";
import { histogramQuery } from "./queries.js";
import { withTerm } from "./query-edit.js";
import { useEventKeys } from "./useEventKeys.js";
import { useEventRows, useEventsSearch } from "./useEventsPage.js";

const BUCKET_PX = 11;
/** The histogram follows live events at this distance. */
const RECOUNT_MS = 3000;

/** As many bars as there is room for, in steps, so that resizing does not ask again at every pixel. */
function toBuckets(width: number): number {
  return width === 0 ? 0 : Math.max(20, Math.min(160, Math.round(width / BUCKET_PX / 10) * 10));
}

/** Counts again when events arrived, at most every few seconds. */
function useRecount(newest: number): void {
  const client = useQueryClient();
  const [counted, setCounted] = useState(newest);
  useEffect(() => {
    if (newest <= counted) return undefined;
    const timer = setTimeout(() => {
      setCounted(newest);
      void client.invalidateQueries({ queryKey: ["histogram"] });
    }, RECOUNT_MS);
    return () => clearTimeout(timer);
    // One timer per batch of news: later news within it is counted with it.
  }, [client, counted, newest > counted]);
}

function useFilterActions() {
  const [search, change] = useEventsSearch();
  const q = search.q ?? "";
  const onFilter = useCallback(
    (field: string, value: string, mode: "include" | "exclude") =>
      change({ q: withTerm(q, field, value, mode) }),
    [change, q],
  );
  const onZoom = useCallback(
    (from: number, to: number) =>
      change({ from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
    [change],
  );
  return { onFilter, onZoom };
}

export function EventsPage() {
  const [search, change] = useEventsSearch();
  const { query, rows, filter } = useEventRows();
  const live = useLive();
  const [element, width] = useWidth();
  const counts = useQuery({ ...histogramQuery(filter, toBuckets(width)), enabled: width > 0 });
  const { onFilter, onZoom } = useFilterActions();
  const [away, setAway] = useState(false);
  useRecount(live.newest);
  useEffect(() => {
    document.title = "Events – Telltale";
  }, []);
  useEffect(() => liveStore.hold(search.live === "0" || away), [search.live, away]);

  const onOpen = useCallback((index: number) => change({ event: index }), [change]);
  const keys = useEventKeys({ rows, openIndex: search.event, change, onFilter });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  const page = query.data?.pages[0];
  const refused = query.error instanceof ApiError && query.error.status === 400;

  return (
    <div className="flex h-full flex-col">
      <AnswerLine counts={counts.data} stale={counts.isPlaceholderData} filter={filter} page={page} />
      <FirstEvent />
      <Histogram
        counts={counts.data}
        width={width}
        setElement={element}
        onZoom={onZoom}
        onOutcome={(outcome) => onFilter("outcome", outcome, "include")}
      />
      {query.isPending ? (
        <TableSkeleton />
      ) : query.isError && rows.length === 0 ? (
        <div className="p-6">
          <Problem
            title={refused ? "The search cannot be read" : "The events cannot be loaded"}
            message={query.error.message}
            {...(refused ? {} : { retry: () => void query.refetch() })}
          />
        </div>
      ) : rows.length === 0 ? (
        <NoMatch />
      ) : (
        <EventTable
          rows={rows}
          cursor={keys.cursor}
          cell={keys.cell}
          openIndex={search.event}
          waiting={away && search.live !== "0" ? live.waitingCount : 0}
          hasMore={hasNextPage}
          loadMore={loadMore}
          onOpen={onOpen}
          onFilter={onFilter}
          onAway={setAway}
          footer={
            <p className="px-6 py-3 text-s text-muted">
              {hasNextPage
                ? "Loading older events…"
                : `${countOf(rows.length, "event")}; no older ones in this range.`}
            </p>
          }
        />
      )}
      <EventDrawer onFilter={onFilter} />
    </div>
  );
}
