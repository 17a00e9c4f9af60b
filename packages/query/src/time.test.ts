// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { toMilliseconds, toPeriod } from "./time.js";

const NOW = Date.UTC(2026, 10, 22, 10, 30, 15, 123); // a Sunday

function period(text: string): [string, string] | undefined {
  const found = toPeriod(text, NOW);
  return found && [new Date(found.start).toISOString(), new Date(found.end).toISOString()];
}

describe("toPeriod success", () => {
  const cases = [
    ["2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["2026-02", "2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"],
    ["2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z"],
    ["2026-11-22T10:00", "2026-11-22T10:00:00.000Z", "2026-11-22T10:01:00.000Z"],
    ["2026-11-22 10:00:05", "2026-11-22T10:00:05.000Z", "2026-11-22T10:00:06.000Z"],
    ["2026-11-22T10:00:05.1Z", "2026-11-22T10:00:05.100Z", "2026-11-22T10:00:05.101Z"],
    ["2026-11-22T10:00+02:00", "2026-11-22T08:00:00.000Z", "2026-11-22T08:01:00.000Z"],
    ["0001-01-01", "0001-01-01T00:00:00.000Z", "0001-01-02T00:00:00.000Z"],
    ["now", "2026-11-22T10:30:15.123Z", "2026-11-22T10:30:15.124Z"],
    ["now-24h", "2026-11-21T10:30:15.123Z", "2026-11-21T10:30:15.124Z"],
    ["now-1d+2h", "2026-11-21T12:30:15.123Z", "2026-11-21T12:30:15.124Z"],
    ["now/d", "2026-11-22T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
    ["now/w", "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
    ["now-1h/h", "2026-11-22T09:00:00.000Z", "2026-11-22T10:00:00.000Z"],
  ] as const;
  test.each(cases)("%s", (text, start, end) => {
    expect(period(text)).toEqual([start, end]);
  });

  test("stays within what every engine holds", () => {
    expect(period("now-999999w")?.[0]).toBe("0001-01-01T00:00:00.000Z");
  });
});

describe("toPeriod failure", () => {
  const cases = [
    "",
    "yesterday",
    "2026-13",
    "2026-02-30",
    "2026-11-22T24:00",
    "2026-11-22T10:60",
    "26-11-22",
    "2026-11-22T10",
    "2026-11-22T10:00+25:00",
    "now-",
    "now-1y",
    "now-1d-",
    "now+1d+1d+1d+1d+1d",
    "now/ms",
    "0000-01-01",
    "now-9999999d",
  ];
  test.each(cases)("%s", (text) => {
    expect(toPeriod(text, NOW)).toBeUndefined();
  });
});

test("toMilliseconds reads only the form that events are sealed with", () => {
  expect(toMilliseconds("2026-11-22T10:30:15.123Z")).toBe(NOW);
  for (const text of ["2026-11-22", "2026-11-22T10:30:15Z", "2026-02-30T00:00:00.000Z", "x", 5, null]) {
    expect(toMilliseconds(text)).toBeUndefined();
  }
});
