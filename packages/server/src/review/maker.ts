// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Search } from "../follow/index/search.js";
import type { Tables } from "../state/tables.js";
import { type Missing, type ReviewContent, type ReviewKind, toReviewId } from "./content.js";
import { ReviewError } from "./error.js";
import { gatherSection } from "./gather.js";
import { gatherAlerts, gatherUndecided } from "./gather-alerts.js";
import type { Period } from "./schedule.js";
import { SECTIONS } from "./sections.js";

/** The part of the log that a review is made from. */
export interface ReviewLog {
  readonly origin: string;
  readonly size: number;
  checkpoint(): { readonly size: number; readonly root: Buffer };
}

export interface MakerOptions {
  readonly db: Kysely<Tables>;
  readonly log: ReviewLog;
  readonly search: Pick<Search, "count" | "groups" | "hits">;
  readonly rules: () => ReviewContent["rules"];
  /** What the server's own last verification found. */
  readonly integrity: () => ReviewContent["integrity"];
  /** `received` of the oldest event that can be searched, Unix milliseconds; undefined: nothing was removed. */
  readonly searchableFrom: () => Promise<number | undefined>;
  readonly zone: string;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * Gathers what a review says. Stores nothing: whoever dies in the middle makes it again, under the same id.
 *
 * Throws ReviewError `behind` when the search has not reached the end of the period; with `force` it goes on and the
 * sections say so. Throws SearchError `search_closed` when the server stops.
 */
export async function makeContent(
  options: MakerOptions,
  kind: ReviewKind,
  period: Period,
  force: boolean,
): Promise<ReviewContent> {
  const { db, log, search, rules, zone, now, pause } = options;
  // Everything that was received before the end of the period is below this size: it had time to be sealed.
  const { size, root } = log.checkpoint();
  const { indexed } = await search.count({ query: "", from: period.to - 1, to: period.to });
  if (indexed < size && !force)
    throw new ReviewError(
      "behind",
      `The search knows ${indexed} of ${size} events; try again when it has caught up.`,
    );
  const oldest = await options.searchableFrom();
  const gaps: Missing[] = oldest !== undefined && period.from < oldest ? ["pruned"] : [];
  const sections = [await gatherUndecided(db, period), await gatherAlerts(db, period)];
  for (const section of SECTIONS)
    sections.push(await gatherSection(section, period, gaps, { search, pause, needed: size }));
  return {
    v: 1,
    id: toReviewId(log.origin, kind, period),
    kind,
    log: log.origin,
    period: { from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString(), zone },
    made: new Date(now()).toISOString(),
    checkpoint: { size, root: root.toString("base64") },
    indexed: Math.min(indexed, size),
    rules: rules(),
    integrity: options.integrity(),
    sections,
  };
}
