// SPDX-License-Identifier: Apache-2.0
import { isRangeBound } from "./time-range.js";

/** What of the events page is in its address. Absent means the default, so a plain `/events` stays plain. */
export interface EventsSearch {
  /** The query, as typed. */
  q?: string;
  /** `-24h` (the default), `all`, or RFC 3339. */
  from?: string;
  /** RFC 3339; absent: now. */
  to?: string;
  /** `0`: live events are held back. */
  live?: "0";
  /** `1`: Telltale's own reading of the log is shown, too. */
  own?: "1";
  /** The log index of the event in the drawer. */
  event?: number;
}

const QUERY_MAX = 4096;

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseEventsSearch(raw: Record<string, unknown>): EventsSearch {
  const search: EventsSearch = {};
  if (typeof raw["q"] === "string" && raw["q"] !== "") search.q = raw["q"].slice(0, QUERY_MAX);
  if (isRangeBound(raw["from"], true)) search.from = raw["from"];
  if (isRangeBound(raw["to"], false)) search.to = raw["to"];
  if (String(raw["live"]) === "0") search.live = "0";
  if (String(raw["own"]) === "1") search.own = "1";
  const event = typeof raw["event"] === "number" ? raw["event"] : Number(raw["event"] ?? Number.NaN);
  if (Number.isSafeInteger(event) && event >= 0) search.event = event;
  return search;
}
