// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { backoffMs, parseRetryAfter } from "./backoff.js";

describe("backoffMs", () => {
  test("doubles up to thirty seconds, half of it random", () => {
    const lowest = [1, 2, 3, 4, 7, 8, 9, 1000].map((failures) => backoffMs(failures, undefined, () => 0));
    expect(lowest).toEqual([125, 250, 500, 1000, 8000, 15_000, 15_000, 15_000]);
    expect(backoffMs(1, undefined, () => 1)).toBe(250);
    expect(backoffMs(1000, undefined, () => 1)).toBe(30_000);
  });

  test("waits at least as long as asked, five minutes at most", () => {
    expect(backoffMs(1, 2000, () => 0)).toBe(2000);
    expect(backoffMs(1, 2000, () => 1)).toBe(2200);
    expect(backoffMs(1, 0, () => 0)).toBe(125);
    expect(backoffMs(1, 1e12, () => 0)).toBe(300_000);
  });
});

test.each([
  ["120", 120_000],
  [" 0 ", 0],
  ["Sun, 22 Nov 2026 10:00:05 GMT", 5000],
  ["Sun, 22 Nov 2026 09:00:00 GMT", 0],
  ["soon", undefined],
  ["-5x", undefined],
  [undefined, undefined],
  [null, undefined],
])("Retry-After %j", (value, expected) => {
  expect(parseRetryAfter(value, Date.parse("2026-11-22T10:00:00Z"))).toBe(expected);
});
