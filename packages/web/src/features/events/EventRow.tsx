// SPDX-License-Identifier: Apache-2.0
import { type SecurityEvent, toSentence } from "@telltale/event";
import { Minus, Plus } from "lucide-react";
import { memo, type MouseEvent } from "react";
import type { IndexedEvent } from "../../shared/api/types.js";
import { formatAgo, formatClock, toMs } from "../../shared/format.js";
import { LevelWord, OutcomeWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { exactTip } from "../../shared/ui/Time.js";
import { CELLS, type CellField, cellOf } from "./cells.js";

export const ROW_HEIGHT = { wide: 32, narrow: 72 } as const;

/** The same columns for the head and each row; the address goes first when room is short. */
export const COLUMNS =
  "grid grid-cols-[7.25rem_4rem_5.5rem_11rem_8.5rem_minmax(0,1fr)] lg:grid-cols-[11rem_4rem_5.5rem_12rem_9rem_8.5rem_minmax(0,1fr)] gap-x-3 px-6";

export type OnFilter = (field: string, value: string, mode: "include" | "exclude") => void;

const FAR_APART_MS = 5 * 60_000;

const BUTTON = "inline-flex size-6 items-center justify-center rounded hover:bg-raised hover:text-ink";

function FilterCell({
  event,
  field,
  active,
  className = "",
  onFilter,
}: {
  event: SecurityEvent;
  field: CellField;
  active: boolean;
  className?: string;
  onFilter: OnFilter;
}) {
  const cell = cellOf(event, field);
  if (cell === undefined)
    return (
      <div role="gridcell" className={`text-muted ${className}`}>
        –
      </div>
    );
  const act = (mode: "include" | "exclude") => (click: MouseEvent) => {
    click.stopPropagation();
    onFilter(cell.field, cell.value, mode);
  };
  return (
    <div role="gridcell" className={`group/cell relative min-w-0 ${className}`}>
      <span
        className={`block truncate font-mono ${active ? "underline decoration-accent decoration-2 underline-offset-4" : ""}`}
        data-tip={cell.text === cell.value && cell.text.length <= 18 ? undefined : cell.value}
      >
        <Text>{cell.text}</Text>
      </span>
      <span className="absolute top-1/2 right-0 hidden -translate-y-1/2 rounded border border-line bg-panel text-muted group-hover/cell:inline-flex">
        <button
          type="button"
          tabIndex={-1}
          className={BUTTON}
          aria-label={`Only ${cell.text}`}
          data-tip="Only this (i)"
          onClick={act("include")}
        >
          <Plus size={13} />
        </button>
        <button
          type="button"
          tabIndex={-1}
          className={BUTTON}
          aria-label={`Without ${cell.text}`}
          data-tip="Without this (e)"
          onClick={act("exclude")}
        >
          <Minus size={13} />
        </button>
      </span>
    </div>
  );
}

interface EventRowProps {
  item: IndexedEvent;
  rowNumber: number;
  top: number;
  wide: boolean;
  current: boolean;
  open: boolean;
  /** The filterable cell the keyboard is on, when this is the current row. */
  cell: number;
  now: number;
  onOpen: (index: number) => void;
  onFilter: OnFilter;
}

/** Both times where they differ: imports and spools bring events long after they happened. */
function timeTip(event: SecurityEvent): string {
  const apart = Math.abs(toMs(event.received) - toMs(event.time)) > FAR_APART_MS;
  return apart
    ? `happened ${exactTip(event.time)}\nreceived ${exactTip(event.received)}`
    : exactTip(event.time);
}

function TimeCell({ event, now }: { event: SecurityEvent; now: number }) {
  const isToday = new Date(toMs(event.time)).toDateString() === new Date(now).toDateString();
  return (
    <div role="gridcell" className="flex min-w-0 items-baseline gap-2 whitespace-nowrap">
      <time dateTime={event.time} data-tip={timeTip(event)} className="truncate font-mono">
        {formatClock(event.time, now)}
      </time>
      {isToday && (
        <span className="hidden truncate text-muted lg:inline">
          {formatAgo(event.time, now).replace(" ago", "")}
        </span>
      )}
    </div>
  );
}

function WideCells({ item, current, cell, now, onFilter }: EventRowProps) {
  const { event } = item;
  return (
    <>
      <TimeCell event={event} now={now} />
      <div role="gridcell">
        <LevelWord level={event.level} />
      </div>
      <div role="gridcell">
        <OutcomeWord outcome={event.outcome} />
      </div>
      {CELLS.map((field, at) => (
        <FilterCell
          key={field}
          event={event}
          field={field}
          active={current && at === cell}
          onFilter={onFilter}
          className={field === "client.ip" ? "hidden lg:block" : ""}
        />
      ))}
      <div role="gridcell" className="min-w-0 truncate">
        <Text>{toSentence(event)}</Text>
      </div>
    </>
  );
}

function NarrowCells({ item, now }: EventRowProps) {
  const { event } = item;
  return (
    <>
      <div role="gridcell" className="flex items-center gap-3">
        <OutcomeWord outcome={event.outcome} />
        {event.level !== "info" && <LevelWord level={event.level} />}
        <time dateTime={event.time} className="ml-auto font-mono text-muted" data-tip={timeTip(event)}>
          {formatClock(event.time, now)}
        </time>
      </div>
      <div role="gridcell" className="line-clamp-2 leading-5">
        <Text>{toSentence(event)}</Text>
      </div>
    </>
  );
}

export const EventRow = memo(function EventRow(props: EventRowProps) {
  const { item, rowNumber, top, wide, current, open, onOpen } = props;
  const edge =
    item.event.level === "critical"
      ? "before:bg-critical"
      : item.event.level === "warn"
        ? "before:bg-medium"
        : "";
  const ground = open ? "bg-accent-soft" : current ? "bg-raised" : "hover:bg-raised/60";
  return (
    <div
      id={`event-${item.index}`}
      role="row"
      aria-rowindex={rowNumber}
      aria-selected={current}
      // The keyboard acts on the grid, which names this row as its active descendant.
      onClick={() => onOpen(item.index)}
      style={{ transform: `translateY(${top}px)`, height: wide ? ROW_HEIGHT.wide : ROW_HEIGHT.narrow }}
      className={`absolute inset-x-0 top-0 cursor-pointer items-center border-b border-line/70 text-s before:absolute before:inset-y-0 before:left-0 before:w-0.75 ${edge} ${ground} ${wide ? COLUMNS : "flex flex-col items-stretch! justify-center gap-0.5 px-4"}`}
    >
      {wide ? <WideCells {...props} /> : <NarrowCells {...props} />}
    </div>
  );
});
