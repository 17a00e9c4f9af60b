// SPDX-License-Identifier: Apache-2.0
import type { Erasure, Hidden, HiddenRow } from "../../shared/api/types.js";
import { countOf, formatCount } from "../../shared/format.js";
import { withTerm } from "../events/query-edit.js";

export const RANGES = [
  { id: "24h", word: "Last 24 hours" },
  { id: "7d", word: "Last 7 days" },
] as const;
export type RangeId = (typeof RANGES)[number]["id"];

const SPAN: Record<RangeId, string> = { "24h": "the last 24 hours", "7d": "the last 7 days" };

/** The first line of the page. */
export function toProtectionAnswer(hidden: Hidden, range: RangeId): string {
  const span = SPAN[range];
  if (hidden.events === 0) return `No events came in ${span}.`;
  if (hidden.touched === 0)
    return `Nothing had to be hidden in ${countOf(hidden.events, "event")} of ${span}.`;
  const values = hidden.rows.reduce((sum, { count }) => sum + count, 0);
  const many = hidden.more ? `More than ${countOf(values, "value")}` : countOf(values, "value");
  const were = values === 1 && !hidden.more ? "was" : "were";
  return `${many} ${were} hidden in ${formatCount(hidden.touched)} of ${countOf(hidden.events, "event")} in ${span}.`;
}

/** The rows of one kind, with how often it was hidden in all. */
export interface KindGroup {
  readonly kind: string;
  readonly count: number;
  readonly rows: readonly HiddenRow[];
}

/** By kind, the noisiest first. */
export function toGroups(rows: readonly HiddenRow[]): KindGroup[] {
  const groups = new Map<string, HiddenRow[]>();
  for (const row of rows) {
    const group = groups.get(row.kind);
    if (group === undefined) groups.set(row.kind, [row]);
    else group.push(row);
  }
  return [...groups]
    .map(([kind, own]) => ({ kind, count: own.reduce((sum, { count }) => sum + count, 0), rows: own }))
    .toSorted((a, b) => b.count - a.count);
}

export function kindWord(kind: string): string {
  return kind === "more" ? "more, not listed one by one" : kind.replaceAll("_", " ");
}

const HOW: Readonly<Record<string, string>> = {
  removed: "removed: the name of the field says what it is",
  masked: "masked: its content was recognised",
  tokenized: "replaced by a token: equal values stay equal",
  encrypted: "encrypted: it can be opened with a reason",
  truncated: "cut: the event was too long",
};

/** What was done with a value. */
export function howWords(how: string): string {
  return HOW[how] ?? how;
}

/** The search for the events of a row. */
export function toEventsQuery({ kind, path, app }: HiddenRow): string {
  let query = withTerm("", "protected.kind", kind, "include");
  // Places of a list were joined, so no event has exactly this path.
  if (!path.includes("[*]") && path !== "*") query = withTerm(query, "protected.path", path, "include");
  return app === "" ? query : withTerm(query, "source.app", app, "include");
}

/** What to send of what was pasted: one JSON object is an event, everything else is text. */
export function toPreviewBody(pasted: string): { event: unknown } | { text: string } {
  const trimmed = pasted.trim();
  if (!trimmed.startsWith("{")) return { text: pasted };
  try {
    return { event: JSON.parse(trimmed) as unknown };
  } catch {
    return { text: pasted };
  }
}

/** An example that shows each kind of finding; its secrets open nothing. */
export const EXAMPLE = JSON.stringify(
  {
    action: "authn_login_fail",
    actor: { type: "user", id: "alice", session: "s-7f3a" },
    message: "login with password=correct-horse-9 failed, mail to alice@example.com",
    request: { path: "/login?token=9f8e7d6c5b4a39281706" },
    data: { headers: { authorization: "Bearer 0123456789abcdef0123456789abcdef" }, order: 4711 },
  },
  undefined,
  2,
);

export const ERASURE_WORDS: Record<Erasure["status"], string> = {
  requested: "Waits for another person",
  deferred: "Waits for a legal hold",
  approved: "Being erased",
  done: "Erased",
  cancelled: "Cancelled",
};

/** The first line of the page of erasures: what waits comes before what is done. */
export function toErasuresAnswer(erasures: readonly Erasure[]): string {
  const count = (...statuses: Erasure["status"][]): number =>
    erasures.filter(({ status }) => statuses.includes(status)).length;
  const [open, held, done] = [count("requested"), count("deferred"), count("done")];
  const were = `${countOf(done, "person", "people")} ${done === 1 ? "was" : "were"} erased`;
  if (open + held === 0) return done === 0 ? "Nobody was erased." : `${were}; nothing waits.`;
  const waits = [
    ...(open > 0 ? [`${open} ${open === 1 ? "waits" : "wait"} for another person`] : []),
    ...(held > 0 ? [`${held} ${held === 1 ? "waits" : "wait"} for a legal hold`] : []),
  ].join(", ");
  return done === 0 ? `${waits}.` : `${waits}; ${were}.`;
}
