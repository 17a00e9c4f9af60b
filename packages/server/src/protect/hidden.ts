// SPDX-License-Identifier: Apache-2.0
import type { Completeness, Search } from "../follow/index/search.js";

/** What was hidden at one place of the events of one application. */
export interface HiddenRow {
  readonly kind: string;
  readonly how: string;
  /** Places of a list are one: `targets[*].name`. */
  readonly path: string;
  readonly app: string;
  readonly count: number;
  /** RFC 3339. */
  readonly last: string;
}

/** How much of what an application sent had to be hidden. */
export interface HiddenSource {
  readonly app: string;
  readonly events: number;
  /** Events in which something was hidden. */
  readonly touched: number;
}

export interface Hidden extends Completeness {
  /** The most frequent first. */
  readonly rows: readonly HiddenRow[];
  /** There are more kinds of places than are listed. */
  readonly more: boolean;
  readonly sources: readonly HiddenSource[];
  readonly events: number;
  readonly touched: number;
}

const MOST_ROWS = 1000;
const MOST_SOURCES = 50;
const TOUCHED = "protected.fields.kind:*";
const FIELDS = [
  "protected.fields.kind",
  "protected.fields.how",
  "protected.fields.path",
  "source.app",
] as const;

/** What was hidden in the events that were received in a span of time, from their own manifests. Throws as {@link Search} does. */
export async function findHidden(
  search: Pick<Search, "combinations" | "groups" | "count">,
  range: { from: number; to: number },
): Promise<Hidden> {
  // One after the other: there is room for one search at a time on a small machine.
  const found = await search.combinations({ query: TOUCHED, ...range, fields: FIELDS, limit: MOST_ROWS });
  const all = await search.groups({ query: "", ...range, field: "source.app", limit: MOST_SOURCES });
  const some = await search.groups({ query: TOUCHED, ...range, field: "source.app", limit: MOST_ROWS });
  const events = await search.count({ query: "", ...range });
  const touched = await search.count({ query: TOUCHED, ...range });
  const touchedBy = new Map(some.groups.map(({ value, count }) => [value, count]));
  const incomplete = [found, all, some, events, touched].find(({ complete }) => !complete);
  const { complete, reason, indexed, size } = incomplete ?? touched;
  return {
    rows: merge(found.rows),
    more: found.distinct > found.rows.length,
    sources: all.groups.map(({ value, count }) => ({
      app: value,
      events: count,
      touched: touchedBy.get(value) ?? 0,
    })),
    events: events.total,
    touched: touched.total,
    complete,
    ...(reason === undefined ? {} : { reason }),
    indexed,
    size,
  };
}

/** Rows that differ in the place in a list only become one. */
function merge(
  rows: readonly { values: readonly (string | null)[]; count: number; last: number }[],
): HiddenRow[] {
  const merged = new Map<string, HiddenRow>();
  for (const { values, count, last } of rows) {
    const [kind = "", how = "", path = "", app = ""] = values.map((value) => value ?? "");
    const place = path.replace(/\[\d+\]/g, "[*]");
    const name = JSON.stringify([kind, how, place, app]);
    const before = merged.get(name);
    const at = new Date(last).toISOString();
    merged.set(name, {
      kind,
      how,
      path: place,
      app,
      count: count + (before?.count ?? 0),
      last: before !== undefined && before.last > at ? before.last : at,
    });
  }
  return [...merged.values()].toSorted((a, b) => b.count - a.count);
}
