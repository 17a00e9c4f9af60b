// SPDX-License-Identifier: Apache-2.0
import { CalendarClock, ChevronDown } from "lucide-react";
import { type FormEvent, useState } from "react";
import { toMs } from "../../shared/format.js";
import { readText } from "../../shared/form.js";
import { buttonClass } from "../../shared/ui/controls.js";
import { Popover } from "../../shared/ui/Popover.js";
import { DEFAULT_FROM, fromLocalInput, PRESETS, rangeLabel, toInstants, toLocalInput } from "./time-range.js";
import { useEventsSearch } from "./useEventsPage.js";

const INPUT = "mt-0.5 h-8 w-full rounded border border-line-strong bg-panel px-2";

function Absolute({ close }: { close: () => void }) {
  const [search, change] = useEventsSearch();
  const [problem, setProblem] = useState("");
  const [openedAt] = useState(() => Date.now());
  const current = toInstants(search, openedAt);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const from = fromLocalInput(readText(form, "from"));
    const to = fromLocalInput(readText(form, "to"));
    if (from === undefined) return setProblem("A start is needed.");
    if (to !== undefined && toMs(to) <= toMs(from)) return setProblem("The end is not after the start.");
    change({ from, to });
    close();
  };
  return (
    <form onSubmit={submit} className="border-t border-line p-3">
      <label className="block">
        From
        <input
          name="from"
          type="datetime-local"
          step="1"
          defaultValue={current.from === undefined ? "" : toLocalInput(toMs(current.from))}
          className={INPUT}
        />
      </label>
      <label className="mt-2 block">
        To <span className="text-muted">(empty: now)</span>
        <input
          name="to"
          type="datetime-local"
          step="1"
          defaultValue={current.to === undefined ? "" : toLocalInput(toMs(current.to))}
          className={INPUT}
        />
      </label>
      <p className="min-h-5 text-critical" role="alert">
        {problem}
      </p>
      <button type="submit" className={`${buttonClass("plain")} w-full`}>
        Apply, in your time zone
      </button>
    </form>
  );
}

export function RangePicker() {
  const [search, change] = useEventsSearch();
  const label = rangeLabel(search);
  return (
    <Popover
      label={`Time range: ${label}`}
      buttonClass={`${buttonClass("plain")} min-w-0 justify-start md:min-w-36`}
      button={
        <>
          <CalendarClock size={14} aria-hidden="true" className="hidden shrink-0 text-muted md:block" />
          <span className="max-w-36 flex-1 truncate md:max-w-64 text-left">{label}</span>
          <ChevronDown size={14} aria-hidden="true" className="hidden shrink-0 text-muted sm:block" />
        </>
      }
    >
      {(close) => (
        <div className="w-72 text-s">
          <ul className="grid grid-cols-2 gap-1 p-2">
            {PRESETS.map((preset) => {
              const active = search.to === undefined && (search.from ?? DEFAULT_FROM) === preset;
              return (
                <li key={preset}>
                  <button
                    type="button"
                    aria-pressed={active}
                    onClick={() => {
                      change({ from: preset === DEFAULT_FROM ? undefined : preset, to: undefined });
                      close();
                    }}
                    className={`w-full rounded px-2 py-1 text-left hover:bg-raised ${active ? "bg-accent-soft font-medium text-accent" : ""}`}
                  >
                    {rangeLabel({ from: preset })}
                  </button>
                </li>
              );
            })}
          </ul>
          <Absolute key={label} close={close} />
        </div>
      )}
    </Popover>
  );
}
