// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import type { Hidden, HiddenRow } from "../../shared/api/types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Empty, Panel } from "../../shared/ui/page.js";
import { ROW } from "../../shared/ui/rows.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { howWords, kindWord, type RangeId, toEventsQuery, toGroups } from "./words.js";

function Place({ row, range }: { row: HiddenRow; range: RangeId }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-1">
      <span className="min-w-0 font-mono break-all">
        <Text>{row.path}</Text>
      </span>
      <span className="text-muted">
        {row.app !== "" && (
          <>
            in <Text>{row.app}</Text>,{" "}
          </>
        )}
        {howWords(row.how).split(":")[0]}, <Ago time={row.last} />
      </span>
      <Link
        to="/events"
        search={{ q: toEventsQuery(row), from: `-${range}` }}
        className="ml-auto text-accent underline underline-offset-2"
        aria-label={`${countOf(row.count, "event")} with ${kindWord(row.kind)} at ${row.path}`}
      >
        {formatCount(row.count)}
      </Link>
    </li>
  );
}

/** By rule: how often it hid something, where, and of which application. */
export function HiddenLately({ hidden, range }: { hidden: Hidden; range: RangeId }) {
  const groups = toGroups(hidden.rows);
  return (
    <Panel
      title="Hidden lately"
      note="By rule, from the events themselves. A rule that fires on what is no secret, or one that never fires, shows here."
    >
      {groups.length === 0 ? (
        <Empty title={hidden.events === 0 ? "No events" : "Nothing had to be hidden"}>
          <p>
            When a password, a key, a card number or an address comes with an event, it is hidden before it is
            stored, and the event says which rule did it and where. Applications that never log a secret are a
            good reason for an empty list; a rule that is missing is another: try one above.
          </p>
        </Empty>
      ) : (
        <ul aria-label="What was hidden, by rule">
          {groups.map(({ kind, count, rows }) => (
            <li
              key={kind}
              {...ROW}
              className="grid gap-x-4 border-b border-line px-4 py-2 -outline-offset-2 text-s last:border-b-0 sm:grid-cols-[11rem_minmax(0,1fr)]"
            >
              <p className="py-1">
                <span className="font-medium">{kindWord(kind)}</span>{" "}
                <span className="text-muted">{countOf(count, "time")}</span>
              </p>
              <ul className="min-w-0">
                {rows.map((row) => (
                  <Place key={`${row.how} ${row.path} ${row.app}`} row={row} range={range} />
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** How much of what each application sends has to be hidden; none at all may mean that nobody looks for what it has. */
export function HiddenSources({ hidden }: { hidden: Hidden }) {
  if (hidden.sources.length === 0) return null;
  return (
    <Panel title="Applications">
      <div className="overflow-x-auto">
        <table className="w-full text-s">
          <thead>
            <tr className="text-left text-muted">
              <th scope="col" className="px-4 py-2 font-normal">
                Application
              </th>
              <th scope="col" className="px-4 py-2 text-right font-normal">
                Events
              </th>
              <th scope="col" className="px-4 py-2 text-right font-normal">
                With something hidden
              </th>
            </tr>
          </thead>
          <tbody>
            {hidden.sources.map(({ app, events, touched }) => (
              <tr key={app} className="border-t border-line">
                <th scope="row" className="px-4 py-2 text-left font-normal break-all">
                  <Text>{app}</Text>
                </th>
                <td className="px-4 py-2 text-right tabular-nums">{formatCount(events)}</td>
                <td className="px-4 py-2 text-right tabular-nums">
                  {touched === 0 ? <span className="text-muted">none</span> : formatCount(touched)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
