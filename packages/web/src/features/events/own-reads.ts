// SPDX-License-Identifier: Apache-2.0
// Telltale writes down who reads the log. On a quiet system these events are most of what there is to read. Pure.

/** What reading leaves behind: nothing else has these actions, they are reserved. */
const READS = ["log_searched", "log_viewed"];
const PREFIX = "(";

/** Whether a query speaks of Telltale's own events itself: then nothing of them is hidden. */
function speaksOfThem(query: string): boolean {
  return /\blog_|\bvia\b|telltale/i.test(query);
}

/** Whether the reads are hidden for a query, unless they were asked for. */
export function hidesReads(search: { q?: string | undefined; own?: string | undefined }): boolean {
  return search.own !== "1" && !speaksOfThem(search.q ?? "");
}

/** The query that is asked: as typed, without the reads. */
export function withoutReads(query: string): string {
  const rest = READS.map((action) => `NOT action:${action}`).join(" AND ");
  return query.trim() === "" ? rest : `${PREFIX}${query}) AND ${rest}`;
}

/** A place in the query that was asked, as one in the query as typed. */
export function toTypedPosition(position: number, query: string): number {
  return Math.min(Math.max(0, position - PREFIX.length), query.length);
}
