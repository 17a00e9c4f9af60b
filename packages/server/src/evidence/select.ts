// SPDX-License-Identifier: Apache-2.0
import { ApiError } from "../errors.js";
import type { AlertStore } from "../alert/alert.js";
import type { Search } from "../follow/index/search.js";

/** What a bundle shall hold: the events that a query finds, those of an alert, or one. */
export type Wanted =
  | { kind: "query"; query: string; from?: number; to?: number }
  | { kind: "alert"; id: string }
  | { kind: "index"; index: number };

/** Where these events stand. */
export interface Selected {
  /** Ascending, each once. */
  indices: number[];
  /** More was found than was asked for. */
  limited: boolean;
  /** False when the newest events were not searchable yet, or the time was up. */
  complete: boolean;
}

export interface SelectParts {
  search: Pick<Search, "hits">;
  alerts: Pick<AlertStore, "get">;
  log: { readonly size: number };
}

const PAGE = 1_000;
/** A search that runs out of time again and again has an end. */
const MAX_PAGES = 200;

async function selectByQuery(
  { search }: SelectParts,
  wanted: Wanted & { kind: "query" },
  limit: number,
): Promise<Selected> {
  const { kind: _, ...request } = wanted;
  const found: number[] = [];
  let complete = true;
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const rest = limit - found.length;
    const answer = await search.hits({
      ...request,
      // One more than fits says whether anything was left out.
      limit: Math.min(PAGE, rest + 1),
      ...(cursor === null ? {} : { cursor }),
    });
    found.push(...answer.hits.map(({ index }) => index));
    // A search that was cut short goes on at `next`; whatever else it lacks is lacking in the bundle, too.
    complete &&= answer.complete || answer.reason === "timeout";
    if (found.length > limit) return toSelected(found.slice(0, limit), { limited: true, complete });
    if (answer.next === null || answer.next === cursor)
      return toSelected(found, { limited: false, complete });
    cursor = answer.next;
  }
  return toSelected(found, { limited: false, complete: false });
}

function toSelected(indices: readonly number[], flags: Omit<Selected, "indices">): Selected {
  return { indices: [...new Set(indices)].sort((a, b) => a - b), ...flags };
}

/** The indexes of what is wanted, the newest `limit` of them. ApiError `not_found` for an alert that there is not. */
export async function selectEvents(parts: SelectParts, wanted: Wanted, limit: number): Promise<Selected> {
  if (wanted.kind === "query") return selectByQuery(parts, wanted, limit);
  if (wanted.kind === "index") return toSelected([wanted.index], { limited: false, complete: true });
  const alert = await parts.alerts.get(wanted.id);
  if (alert === undefined) throw new ApiError("not_found", { message: "There is no alert with this id." });
  const indices = toSelected(
    alert.evidence.filter((index) => index < parts.log.size),
    { limited: false, complete: true },
  ).indices;
  // An alert remembers so many events and counts the others.
  return { indices: indices.slice(-limit), limited: indices.length > limit, complete: true };
}
