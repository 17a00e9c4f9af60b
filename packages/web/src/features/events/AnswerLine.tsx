// SPDX-License-Identifier: Apache-2.0
import { TriangleAlert } from "lucide-react";
import type { EventPage, Histogram } from "../../shared/api/types.js";
import { Skeleton } from "../../shared/ui/controls.js";
import { incompleteWords, toAnswer } from "./answer.js";
import type { TimeRange } from "./time-range.js";

interface AnswerLineProps {
  counts: Histogram | undefined;
  /** The counts are of the search before; the new ones are on their way. */
  stale: boolean;
  filter: TimeRange & { q: string };
  page: EventPage | undefined;
}

/** What happened, in words, before any chart; and what the answer may miss. The height never changes. */
export function AnswerLine({ counts, stale, filter, page }: AnswerLineProps) {
  const missing =
    page === undefined
      ? undefined
      : (incompleteWords(page) ??
        (counts !== undefined && !counts.complete ? "The chart may miss the newest events." : undefined));
  return (
    <div className="flex min-h-19 flex-col justify-center px-4 pt-2 md:min-h-16 md:px-6">
      <h1 className="text-l font-semibold text-balance" aria-live="polite">
        {counts === undefined || stale ? (
          <>
            <span className="sr-only">Counting</span>
            <Skeleton className="h-6 w-lg max-w-full" />
          </>
        ) : (
          toAnswer(counts, filter.q, filter)
        )}
      </h1>
      <p
        className={`flex min-h-5 items-center gap-1.5 text-s ${missing === undefined ? "text-muted" : "text-medium"}`}
        role="status"
      >
        {missing !== undefined && (
          <>
            <TriangleAlert size={13} aria-hidden="true" /> {missing}
          </>
        )}
      </p>
    </div>
  );
}
