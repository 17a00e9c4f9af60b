// SPDX-License-Identifier: Apache-2.0
import { memo } from "react";
import type { Alert } from "../../shared/api/alert-types.js";
import { SeverityWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { StatusWord } from "./StatusWord.js";
import { toExtent, toSubject, verdictWord } from "./words.js";

interface AlertRowProps {
  alert: Alert;
  current: boolean;
  open: boolean;
  onOpen: (id: string) => void;
  /** Undefined: nothing can be marked. */
  onSelect: ((id: string) => void) | undefined;
  selected: boolean;
}

/** Severity in a column of its own where there is room, above the title where there is not. */
export const AlertRow = memo(function AlertRow(props: AlertRowProps) {
  const { alert, current, open, onOpen, onSelect, selected } = props;
  const ground = open ? "bg-accent-soft" : current ? "bg-raised" : "hover:bg-raised/60";
  const edge = current ? "before:absolute before:inset-y-0 before:left-0 before:w-0.75 before:bg-accent" : "";
  return (
    <li
      data-current={current ? "" : undefined}
      className={`relative flex border-b border-line ${ground} ${edge}`}
    >
      {onSelect !== undefined && (
        <label className="flex w-9 shrink-0 cursor-pointer items-start justify-center pt-3.5 md:w-11">
          <input
            type="checkbox"
            checked={selected}
            onChange={() => onSelect(alert.id)}
            aria-label={`Mark ${alert.title}, ${toSubject(alert)}`}
            className="size-4 accent-accent"
          />
        </label>
      )}
      <button
        type="button"
        aria-current={open ? "true" : undefined}
        onClick={() => onOpen(alert.id)}
        className={`grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)_auto] gap-x-3 py-2.5 pr-4 text-left text-s -outline-offset-2 sm:grid-cols-[5.5rem_minmax(0,1fr)_auto] md:pr-6 ${onSelect === undefined ? "pl-4 md:pl-6" : ""}`}
      >
        <span className="pt-0.5 sm:row-span-2">
          <SeverityWord level={alert.level} />
          {alert.regressed > 0 && alert.status !== "resolved" && (
            <span className="block font-medium text-medium sm:mt-0.5">came back</span>
          )}
        </span>
        <span
          className={`order-3 col-span-2 line-clamp-2 text-m sm:order-none sm:col-span-1 ${alert.status === "new" ? "font-semibold" : ""}`}
        >
          <Text>{alert.title}</Text>
        </span>
        <span className="pt-0.5 text-right text-muted">
          <Ago time={alert.lastTime} />
        </span>
        <span className="order-4 truncate text-muted sm:order-none">
          <span className="font-mono text-ink">
            <Text>{toSubject(alert)}</Text>
          </span>{" "}
          · {toExtent(alert)}
        </span>
        <span className="order-4 text-right whitespace-nowrap sm:order-none">
          <StatusWord status={alert.status} />
          {alert.assignee !== undefined && (
            <span className="text-muted">
              {" "}
              · <Text>{alert.assignee}</Text>
            </span>
          )}
          {alert.verdict !== undefined && <span className="text-muted"> · {verdictWord(alert.verdict)}</span>}
        </span>
      </button>
    </li>
  );
});
