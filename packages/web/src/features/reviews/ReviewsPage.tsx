// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { sessionQuery } from "../../shared/api/queries.js";
import type { ReviewSummary } from "../../shared/api/types.js";
import { useHotkeys } from "../../shared/hotkeys.js";
import { Button, Problem, Skeleton } from "../../shared/ui/controls.js";
import { Choice } from "../../shared/ui/page.js";
import { NoReviews } from "./NoReviews.js";
import { ReviewRow } from "./ReviewRow.js";
import { FILTERS, type ReviewFilter } from "./search-state.js";
import { useMakeReview, useNewestReview, useReviewList, useReviewsSearch } from "./useReviews.js";
import { filterLabel, maySign, toReviewsAnswer } from "./words.js";

const OPTIONS = FILTERS.map((id) => ({ id, word: filterLabel(id) }));

function ListSkeleton() {
  return (
    <div aria-busy="true" aria-label="Loading reviews">
      {Array.from({ length: 8 }, (_, at) => (
        <div key={at} className="flex h-16.5 flex-col justify-center gap-2 border-b border-line px-4 md:px-6">
          <Skeleton className="h-4 w-1/4" />
          <Skeleton className="h-3 w-1/2" />
        </div>
      ))}
    </div>
  );
}

/** The list without the mouse: j and k mark, Enter opens. */
function useListKeys(reviews: readonly ReviewSummary[]): number {
  const [cursor, setCursor] = useState(-1);
  const navigate = useNavigate();
  const step = (by: 1 | -1) => setCursor((at) => Math.min(reviews.length - 1, Math.max(0, at + by)));
  useHotkeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => {
      const review = reviews[cursor];
      if (review !== undefined) void navigate({ to: "/reviews/$id", params: { id: review.id } });
    },
  });
  return cursor;
}

function ReviewList({ filter }: { filter: ReviewFilter }) {
  const { query, reviews } = useReviewList(filter);
  const cursor = useListKeys(reviews);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[cursor]?.scrollIntoView({ block: "nearest" });
  }, [cursor]);
  return (
    <div className="scroll-slim min-h-0 flex-1 overflow-y-auto border-t border-line bg-panel">
      {query.isPending && <ListSkeleton />}
      {query.isError && reviews.length === 0 && (
        <div className="p-4 md:p-6">
          <Problem
            title="The reviews cannot be loaded"
            message={query.error.message}
            retry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isSuccess && reviews.length === 0 && <NoReviews filter={filter} />}
      <ul ref={list} aria-label="Reviews">
        {reviews.map((each, at) => (
          <ReviewRow key={each.id} review={each} current={at === cursor} />
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="p-4 text-center">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {query.isFetchingNextPage ? "Loading…" : "Older reviews"}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Have we looked? */
export function ReviewsPage() {
  const [filter, pick] = useReviewsSearch();
  const { data: newest } = useNewestReview();
  const { data: session } = useQuery(sessionQuery);
  const make = useMakeReview();
  useEffect(() => {
    document.title = "Reviews – Telltale";
  }, []);
  return (
    <div className="flex h-full flex-col">
      <div className="flex min-h-22 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2 md:min-h-18 md:px-6">
        <h1 className="text-m font-semibold text-balance md:text-l" aria-live="polite">
          {newest === undefined ? (
            <Skeleton className="h-6 w-72 max-w-full" />
          ) : (
            toReviewsAnswer(newest.counts, newest.reviews[0])
          )}
        </h1>
        {maySign(session?.user.role) && (
          <Button disabled={make.isPending} onClick={() => make.mutate()}>
            {make.isPending ? "Gathering…" : "Review the last 24 hours"}
          </Button>
        )}
      </div>
      <div className="-mt-1 px-4 pb-1 md:px-6">
        <Choice label="Status" options={OPTIONS} value={filter} onPick={pick} />
      </div>
      <ReviewList key={filter} filter={filter} />
    </div>
  );
}
