// SPDX-License-Identifier: Apache-2.0
import type { Histogram } from "../../shared/api/types.js";
import { countOf, formatCount, formatSpan, joinWords } from "../../shared/format.js";
import { type Peak, sumClasses } from "./histogram-model.js";
import { rangeWords, type TimeRange } from "./time-range.js";

/** The first line of the page: what happened, in words. */
export function toAnswer(histogram: Histogram, query: string, range: TimeRange): string {
  const filtered = query.trim() !== "";
  const where = rangeWords(range);
  if (histogram.total === 0) return filtered ? `No event matches ${where}.` : `Nothing happened ${where}.`;
  const sums = sumClasses(histogram);
  const events = filtered
    ? `${countOf(histogram.total, "event")} ${histogram.total === 1 ? "matches" : "match"} ${where}`
    : `${countOf(histogram.total, "event")} ${where}`;
  const parts: string[] = [];
  if (sums.failure > 0) parts.push(`${formatCount(sums.failure)} failed`);
  if (sums.denied > 0) parts.push(`${formatCount(sums.denied)} ${sums.denied === 1 ? "was" : "were"} denied`);
  if (sums.other > 0) parts.push(`${formatCount(sums.other)} had another outcome`);
  if (parts.length === 0) return `${events}; all succeeded.`;
  if (sums.other === histogram.total) return `${events}; none of them says success, failure or denial.`;
  if (sums.success === 0 && parts.length === 1) {
    const verb = sums.failure > 0 ? "failed" : histogram.total === 1 ? "was denied" : "were denied";
    return histogram.total === 1 ? `${events}; it ${verb}.` : `${events}; all ${verb}.`;
  }
  return `${events}: ${joinWords(parts)}.`;
}

/** Why an answer may miss something, or undefined when it is whole. */
export function incompleteWords(page: {
  complete: boolean;
  indexed: number;
  size: number;
}): string | undefined {
  if (page.complete) return undefined;
  const behind = page.size - page.indexed;
  if (behind <= 0) return "The answer was cut by a limit: narrow the range or the query to see everything.";
  return `The index has ${formatCount(page.indexed)} of ${formatCount(page.size)} events; the newest ${formatCount(behind)} may be missing here.`;
}

/** The second line: where to look first. `at` is the clock time of the bucket. */
export function peakWords(peak: Peak, bucketMs: number, at: string): string {
  return `Stands out: ${formatCount(peak.count)} failed or denied within ${formatSpan(bucketMs)}, from ${at}`;
}

/** What was looked for beside what was typed. */
export function resolvedWords(resolved: readonly { field: string; as: "alias" | "token" }[]): string {
  const parts = resolved.map(({ field, as }) => `the ${as === "alias" ? "alias" : "tokens"} of ${field}`);
  return `Also found by ${joinWords(parts)}; that this was looked up is on record.`;
}
