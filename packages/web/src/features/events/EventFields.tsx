// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { Minus, Plus } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import type { Revealed } from "../../shared/api/types.js";
import { useMay } from "../../shared/may.js";
import { CopyButton, IconButton } from "../../shared/ui/controls.js";
import { Masked, Text } from "../../shared/ui/Text.js";
import { say } from "../../shared/ui/toast.js";
import {
  type FieldRow,
  hasMarker,
  isAlias,
  isFilterable,
  isProse,
  isRevealable,
  toFieldGroups,
  toQueryField,
} from "./event-fields.js";
import type { OnFilter } from "./EventRow.js";
import { RevealButton, RevealDialog, RevealedValue } from "./Reveal.js";

function FieldValue({ row }: { row: FieldRow }) {
  if (row.hidden !== undefined && row.text === "")
    return <Masked how={row.hidden.how} what={row.hidden.kind} />;
  const tone = row.kind === "string" ? "" : "text-muted";
  return (
    <span
      className={`break-words whitespace-pre-wrap ${isProse(row.path) ? "" : "font-mono break-all"} ${tone}`}
    >
      {row.text === "" ? <span className="text-muted">(empty)</span> : <Text>{row.text}</Text>}
      {isAlias(row.text) ? (
        <>
          {" "}
          <Masked how="alias" what="a person" />
        </>
      ) : (
        row.hidden !== undefined &&
        !hasMarker(row.text) && (
          <>
            {" "}
            <Masked how={row.hidden.how} what={row.hidden.kind} />
          </>
        )
      )}
    </span>
  );
}

/** Arrow keys walk the fields; i, e and c act on the one with the focus. */
function moveFocus(event: KeyboardEvent<HTMLElement>, by: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>("[data-field-row]")];
  const next = all[all.indexOf(event.currentTarget) + by];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

interface FieldProps {
  row: FieldRow;
  onFilter: OnFilter;
  revealed: Revealed | undefined;
  /** Undefined: this viewer may not ask. */
  onReveal: ((path: string) => void) | undefined;
}

function Field({ row, onFilter, revealed, onReveal }: FieldProps) {
  const filterable = isFilterable(row);
  const filter = (mode: "include" | "exclude") => onFilter(toQueryField(row.path), row.text, mode);
  const copy = () => {
    navigator.clipboard?.writeText(row.text).then(
      () => say("Copied."),
      () => undefined,
    );
  };
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (event.key === "ArrowDown") return moveFocus(event, 1);
    if (event.key === "ArrowUp") return moveFocus(event, -1);
    const action = {
      i: filterable ? () => filter("include") : undefined,
      e: filterable ? () => filter("exclude") : undefined,
      c: copy,
    }[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    action();
  };
  return (
    <div
      role="group"
      aria-label={row.path}
      data-field-row=""
      tabIndex={0}
      onKeyDown={onKey}
      className="group/field relative grid grid-cols-[8.5rem_minmax(0,1fr)] gap-x-3 rounded px-2 py-0.5 hover:bg-raised focus-visible:bg-raised"
    >
      <span className="truncate text-muted" data-tip={row.path.length > 18 ? row.path : undefined}>
        <Text>{row.path}</Text>
      </span>
      <span className="min-w-0">
        <FieldValue row={row} />
        {revealed !== undefined ? (
          <RevealedValue revealed={revealed} />
        ) : (
          onReveal !== undefined &&
          isRevealable(row) && (
            <span className="block">
              <RevealButton path={row.stored} onClick={() => onReveal(row.stored)} />
            </span>
          )
        )}
      </span>
      <span className="absolute top-0 right-1 hidden rounded border border-line bg-panel group-hover/field:flex group-focus-within/field:flex">
        {filterable && (
          <>
            <IconButton tabIndex={-1} label="Only this (i)" onClick={() => filter("include")}>
              <Plus size={14} />
            </IconButton>
            <IconButton tabIndex={-1} label="Without this (e)" onClick={() => filter("exclude")}>
              <Minus size={14} />
            </IconButton>
          </>
        )}
        <CopyButton text={row.text} label="Copy (c)" />
      </span>
    </div>
  );
}

interface EventFieldsProps {
  event: SecurityEvent;
  index: number;
  onFilter: OnFilter;
}

const NONE: ReadonlyMap<string, Revealed> = new Map();

/** Every field, under who, what, where and when. What is revealed lives here alone: it is gone when the event is left. */
export function EventFields({ event, index, onFilter }: EventFieldsProps) {
  const groups = useMemo(() => toFieldGroups(event as unknown as Record<string, unknown>), [event]);
  const mayReveal = useMay("events.reveal");
  const [asked, setAsked] = useState<string>();
  const [revealed, setRevealed] = useState(NONE);
  return (
    <>
      {groups.map((group) => (
        <section
          key={group.title}
          aria-label={group.title}
          className="border-t border-line px-2 py-3 md:px-3"
        >
          <h3 className="px-2 pb-1 text-s font-semibold">{group.title}</h3>
          <div className="text-s">
            {group.rows.map((row, at) => (
              <Field
                key={`${row.path}:${at}`}
                row={row}
                onFilter={onFilter}
                revealed={revealed.get(row.stored)}
                onReveal={mayReveal ? setAsked : undefined}
              />
            ))}
          </div>
        </section>
      ))}
      {asked !== undefined && (
        <RevealDialog
          index={index}
          path={asked}
          onRevealed={(answer) => setRevealed((before) => new Map(before).set(asked, answer))}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
