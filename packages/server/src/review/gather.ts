// SPDX-License-Identifier: Apache-2.0
import { neutralize, type SecurityEvent, toSentence } from "@telltale/event";
import { SearchError } from "../follow/index/error.js";
import type { Completeness, Hit, Search } from "../follow/index/search.js";
import type { Missing, ReviewGroup, ReviewRow, ReviewSection } from "./content.js";
import type { Period } from "./schedule.js";
import type { SectionQuery } from "./sections.js";

/** Values shown of a group, events shown of a section, characters of one text. */
export const REVIEW_LIMITS = { top: 10, rows: 10, chars: 300 } as const;

/** Searches of people go first: one of ours that found no room waits and asks again, this often. */
const BUSY_TRIES = 20;
const BUSY_MS = 500;

export interface GatherOptions {
  readonly search: Pick<Search, "count" | "groups" | "hits">;
  readonly pause: (ms: number) => Promise<void>;
  /** Size of the log when the making began: all events of the period are below it. */
  readonly needed: number;
}

/** Cuts a text that somebody else wrote, without tearing a character, and makes what deceives visible. */
export function toShown(text: string): string {
  const chars = Array.from(neutralize(text.slice(0, REVIEW_LIMITS.chars * 2)));
  return chars.length <= REVIEW_LIMITS.chars
    ? chars.join("")
    : `${chars.slice(0, REVIEW_LIMITS.chars).join("")}…`;
}

/** An anomaly says itself what was unusual, which no general sentence can; only Telltale writes such events. */
function toText(event: SecurityEvent): string {
  const own = event.action.startsWith("anomaly_") ? event.message : undefined;
  return toShown(own ?? toSentence(event));
}

function toRow({ index, line }: Hit): ReviewRow {
  const event = JSON.parse(line) as SecurityEvent;
  return { index, at: event.received, level: event.level, text: toText(event) };
}

/** What an answer did not cover, collected over the answers of a section. */
class Gaps {
  readonly #found = new Set<Missing>();
  readonly #needed: number;

  constructor(needed: number) {
    this.#needed = needed;
  }

  add(reason: Missing): void {
    this.#found.add(reason);
  }

  look<T extends Completeness>(answer: T): T {
    // What came after the period may be missing.
    const isBehind = answer.reason === "indexing" && answer.indexed < this.#needed;
    if (answer.reason !== undefined && (answer.reason !== "indexing" || isBehind))
      this.#found.add(answer.reason);
    return answer;
  }

  get list(): Missing[] {
    return [...this.#found].sort();
  }
}

/**
 * Asks the search for one section. A search that fails leaves its part empty and the section incomplete, so that one
 * hard question does not cost the whole review. Throws SearchError `search_closed` when the server stops.
 */
export async function gatherSection(
  { id, title, query, groupBy }: SectionQuery,
  { from, to }: Period,
  gaps: readonly Missing[],
  options: GatherOptions,
): Promise<ReviewSection> {
  const { search } = options;
  const missing = new Gaps(options.needed);
  for (const gap of gaps) missing.add(gap);
  const range = { query, from, to };
  const count = await attempt(() => search.count(range), missing, options);
  const groups: ReviewGroup[] = [];
  let rows: ReviewRow[] = [];
  if (count?.total !== 0) {
    for (const field of groupBy) {
      const answer = await attempt(
        () => search.groups({ ...range, field, limit: REVIEW_LIMITS.top }),
        missing,
        options,
      );
      if (answer === undefined || answer.distinct === 0) continue;
      const top = answer.groups.map(({ value, count }) => ({ value: toShown(value), count }));
      groups.push({ field, distinct: answer.distinct, top });
    }
    const hits = await attempt(() => search.hits({ ...range, limit: REVIEW_LIMITS.rows }), missing, options);
    rows = hits?.hits.map(toRow) ?? [];
  }
  const list = missing.list;
  return {
    id,
    title,
    query,
    count: count?.total ?? null,
    complete: list.length === 0,
    missing: list,
    groups,
    rows,
  };
}

async function attempt<T extends Completeness>(
  ask: () => Promise<T>,
  missing: Gaps,
  { pause }: GatherOptions,
): Promise<T | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return missing.look(await ask());
    } catch (error) {
      if (!(error instanceof SearchError) || error.code === "search_closed") throw error;
      if (error.code === "search_busy" && tries < BUSY_TRIES) {
        await pause(BUSY_MS);
        continue;
      }
      missing.add(error.code === "search_failed" ? "failed" : "timeout");
      return undefined;
    }
  }
}
