// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { ReviewSection, ReviewSummary } from "../../shared/api/types.js";
import { parseReviewsSearch } from "./search-state.js";
import { maySign, toFindings, toMissingWords, toReviewAnswer, toReviewsAnswer } from "./words.js";

const newest = { name: "2026-11-22" } as ReviewSummary;
const section = (id: string, count: number | null): ReviewSection => ({
  id,
  title: id,
  query: null,
  count,
  complete: true,
  missing: [],
  groups: [],
  rows: [],
});

describe("have we looked?", () => {
  it.each([
    [{ open: 0, overdue: 0 }, "Yes: every review up to 2026-11-22 is signed."],
    [{ open: 1, overdue: 0 }, "Not yet: 1 review waits for a signature."],
    [{ open: 3, overdue: 0 }, "Not yet: 3 reviews wait for a signature."],
    [{ open: 1, overdue: 1 }, "No: 1 review is overdue."],
    [{ open: 4, overdue: 2 }, "No: 2 reviews are overdue, 2 more wait."],
  ])("%j", (counts, words) => {
    expect(toReviewsAnswer(counts, newest)).toBe(words);
  });

  it("is no yes while there is nothing", () => {
    expect(toReviewsAnswer({ open: 0, overdue: 0 }, undefined)).toBe("Nothing was there to look at yet.");
  });
});

it("says what a review found, the weightiest first, and not more than fits", () => {
  expect(toFindings({})).toBe("nothing of note");
  expect(toFindings({ money: 0, alerts: null })).toBe("nothing of note");
  expect(toFindings({ money: 1200, undecided: 1 })).toBe(
    "1 undecided high-risk alert · 1,200 money movements",
  );
  const many = { undecided: 1, alerts: 2, administrators: 1, "sign-in-failures": 3, money: 1, anomalies: 2 };
  expect(toFindings(many)).toMatch(/ · 2 more$/);
});

it("leads a review with what nobody has decided", () => {
  expect(toReviewAnswer([section("undecided", 2), section("money", 1)])).toBe(
    "2 high-risk alerts have no decision.",
  );
  expect(toReviewAnswer([section("undecided", 0), section("money", null), section("record", 0)])).toBe(
    "1 section of 3 has something to look at.",
  );
  expect(toReviewAnswer([section("undecided", 0)])).toBe("Nothing to look at: every section is empty.");
});

it("says what is missing, also what it has no words for", () => {
  expect(toMissingWords(["pruned", "odd"])).toBe(
    "Incomplete: part of the period is no longer searchable and odd.",
  );
});

it("reads addresses that anybody may have written", () => {
  expect(parseReviewsSearch({ status: "overdue" })).toEqual({ status: "overdue" });
  for (const status of ["all", "x", "__proto__", 1, null]) expect(parseReviewsSearch({ status })).toEqual({});
});

it("lets those sign who decide", () => {
  expect(["owner", "admin", "analyst"].every(maySign)).toBe(true);
  expect(["auditor", "viewer", "", undefined].some(maySign)).toBe(false);
});
