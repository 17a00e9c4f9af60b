// SPDX-License-Identifier: Apache-2.0
import type { ReviewFilter } from "./search-state.js";
import { filterLabel } from "./words.js";

/** No reviews: what one is, when it comes, and how to have one now. */
export function NoReviews({ filter }: { filter: ReviewFilter }) {
  if (filter !== "all") {
    return (
      <p className="px-4 py-10 text-muted md:px-6">
        No review is {filterLabel(filter).toLowerCase()}. Choose “All” to see the others.
      </p>
    );
  }
  return (
    <div className="px-4 py-10 md:px-6">
      <p className="font-medium">No review yet.</p>
      <p className="mt-1 max-w-prose text-muted">
        After each day Telltale gathers what somebody should have looked at: privileged actions, new
        administrators, failed sign-ins, refused access, money movements, alerts with their verdicts,
        anomalies, sources that fell silent, and who read the log. A person opens it, comments, and signs. The
        signature is an event of the log with a proof, and a review that nobody signs in time becomes an
        alert.
      </p>
      <p className="mt-3 max-w-prose text-muted">
        The first one comes after the day has ended. To see one now, review the last 24 hours.
      </p>
    </div>
  );
}
