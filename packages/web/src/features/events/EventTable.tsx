// SPDX-License-Identifier: Apache-2.0
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowUp } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import type { IndexedEvent } from "../../shared/api/types.js";
import { countOf } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import { buttonClass, Skeleton } from "../../shared/ui/controls.js";
import { useMedia, WIDE } from "../../shared/useMedia.js";
import { COLUMNS, EventRow, type OnFilter, ROW_HEIGHT } from "./EventRow.js";

function Head() {
  const names = ["Time", "Level", "Outcome", "Action", "Actor", "Address", "What happened"];
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={`${COLUMNS} sticky top-0 z-10 h-8 items-center border-b border-line bg-panel text-s text-muted`}
    >
      {names.map((name) => (
        <div key={name} role="columnheader" className={name === "Address" ? "hidden lg:block" : ""}>
          {name}
        </div>
      ))}
    </div>
  );
}

/** Rows of grey, exactly as high as the rows that come. */
export function TableSkeleton() {
  const wide = useMedia(WIDE);
  return (
    <div
      aria-busy="true"
      aria-label="Loading events"
      className="flex-1 overflow-hidden border-t border-line bg-panel"
    >
      {wide && <div className="h-8 border-b border-line" />}
      {Array.from({ length: 24 }, (_, at) => (
        <div
          key={at}
          className="flex items-center gap-3 border-b border-line/70 px-4 md:px-6"
          style={{ height: wide ? ROW_HEIGHT.wide : ROW_HEIGHT.narrow }}
        >
          <Skeleton className="h-3 w-24" />
          <Skeleton className="h-3 w-16" />
          <Skeleton className={`h-3 ${at % 3 === 0 ? "w-1/2" : "w-1/3"}`} />
        </div>
      ))}
    </div>
  );
}

interface EventTableProps {
  rows: readonly IndexedEvent[];
  /** The row the keyboard is on, and the filterable cell in it. */
  cursor: number;
  cell: number;
  openIndex: number | undefined;
  waiting: number;
  /** Events the stream left out. */
  lost: number;
  hasMore: boolean;
  loadMore: () => void;
  footer: ReactNode;
  onOpen: (index: number) => void;
  onFilter: OnFilter;
  /** Scrolled away from the newest: then new rows wait, so that what is being read does not move. */
  onAway: (away: boolean) => void;
  /** Back to the newest: whatever held them back ends. */
  onNewest: () => void;
}

const AWAY_PX = 8;
const AHEAD = 30;
const HEAD_HEIGHT = 32;

/** The rows in sight; asks for older ones before the end is reached; keeps the marked row in sight. */
function useVirtualRows({ rows, cursor, hasMore, loadMore }: EventTableProps, wide: boolean) {
  const scroller = useRef<HTMLDivElement>(null);
  const size = wide ? ROW_HEIGHT.wide : ROW_HEIGHT.narrow;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    overscan: 12,
    getItemKey: (at) => rows[at]?.index ?? at,
    scrollPaddingStart: wide ? HEAD_HEIGHT : 0,
  });
  useEffect(() => virtual.measure(), [virtual, size]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) loadMore();
  }, [hasMore, last, rows.length, loadMore]);
  // When the mark moves, not when rows above push it: then the view would run after it.
  const marked = rows[cursor]?.index;
  const place = useRef(cursor);
  useEffect(() => {
    place.current = cursor;
  });
  useEffect(() => {
    if (marked !== undefined) virtual.scrollToIndex(place.current, { align: "auto" });
  }, [virtual, marked]);
  const isMarkDrawn = items.some((item) => item.index === cursor);
  return { scroller, items, height: virtual.getTotalSize(), active: isMarkDrawn ? marked : undefined };
}

/** What is newer than what is shown: it waits, or came too fast to be streamed. The log has all of it. */
function NewerButton({ waiting, lost, onClick }: { waiting: number; lost: number; onClick: () => void }) {
  if (waiting === 0 && lost === 0) return null;
  return (
    <button
      type="button"
      onClick={onClick}
      className={`${buttonClass("primary")} absolute top-10 left-1/2 -translate-x-1/2 rounded-full! shadow-float`}
    >
      <ArrowUp size={14} aria-hidden="true" />
      {waiting > 0 ? countOf(waiting, "new event") : `${countOf(lost, "event")} too fast to show: load them`}
    </button>
  );
}

export function EventTable(props: EventTableProps) {
  const { rows, cursor, cell, openIndex, hasMore, onOpen, onFilter, onAway } = props;
  const wide = useMedia(WIDE);
  const now = useNow(1000);
  const { scroller, items, height, active } = useVirtualRows(props, wide);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        id="events-grid"
        role="grid"
        aria-label="Events, newest first"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-activedescendant={active === undefined ? undefined : `event-${active}`}
        tabIndex={0}
        onScroll={(event) => onAway(event.currentTarget.scrollTop > AWAY_PX)}
        className="scroll-slim h-full overflow-auto border-t border-line bg-panel -outline-offset-2"
      >
        {wide && <Head />}
        <div role="rowgroup" className="relative" style={{ height }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <EventRow
                key={item.key}
                item={row}
                rowNumber={item.index + 2}
                top={item.start}
                wide={wide}
                current={item.index === cursor}
                open={row.index === openIndex}
                cell={item.index === cursor ? cell : -1}
                now={now}
                onOpen={onOpen}
                onFilter={onFilter}
              />
            );
          })}
        </div>
        {props.footer}
      </div>
      <NewerButton
        waiting={props.waiting}
        lost={props.lost}
        onClick={() => {
          props.onNewest();
          scroller.current?.scrollTo({ top: 0 });
        }}
      />
    </div>
  );
}
