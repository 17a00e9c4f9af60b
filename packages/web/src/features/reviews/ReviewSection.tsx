// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import type { Severity } from "../../shared/api/alert-types.js";
import type { Review, ReviewSection as Section } from "../../shared/api/types.js";
import { formatCount } from "../../shared/format.js";
import { LevelWord, SeverityWord } from "../../shared/ui/Grade.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { withTerm } from "../events/query-edit.js";
import { toCountWords, toMissingWords } from "./words.js";

type Period = Review["content"]["period"];
type Group = Section["groups"][number];
type Row = Section["rows"][number];

const isAll = ({ rows, count }: Section) => rows.length === count;

/** Where every event is shown, a count of values that differ says it all once more. */
function isTelling(group: Group, section: Section): boolean {
  return !isAll(section) || group.distinct === 1 || group.top.some(({ count }) => count > 1);
}

/** Alerts have a severity; of events only what is above the ordinary is said. */
function Level({ row }: { row: Row }) {
  if (row.alert === undefined) return row.level === "critical" ? <LevelWord level="critical" /> : null;
  return (
    <span className="mr-1 inline-flex align-bottom">
      <SeverityWord level={row.level as Severity} />
    </span>
  );
}

const LINK = "text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent";

/** What was cut or marked when the review was made cannot be asked for by its text. */
function isWhole(value: string): boolean {
  return !value.endsWith("…") && !/[\u2400-\u2426\ufffd]/.test(value);
}

function Value({
  value,
  field,
  query,
  period,
}: {
  value: string;
  field: string;
  query: string | null;
  period: Period;
}) {
  const shown = <Text>{value}</Text>;
  if (query === null || !isWhole(value)) return <span>{shown}</span>;
  const search = { q: withTerm(query, field, value, "include"), from: period.from, to: period.to };
  return (
    <Link to="/events" search={search} className={LINK}>
      {shown}
    </Link>
  );
}

function Counted({ group, query, period }: { group: Group; query: string | null; period: Period }) {
  const rest = group.distinct - group.top.length;
  return (
    <div className="min-w-0">
      <h3 className="text-s text-muted">
        {group.field}
        {rest > 0 && `, ${formatCount(group.distinct)} different`}
      </h3>
      <ul className="text-s">
        {group.top.map(({ value, count }) => (
          <li key={value} className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3">
            <span className="truncate">
              <Value value={value} field={group.field} query={query} period={period} />
            </span>
            <span className="text-right">{formatCount(count)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Place({ row, period }: { row: Row; period: Period }) {
  if (row.alert !== undefined) {
    return (
      <Link to="/alerts" search={{ alert: row.alert, status: "all" }} className={LINK}>
        alert
      </Link>
    );
  }
  if (row.index === null) return <span className="text-muted">–</span>;
  return (
    <Link
      to="/events"
      search={{ event: row.index, from: period.from, to: period.to }}
      className={`font-mono ${LINK}`}
    >
      {formatCount(row.index)}
    </Link>
  );
}

function Sample({ section, period }: { section: Section; period: Period }) {
  if (section.rows.length === 0) return null;
  return (
    <div className="mt-3">
      <h3 className="text-s text-muted">
        {isAll(section)
          ? "all of them"
          : section.id === "undecided"
            ? `the ${section.rows.length} worst`
            : `the newest ${section.rows.length}`}
      </h3>
      <ul className="text-s">
        {section.rows.map((row, at) => (
          <li
            key={`${at}:${row.index ?? row.alert}`}
            className="grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-3 border-b border-line py-1 last:border-b-0 sm:grid-cols-[4.5rem_6rem_minmax(0,1fr)]"
          >
            <Place row={row} period={period} />
            <span className="text-muted">
              <Ago time={row.at} />
            </span>
            <span className="col-span-2 break-words sm:col-span-1">
              <Level row={row} /> <Text>{row.text}</Text>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What one section found: how much, by whom, a sample, and the way to all of it. */
export function ReviewSection({ section, period }: { section: Section; period: Period }) {
  const { title, query, count, groups, complete, missing } = section;
  const isEmpty = count === 0 && complete;
  const telling = groups.filter((group) => isTelling(group, section));
  return (
    <section
      aria-label={title}
      className={`border-b border-line px-4 last:border-b-0 ${isEmpty ? "py-2" : "py-4"}`}
    >
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className={isEmpty ? "text-s text-muted" : "text-m font-semibold"}>
          {title}
          <span className={isEmpty ? "" : "font-normal"}>: {toCountWords(count)}</span>
        </h2>
        {query !== null && count !== 0 && (
          <Link
            to="/events"
            search={{ q: query, from: period.from, to: period.to }}
            className={`text-s ${LINK}`}
          >
            Show in Events<span className="sr-only">: {title}</span>
          </Link>
        )}
      </div>
      {!complete && <p className="mt-1 text-s font-medium text-medium">{toMissingWords(missing)}</p>}
      {telling.length > 0 && (
        <div className="mt-2 grid gap-x-8 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
          {telling.map((group) => (
            <Counted key={group.field} group={group} query={query} period={period} />
          ))}
        </div>
      )}
      <Sample section={section} period={period} />
    </section>
  );
}
