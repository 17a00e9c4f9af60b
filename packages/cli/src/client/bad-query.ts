// SPDX-License-Identifier: Apache-2.0
import { neutralize } from "@telltale/event";
import { CliFailure } from "../failure.js";

/** Characters that are shown before and after the place when a query is longer than a line. */
const AROUND = 60;

/**
 * The query in one line and a caret under the place that the server named. `position` is an offset in UTF-16 units; it
 * comes from outside and may be anything.
 */
export function pointAt(query: string, position: number): string[] {
  const at = Math.min(Math.max(Math.trunc(position) || 0, 0), query.length);
  const start = at > AROUND ? at - AROUND : 0;
  const end = Math.min(query.length, at + AROUND);
  const before = `${start > 0 ? "…" : ""}${neutralize(query.slice(start, at))}`;
  const after = `${neutralize(query.slice(at, end))}${end < query.length ? "…" : ""}`;
  // Code points, not units: an emoji takes one place more than a letter, but not two.
  return [`${before}${after}`, `${" ".repeat(Array.from(before).length)}^`];
}

/** Runs a search; a query that the server does not understand is shown with the place. */
export async function withQuery<T>(query: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CliFailure) || error.position === undefined || query === undefined) throw error;
    const hint = "The search language: docs/reference/search.md";
    throw new CliFailure(error.code, error.message, hint, {
      cause: error,
      detail: pointAt(query, error.position),
    });
  }
}
