// SPDX-License-Identifier: Apache-2.0
import type { ReviewStatus } from "../../shared/api/types.js";
import { STATUS_WORDS } from "./words.js";

const COLOUR: Record<ReviewStatus, string> = {
  open: "font-medium text-ink",
  overdue: "font-semibold text-critical",
  signed: "text-muted",
};

/** A ring, a ring with a clock's hand, a tick: a shape beside the word. */
export function ReviewStatusWord({ status }: { status: ReviewStatus }) {
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap ${COLOUR[status]}`}>
      <svg viewBox="0 0 12 12" width="11" height="11" aria-hidden="true" className="shrink-0">
        {status === "signed" ? (
          <path d="M1.5 6.4l3 3 6-6.6" fill="none" stroke="currentColor" strokeWidth="1.8" />
        ) : (
          <circle cx="6" cy="6" r="4.8" fill="none" stroke="currentColor" strokeWidth="1.6" />
        )}
        {status === "overdue" && (
          <path d="M6 3v3.2h2.4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        )}
      </svg>
      {STATUS_WORDS[status]}
    </span>
  );
}
