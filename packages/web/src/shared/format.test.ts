// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  countOf,
  cutMiddle,
  formatAgo,
  formatClock,
  formatCompact,
  formatCount,
  formatDuration,
  formatSpan,
  formatUtc,
  joinWords,
} from "./format.js";

const NOW = Date.UTC(2026, 10, 22, 10, 42, 7, 123);

describe("numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [1000, "1,000"],
    [1234567, "1,234,567"],
  ])("separates %d as %s", (value, text) => expect(formatCount(value)).toBe(text));

  it.each([
    [999, "999"],
    [1000, "1k"],
    [12_408, "12.4k"],
    [99_960, "100k"],
    [999_960, "1M"],
    [3_140_000, "3.1M"],
    [2_000_000_000, "2G"],
  ])("fits %d into %s", (value, text) => expect(formatCompact(value)).toBe(text));

  it("counts one and many", () => {
    expect(countOf(1, "event")).toBe("1 event");
    expect(countOf(0, "event")).toBe("0 events");
    expect(countOf(1200, "entry", "entries")).toBe("1,200 entries");
  });
});

describe("times", () => {
  it.each([
    [NOW, "now"],
    [NOW - 999, "now"],
    [NOW + 4000, "now"],
    [NOW - 3000, "3 s ago"],
    [NOW - 61_000, "1 min ago"],
    [NOW - 47 * 3_600_000, "47 h ago"],
    [NOW - 49 * 3_600_000, "2 d ago"],
    [NOW + 7_200_000, "in 2 h"],
  ])("says %d as %s", (time, text) => expect(formatAgo(time, NOW)).toBe(text));

  it("reads RFC 3339 as well as numbers", () => {
    expect(formatAgo("2026-11-22T10:42:00.123Z", NOW)).toBe("7 s ago");
  });

  it("does not stumble over a time that is none", () => {
    expect(formatAgo("yesterday", NOW)).toBe("at an unknown time");
    expect(formatClock("yesterday", NOW)).toBe("–");
    expect(formatUtc("yesterday")).toBe("–");
  });

  it("names the day only when it is another", () => {
    const today = new Date(NOW);
    today.setHours(9, 5, 1, 7);
    expect(formatClock(today.getTime(), today.getTime())).toBe("09:05:01.007");
    expect(formatClock(today.getTime(), today.getTime() + 3 * 86_400_000)).toBe("11-22 09:05:01");
    expect(formatClock(today.getTime(), today.getTime() + 300 * 86_400_000)).toBe("2026-11-22 09:05:01");
  });

  it("gives UTC in full", () => expect(formatUtc(NOW)).toBe("2026-11-22 10:42:07.123 UTC"));

  it("names spans in one unit", () => {
    expect(formatSpan(60_000)).toBe("1 minute");
    expect(formatSpan(900_000)).toBe("15 minutes");
    expect(formatSpan(21_600_000)).toBe("6 hours");
    expect(formatSpan(86_400_000)).toBe("1 day");
    expect(formatDuration(59_999)).toBe("59 s");
  });
});

describe("texts", () => {
  it("cuts long ids in the middle and keeps both ends", () => {
    expect(cutMiddle("0123456789abcdef", 9)).toBe("0123…cdef");
    expect(cutMiddle("short", 9)).toBe("short");
  });

  it("joins words as people do", () => {
    expect(joinWords([])).toBe("");
    expect(joinWords(["a"])).toBe("a");
    expect(joinWords(["a", "b", "c"])).toBe("a, b and c");
  });
});
