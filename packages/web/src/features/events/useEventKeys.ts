// SPDX-License-Identifier: Apache-2.0
import { useCallback, useState } from "react";
import type { IndexedEvent } from "../../shared/api/types.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { say } from "../../shared/ui/toast.js";
import { CELLS, cellOf, stepCell } from "./cells.js";
import type { OnFilter } from "./EventRow.js";
import type { EventsSearch } from "./search-state.js";

interface EventKeysInput {
  rows: readonly IndexedEvent[];
  openIndex: number | undefined;
  change: (part: Partial<EventsSearch>, replace?: boolean) => void;
  onFilter: OnFilter;
}

/** Moves through rows and the values in them. The place is kept by log index: new rows above do not move it. */
export function useEventKeys({ rows, openIndex, change, onFilter }: EventKeysInput) {
  const [at, setAt] = useState<number>();
  const [cell, setCell] = useState(0);
  const [followed, setFollowed] = useState<number>();
  if (openIndex !== followed) {
    // The place follows the drawer, and stays when it closes.
    setFollowed(openIndex);
    if (openIndex !== undefined) setAt(openIndex);
  }
  const cursor = at === undefined ? -1 : rows.findIndex((row) => row.index === at);

  const step = useCallback(
    (by: 1 | -1) => {
      const next = rows[cursor === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, cursor + by))];
      if (next === undefined) return;
      setAt(next.index);
      if (openIndex !== undefined) change({ event: next.index }, true);
    },
    [rows, cursor, openIndex, change],
  );
  const onCell = (action: (field: string, value: string) => void) => () => {
    const row = rows[cursor];
    const field = CELLS[cell];
    const value = row === undefined || field === undefined ? undefined : cellOf(row.event, field);
    if (value !== undefined) action(value.field, value.value);
  };
  const stepTo = (direction: 1 | -1) => () => {
    const row = rows[cursor];
    if (row !== undefined) setCell(stepCell(row.event, cell, direction));
  };
  const copy = onCell((_, value) => {
    navigator.clipboard?.writeText(value).then(
      () => say("Copied."),
      () => undefined,
    );
  });
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowRight: stepTo(1),
    ArrowLeft: stepTo(-1),
    i: onCell((field, value) => onFilter(field, value, "include")),
    e: onCell((field, value) => onFilter(field, value, "exclude")),
    c: copy,
    Enter: () => {
      const row = rows[cursor];
      if (row !== undefined) change({ event: row.index });
    },
    Escape: () => {
      if (openIndex === undefined) return;
      change({ event: undefined });
      document.getElementById("events-grid")?.focus({ preventScroll: true });
    },
  });
  return { cursor, cell };
}
