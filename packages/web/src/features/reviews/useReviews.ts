// SPDX-License-Identifier: Apache-2.0
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { ApiError, api } from "../../shared/api/client.js";
import { statusQuery } from "../../shared/api/queries.js";
import type { Review } from "../../shared/api/types.js";
import { say } from "../../shared/ui/toast.js";
import type { ReviewFilter, ReviewsSearch } from "./search-state.js";

const PAGE = 30;
const REFRESH_MS = 30_000;

export function useReviewsSearch(): [ReviewFilter, (filter: ReviewFilter) => void] {
  const { status = "all" }: ReviewsSearch = useSearch({ from: "/app/reviews" });
  const navigate = useNavigate({ from: "/reviews" });
  const change = useCallback(
    (next: ReviewFilter) => void navigate({ search: next === "all" ? {} : { status: next } }),
    [navigate],
  );
  return [status, change];
}

export function useReviewList(filter: ReviewFilter) {
  const query = useInfiniteQuery({
    queryKey: ["reviews", filter],
    queryFn: ({ pageParam }) =>
      api.reviews({
        limit: PAGE,
        ...(filter === "all" ? {} : { status: filter }),
        ...(pageParam === "" ? {} : { cursor: pageParam }),
      }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: REFRESH_MS,
  });
  const reviews = useMemo(() => query.data?.pages.flatMap((page) => page.reviews) ?? [], [query.data]);
  return { query, reviews };
}

/** The newest review of all, for the first line; whatever is filtered. */
export function useNewestReview() {
  return useQuery({
    queryKey: ["reviews", "newest"],
    queryFn: () => api.reviews({ limit: 1 }),
    refetchInterval: REFRESH_MS,
  });
}

/** One review. Opening it is an event, so it is not fetched again by itself. */
export function useReview(id: string) {
  return useQuery({ queryKey: ["review", id], queryFn: () => api.review(id), staleTime: 60_000 });
}

/** Writes down a review that a deed has changed, and asks anew for what counts reviews. */
function useChanged() {
  const client = useQueryClient();
  return useCallback(
    (review: Review) => {
      client.setQueryData(["review", review.id], review);
      void client.invalidateQueries({ queryKey: ["reviews"] });
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
    },
    [client],
  );
}

function explain(what: string, error: unknown): void {
  const why = error instanceof ApiError ? error.message : "Something unexpected happened.";
  say(`${what}: ${why}`, "problem");
}

/** Makes the review of the last 24 hours and goes to it. */
export function useMakeReview() {
  const changed = useChanged();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => api.makeReview({ from: "-24h", to: "now" }),
    onSuccess: (review) => {
      changed(review);
      void navigate({ to: "/reviews/$id", params: { id: review.id } });
    },
    onError: (error) => explain("Not made", error),
  });
}

export function useReviewDeeds(id: string) {
  const changed = useChanged();
  const client = useQueryClient();
  const comment = useMutation({
    mutationFn: (text: string) => api.commentReview(id, text),
    onSuccess: changed,
    onError: (error) => explain("Not kept", error),
  });
  const sign = useMutation({
    mutationFn: (body: { statement: string; contentSha256: string }) => api.signReview(id, body),
    onSuccess: changed,
    onError: (error) => {
      explain("Not signed", error);
      // Somebody else was first: show it.
      if (error instanceof ApiError && error.code === "conflict")
        void client.invalidateQueries({ queryKey: ["review", id] });
    },
  });
  return { comment, sign };
}
