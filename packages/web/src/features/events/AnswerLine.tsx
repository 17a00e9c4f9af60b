// SPDX-License-Identifier: Apache-2.0
import { TriangleAlert } from "lucide-react";
import type { EventPage, Histogram } from "../../shared/api/types.js";
import { formatClock } from "../../shared/format.js";
import { useNow } from "../../shared/now.js";
import type { EvidenceQuery } from "../../shared/api/client.js";
import { Skeleton } from "../../shared/ui/controls.js";
import { ExportButton } from "../../shared/ui/ExportButton.js";
import { incompleteWords, peakWords, resolvedWords, toAnswer } from "./answer.js";
import { findPeak } from "./histogram-model.js";
import type { TimeRange } from "./time-range.js";

interface AnswerLineProps {
  counts: Histogram | undefined;
  /** The counts are of the search before; the new ones are on their way. */
  stale: boolean;
  filter: TimeRange & { q: string };
  /** Whether Telltale's own reads are hidden, shown on demand, or no matter as the query speaks of them. */
  reads: "hidden" | "shown" | "asked";
  onReads: (shown: boolean) => void;
  page: EventPage | undefined;
  onZoom: (from: number, to: number) => void;
  /** What an export of this search asks for. */
  exported: () => EvidenceQuery;
}

const CHIP =
  "inline-flex min-h-6 items-center gap-1 rounded-full border border-line-strong px-2 text-s whitespace-nowrap text-muted hover:border-accent hover:text-ink";

/** Where to look first, as a way to get there. */
function PeakLink({ counts, onZoom }: { counts: Histogram; onZoom: AnswerLineProps["onZoom"] }) {
  const now = useNow(60_000);
  const peak = findPeak(counts);
  if (peak === undefined) return null;
  const at = formatClock(peak.from, now).replace(/:\d\d(\.\d+)?$/, "");
  return (
    <button
      type="button"
      onClick={() => onZoom(peak.from, peak.to)}
      className="min-h-6 text-left text-accent underline-offset-2 hover:underline"
    >
      {peakWords(peak, counts.bucketMs, at)}
    </button>
  );
}

/** Says what is left out, and brings it back. Nothing is ever hidden without this. */
function ReadsChip({ reads, onReads }: Pick<AnswerLineProps, "reads" | "onReads">) {
  if (reads === "asked") return null;
  const hidden = reads === "hidden";
  return (
    <button
      type="button"
      onClick={() => onReads(hidden)}
      data-tip="Telltale writes down who searches and looks at events (log_searched, log_viewed)"
      className={CHIP}
    >
      Telltale’s own reads {hidden ? "hidden" : "shown"} ·{" "}
      <span className="text-accent">{hidden ? "show" : "hide"}</span>
    </button>
  );
}

/** What happened, in words, before any chart; what stands out; what the answer may miss. The height never changes. */
export function AnswerLine({
  counts,
  stale,
  filter,
  reads,
  onReads,
  page,
  onZoom,
  exported,
}: AnswerLineProps) {
  const missing =
    page === undefined
      ? undefined
      : (incompleteWords(page) ??
        (counts !== undefined && !counts.complete ? "The chart may miss the newest events." : undefined));
  return (
    <div className="min-h-34 px-4 pt-3 md:min-h-24 md:px-6 lg:min-h-17">
      <h1
        className="line-clamp-3 min-h-18 text-m font-semibold md:line-clamp-2 md:min-h-14 md:text-l lg:line-clamp-1 lg:min-h-7"
        aria-live="polite"
      >
        {counts === undefined || stale ? (
          <>
            <span className="sr-only">Counting</span>
            <Skeleton className="h-6 w-lg max-w-full" />
          </>
        ) : (
          toAnswer(counts, filter.q, filter)
        )}
      </h1>
      <div className="flex flex-wrap items-start gap-x-2 md:gap-x-3">
        <ReadsChip reads={reads} onReads={onReads} />
        <ExportButton query={exported} label="Export" className={CHIP} />
        <p
          className="line-clamp-2 min-h-11 min-w-0 text-s text-muted md:line-clamp-1 md:min-h-6"
          role="status"
        >
          {missing !== undefined ? (
            <span className="inline-flex items-baseline gap-1.5 text-medium">
              <TriangleAlert size={13} aria-hidden="true" className="shrink-0 translate-y-0.5" /> {missing}
            </span>
          ) : page?.resolved !== undefined ? (
            resolvedWords(page.resolved)
          ) : (
            counts !== undefined && !stale && <PeakLink counts={counts} onZoom={onZoom} />
          )}
        </p>
      </div>
    </div>
  );
}
