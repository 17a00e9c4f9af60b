// SPDX-License-Identifier: Apache-2.0
export const FILTERS = ["all", "open", "overdue", "signed"] as const;
export type ReviewFilter = (typeof FILTERS)[number];

export interface ReviewsSearch {
  /** Absent: all of them. */
  status?: ReviewFilter;
}

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseReviewsSearch(raw: Record<string, unknown>): ReviewsSearch {
  const status = FILTERS.find((each) => each === raw["status"]);
  return status === undefined || status === "all" ? {} : { status };
}
