// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Histogram } from "../../shared/api/types.js";
import { incompleteWords, resolvedWords, toAnswer } from "./answer.js";

function counts(success: number, failure = 0, denied = 0, other = 0): Histogram {
  const total = success + failure + denied + other;
  const buckets = [{ t: 0, success, failure, denied, other }];
  return { from: 0, to: 1, bucketMs: 1, buckets, total, complete: true };
}

describe("the answer in words", () => {
  it.each([
    [counts(0), "", "Nothing happened in the last 24 hours."],
    [counts(0), "x", "No event matches in the last 24 hours."],
    [counts(1), "", "1 event in the last 24 hours; all succeeded."],
    [counts(1060, 120, 24), "", "1,204 events in the last 24 hours: 120 failed and 24 were denied."],
    [counts(0, 38), "x", "38 events match in the last 24 hours; all failed."],
    [counts(0, 0, 1), "x", "1 event matches in the last 24 hours; it was denied."],
    [
      counts(2, 1, 1, 1),
      "x",
      "5 events match in the last 24 hours: 1 failed, 1 was denied and 1 had another outcome.",
    ],
  ])("case %#", (histogram, query, words) => expect(toAnswer(histogram, query, {})).toBe(words));

  it("says what an answer may miss", () => {
    expect(incompleteWords({ complete: true, indexed: 5, size: 5 })).toBeUndefined();
    expect(incompleteWords({ complete: false, indexed: 10_200, size: 12_408 })).toContain("10,200 of 12,408");
    expect(incompleteWords({ complete: false, indexed: 5, size: 5 })).toContain("cut by a limit");
  });
});

it("says what was looked for beside what was typed", () => {
  expect(
    resolvedWords([
      { field: "actor.id", as: "alias" },
      { field: "actor.session", as: "token" },
    ]),
  ).toBe(
    "Also found by the alias of actor.id and the tokens of actor.session; that this was looked up is on record.",
  );
});
