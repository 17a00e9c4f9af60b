// SPDX-License-Identifier: Apache-2.0
import { Link } from "@tanstack/react-router";
import type { ReviewSummary } from "../../shared/api/types.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { ReviewStatusWord } from "./ReviewStatusWord.js";
import { toFindings } from "./words.js";

function When({ review }: { review: ReviewSummary }) {
  if (review.signedAt !== null && review.signedBy !== null) {
    return (
      <>
        by <Text>{review.signedBy}</Text>, <Ago time={review.signedAt} />
      </>
    );
  }
  return (
    <>
      {review.status === "overdue" ? "was due " : "due "}
      <Ago time={review.due} />
    </>
  );
}

export function ReviewRow({ review, current }: { review: ReviewSummary; current: boolean }) {
  const edge = current
    ? "bg-raised before:absolute before:inset-y-0 before:left-0 before:w-0.75 before:bg-accent"
    : "hover:bg-raised/60";
  return (
    <li data-current={current ? "" : undefined}>
      <Link
        to="/reviews/$id"
        params={{ id: review.id }}
        preload={false}
        className={`relative grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 border-b border-line px-4 py-2.5 text-s -outline-offset-2 md:px-6 ${edge}`}
      >
        <span className={`text-m break-words ${review.status === "signed" ? "" : "font-semibold"}`}>
          {review.name}
        </span>
        <span className="pt-0.5 text-right">
          <ReviewStatusWord status={review.status} />
        </span>
        <span className="col-span-2 text-muted sm:col-span-1 sm:truncate">
          {!review.complete && <span className="text-medium">incomplete · </span>}
          {review.kind === "manual" && "made by hand · "}
          {toFindings(review.counts)}
        </span>
        <span className="col-span-2 text-muted sm:col-span-1 sm:text-right">
          <When review={review} />
        </span>
      </Link>
    </li>
  );
}
