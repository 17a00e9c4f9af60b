// SPDX-License-Identifier: Apache-2.0
// Reviews in words. Pure.
import type { ReviewCounts, ReviewSection, ReviewStatus, ReviewSummary } from "../../shared/api/types.js";
import { countOf, formatCount, joinWords } from "../../shared/format.js";
import type { ReviewFilter } from "./search-state.js";

export const STATUS_WORDS: Record<ReviewStatus, string> = {
  open: "to sign",
  overdue: "overdue",
  signed: "signed",
};

export function filterLabel(filter: ReviewFilter): string {
  return { all: "All", open: "To sign", overdue: "Overdue", signed: "Signed" }[filter];
}

const SIGNERS: ReadonlySet<string> = new Set(["owner", "admin", "analyst"]);

/** Whether a role may make, comment and sign; the server decides, this only hides what it would refuse. */
export function maySign(role: string | undefined): boolean {
  return role !== undefined && SIGNERS.has(role);
}

/** The first line of the list: have we looked? */
export function toReviewsAnswer({ open, overdue }: ReviewCounts, newest: ReviewSummary | undefined): string {
  if (newest === undefined) return "Nothing was there to look at yet.";
  if (overdue > 0) {
    const rest = open - overdue;
    const more = rest > 0 ? `, ${countOf(rest, "more waits", "more wait")}` : "";
    return `No: ${countOf(overdue, "review")} ${overdue === 1 ? "is" : "are"} overdue${more}.`;
  }
  if (open > 0)
    return `Not yet: ${countOf(open, "review")} ${open === 1 ? "waits" : "wait"} for a signature.`;
  return `Yes: every review up to ${newest.name} is signed.`;
}

/** What of a review is worth a word in a list: sections that found something, in the order of their weight. */
const SHORT: readonly (readonly [string, string, string])[] = [
  ["undecided", "undecided high-risk alert", "undecided high-risk alerts"],
  ["alerts", "alert", "alerts"],
  ["administrators", "new administrator", "new administrators"],
  ["sign-in-failures", "sign-in failure", "sign-in failures"],
  ["refused", "refusal", "refusals"],
  ["money", "money movement", "money movements"],
  ["anomalies", "anomaly", "anomalies"],
  ["silent-sources", "silence or gap", "silences and gaps"],
];
const SHORT_SHOWN = 4;

export function toFindings(counts: ReviewSummary["counts"]): string {
  const found = SHORT.flatMap(([id, one, many]) => {
    const count = counts[id];
    return count === undefined || count === null || count === 0 ? [] : [countOf(count, one, many)];
  });
  if (found.length === 0) return "nothing of note";
  const rest = found.length - SHORT_SHOWN;
  return [...found.slice(0, SHORT_SHOWN), ...(rest > 0 ? [`${rest} more`] : [])].join(" · ");
}

/** The first line of a review: what is to be looked at. */
export function toReviewAnswer(sections: readonly ReviewSection[]): string {
  const undecided = sections.find(({ id }) => id === "undecided")?.count ?? 0;
  const found = sections.filter(({ count }) => count !== 0);
  if (undecided > 0)
    return `${countOf(undecided, "high-risk alert")} ${undecided === 1 ? "has" : "have"} no decision.`;
  if (found.length === 0) return "Nothing to look at: every section is empty.";
  return `${countOf(found.length, "section")} of ${sections.length} ${found.length === 1 ? "has" : "have"} something to look at.`;
}

const MISSING: Readonly<Record<string, string>> = {
  indexing: "the newest events were not searchable yet",
  pruned: "part of the period is no longer searchable",
  timeout: "a search took too long",
  failed: "a search failed",
  unreadable: "some lines could not be read from the log",
};

export function toMissingWords(missing: readonly string[]): string {
  return `Incomplete: ${joinWords(missing.map((each) => MISSING[each] ?? each))}.`;
}

export function toCountWords(count: number | null): string {
  if (count === null) return "not counted";
  return count === 0 ? "none" : formatCount(count);
}
