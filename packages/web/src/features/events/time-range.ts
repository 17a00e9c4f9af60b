// SPDX-License-Identifier: Apache-2.0
// The time range of a search: relative to now, between two instants, or everything. Pure.
import { countOf, formatLocal } from "../../shared/format.js";

export interface TimeRange {
  from?: string | undefined;
  to?: string | undefined;
}

export const DEFAULT_FROM = "-24h";

export const PRESETS: readonly string[] = ["-15m", "-1h", "-4h", "-24h", "-7d", "-30d", "all"];

const UNIT_WORDS = { s: "second", m: "minute", h: "hour", d: "day", w: "week" } as const;
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `-15m` → 900,000; undefined for anything else. */
export function parseRelative(text: string): number | undefined {
  const match = /^-(\d{1,6})([smhdw])$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

/** `-24h` → `24 hours`, `-1h` → `1 hour`. */
function relativeWords(text: string): string {
  const unit = UNIT_WORDS[text.at(-1) as keyof typeof UNIT_WORDS];
  return countOf(Number(text.slice(1, -1)), unit);
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]{5,16}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

export function isRangeBound(value: unknown, start: boolean): value is string {
  if (typeof value !== "string") return false;
  if (isInstant(value)) return true;
  return start && (value === "all" || parseRelative(value) !== undefined);
}

/** The two instants to ask the server for; an absent one is open. */
export function toInstants(range: TimeRange, now: number): { from?: string; to?: string } {
  const from = range.from ?? DEFAULT_FROM;
  const back = parseRelative(from);
  const start = back === undefined ? (from === "all" ? undefined : from) : new Date(now - back).toISOString();
  return {
    ...(start === undefined ? {} : { from: start }),
    ...(range.to === undefined ? {} : { to: range.to }),
  };
}

/** New events can only appear in a range that ends now. */
export function isOpenEnded(range: TimeRange): boolean {
  return range.to === undefined;
}

/** `last 24 hours`, `the whole log`: the label of the button. */
export function rangeLabel(range: TimeRange): string {
  const from = range.from ?? DEFAULT_FROM;
  const back = parseRelative(from);
  if (range.to === undefined) {
    if (from === "all") return "The whole log";
    if (back !== undefined) return `Last ${relativeWords(from)}`.replace("Last 1 ", "Last ");
    return `Since ${shortInstant(from)}`;
  }
  if (from === "all") return `Until ${shortInstant(range.to)}`;
  const start = back === undefined ? shortInstant(from) : `${relativeWords(from)} ago`;
  const end = shortInstant(range.to);
  // Within one day the day is said once.
  return `${start} – ${end.startsWith(start.slice(0, 11)) ? end.slice(11) : end}`;
}

/** The same as part of a sentence: `in the last 24 hours`. */
export function rangeWords(range: TimeRange): string {
  const label = rangeLabel(range);
  if (range.to !== undefined && range.from !== "all") return `between ${label.replace(" – ", " and ")}`;
  if (label === "The whole log") return "in the whole log";
  const words = label.charAt(0).toLowerCase() + label.slice(1);
  return words.startsWith("last") ? `in the ${words}` : words;
}

/** Minutes are enough in a label, unless the range is finer; the zone is the viewer's. */
function shortInstant(instant: string): string {
  const [day = "", clock = ""] = formatLocal(instant).split(" ");
  const seconds = clock.slice(0, 8).endsWith(":00") ? clock.slice(0, 5) : clock.slice(0, 8);
  return `${day} ${seconds}`;
}

/** For `<input type="datetime-local">`: the viewer's local time without zone. */
export function toLocalInput(ms: number): string {
  const [day = "", clock = ""] = formatLocal(ms).split(" ");
  return `${day}T${clock.slice(0, 8)}`;
}

/** The instant of such an input; undefined when it is empty or impossible. */
export function fromLocalInput(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
