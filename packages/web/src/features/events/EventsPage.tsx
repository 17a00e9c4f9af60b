// SPDX-License-Identifier: Apache-2.0
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "../../shared/api/client.js";
import type { IndexedEvent } from "../../shared/api/types.js";
import { countOf } from "../../shared/format.js";
import { Problem } from "../../shared/ui/controls.js";
import { PageSkeleton } from "../shell/fallbacks.js";
import { AnswerLine } from "./AnswerLine.js";
import { NoMatch } from "./EmptyEvents.js";
import { EventDrawer } from "./EventDrawer.js";
import type { OnFilter } from "./EventRow.js";
import { EventTable, TableSkeleton } from "./EventTable.js";
import { useFirstEvent } from "./first-event.js";
import { FirstRun } from "./FirstRun.js";
import { Histogram, useWidth } from "./Histogram.js";
import { liveStore, useLive } from "./live-store.js";
import { histogramQuery, toRequest } from "./queries.js";
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
function useRecount(arrived: number): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (arrived === 0) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: ["histogram"] });
    }, RECOUNT_MS);
  }, [client, arrived]);
  useEffect(() => () => clearTimeout(timer.current), []);
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

/** The first run has a page of its own; else the events. */
export function EventsPage() {
  const { state, close } = useFirstEvent();
  useEffect(() => {
    document.title = "Events – Telltale";
  }, []);
  if (state.step === "unknown") return <PageSkeleton />;
  if (state.step === "done") return <Explorer />;
  return <FirstRun arrived={state.step === "arrived" ? state.item : undefined} onClose={close} />;
}

function Unreadable() {
  return (
    <div className="px-4 pt-24 md:px-6">
      <h1 className="text-m font-semibold md:text-l">This search cannot be read.</h1>
      <p className="mt-1 text-muted">
        The place is marked under the search box. Nothing was asked of the server.
      </p>
    </div>
  );
}

interface ResultsProps {
  query: ReturnType<typeof useEventRows>["query"];
  rows: readonly IndexedEvent[];
  reload: () => void;
  onFilter: OnFilter;
}

/** The table, or why there is none. */
function Results({ query, rows, reload, onFilter }: ResultsProps) {
  const [search, change] = useEventsSearch();
  const live = useLive();
  const [away, setAway] = useState(false);
  const paused = search.live === "0";
  const isOpen = search.event !== undefined;
  useEffect(() => liveStore.hold(paused || away || isOpen), [paused, away, isOpen]);
  const onOpen = useCallback((index: number) => change({ event: index }), [change]);
  const keys = useEventKeys({ rows, openIndex: search.event, change, onFilter });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);

  if (query.isPending) return <TableSkeleton />;
  if (query.isError && rows.length === 0) {
    const refused = query.error instanceof ApiError && query.error.status === 400;
    return (
      <div className="p-6">
        <Problem
          title={refused ? "The search cannot be read" : "The events cannot be loaded"}
          message={query.error.message}
          {...(refused ? {} : { retry: () => void query.refetch() })}
        />
      </div>
    );
  }
  if (rows.length === 0) return <NoMatch />;
  const end = `${countOf(rows.length, "event")}; no older ones in this range.`;
  return (
    <EventTable
      rows={rows}
      cursor={keys.cursor}
      cell={keys.cell}
      openIndex={search.event}
      waiting={paused ? 0 : live.waitingCount}
      lost={paused ? 0 : live.lost}
      hasMore={hasNextPage}
      loadMore={loadMore}
      onOpen={onOpen}
      onFilter={onFilter}
      onAway={setAway}
      onNewest={() => {
        if (live.lost > 0) reload();
        change({ event: undefined }, true);
      }}
      footer={<p className="px-6 py-3 text-s text-muted">{hasNextPage ? "Loading older events…" : end}</p>}
    />
  );
}

/** What happened? */
function Explorer() {
  const { query, rows, filter, readable, reload } = useEventRows();
  const live = useLive();
  const [element, width] = useWidth();
  const counts = useQuery({ ...histogramQuery(filter, toBuckets(width)), enabled: width > 0 && readable });
  const { onFilter, onZoom } = useFilterActions();
  const [search, change] = useEventsSearch();
  const reads = filter.hides ? "hidden" : search.own === "1" ? "shown" : "asked";
  useRecount(live.shown.length + live.waitingCount);
  if (!readable) return <Unreadable />;
  return (
    <div className="flex h-full flex-col">
      <AnswerLine
        counts={counts.data}
        stale={counts.isPlaceholderData}
        filter={filter}
        reads={reads}
        onReads={(shown) => change({ own: shown ? "1" : undefined, event: undefined })}
        page={query.data?.pages[0]}
        onZoom={onZoom}
        exported={() => toRequest(filter)}
      />
      <Histogram
        counts={counts.data}
        width={width}
        setElement={element}
        onZoom={onZoom}
        onOutcome={(outcome) => onFilter("outcome", outcome, "include")}
      />
      <Results query={query} rows={rows} reload={reload} onFilter={onFilter} />
      <EventDrawer onFilter={onFilter} />
    </div>
  );
}
