// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import type { IndexRange, Log } from "@telltale/log";
import { SearchError } from "../follow/index/error.js";
import type { Search } from "../follow/index/search.js";
import type { Retain } from "../follow/retain/retain.js";
import { Reviews, type ReviewsOptions } from "./reviews.js";

const DAY_MS = 86_400_000;
const EVERY_MS = 15_000;
const FIRST_MS = 3_000;

export interface OpenReviewsOptions extends Omit<ReviewsOptions, "log" | "now" | "pause" | "searchableFrom"> {
  readonly log: Pick<Log, "origin" | "size" | "checkpoint" | "read"> & {
    readonly pruned: readonly IndexRange[];
  };
  readonly retain: Pick<Retain, "status">;
  readonly onError: (error: Error) => void;
  readonly everyMs?: number;
}

export interface OpenedReviews {
  readonly reviews: Reviews;
  /** Stops looking, and ends a review that is being made: the next start makes it. */
  close(): Promise<void>;
}

/** `received` of the oldest event that can be searched; undefined while nothing was taken out of the search. */
export async function oldestSearchable(
  { log, retain }: Pick<OpenReviewsOptions, "log" | "retain">,
  now: number,
): Promise<number | undefined> {
  if (log.size === 0) return undefined;
  const { searchableFrom, policy } = await retain.status();
  const first = Math.min(log.size - 1, Math.max(searchableFrom, log.pruned.at(-1)?.next ?? 0));
  const { bytes, ends } = await log.read(first, first + 1);
  const line = JSON.parse(bytes.toString("utf8", 0, ends[0])) as { received: string };
  const received = Date.parse(line.received);
  const cutoff = now - policy.searchableDays * DAY_MS;
  if (first > 0) return Math.max(received, cutoff);
  return received < cutoff ? cutoff : undefined;
}

/** A search that answers `search_closed` from the moment `isClosed` says so. */
function untilClosed(search: ReviewsOptions["search"], isClosed: () => boolean): ReviewsOptions["search"] {
  const open = (): Pick<Search, "count" | "groups" | "hits"> => {
    if (isClosed()) throw new SearchError("search_closed", "The server is stopping");
    return search;
  };
  return {
    count: async (request) => open().count(request),
    groups: async (request) => open().groups(request),
    hits: async (request) => open().hits(request),
  };
}

/** Opens the reviews and looks every few seconds at what time has made due. */
export function openReviews(options: OpenReviewsOptions): OpenedReviews {
  let closed = false;
  let looking: Promise<void> | undefined;
  const reviews = new Reviews({
    ...options,
    search: untilClosed(options.search, () => closed),
    searchableFrom: () => oldestSearchable(options, Date.now()),
    now: Date.now,
    pause: async (ms) => {
      await sleep(ms, undefined, { ref: false });
    },
  });
  const onFailure = (error: unknown): void => {
    if (closed && error instanceof SearchError && error.code === "search_closed") return;
    options.onError(error instanceof Error ? error : new Error(String(error)));
  };
  const look = (): void => {
    looking ??= reviews
      .look()
      .catch(onFailure)
      .finally(() => {
        looking = undefined;
      });
  };
  const first = setTimeout(look, FIRST_MS);
  const timer = setInterval(look, options.everyMs ?? EVERY_MS);
  first.unref();
  timer.unref();
  return {
    reviews,
    async close() {
      closed = true;
      clearTimeout(first);
      clearInterval(timer);
      await looking;
    },
  };
}
