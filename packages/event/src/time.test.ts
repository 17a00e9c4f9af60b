// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTime, parseTime } from "./index.js";

test("a time that a Date writes is one", () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date("0000-01-01T00:00:00Z"),
        max: new Date("9999-12-31T23:59:59.999Z"),
        noInvalidDate: true,
      }),
      (date) => {
        expect(isTime(date.toISOString())).toBe(true);
        expect(parseTime(date.toISOString())).toEqual({ time: date.toISOString(), exact: true });
      },
    ),
  );
});

function upTo(max: number, width: number): fc.Arbitrary<string> {
  return fc.nat({ max }).map((n) => String(n).padStart(width, "0"));
}

test("isTime knows which dates exist, as a Date does", () => {
  const parts = fc.tuple(
    upTo(2100, 4),
    upTo(13, 2),
    upTo(32, 2),
    upTo(24, 2),
    upTo(61, 2),
    upTo(61, 2),
    upTo(999, 3),
  );
  fc.assert(
    fc.property(parts, ([year, month, day, hour, minute, second, ms]) => {
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
      const date = new Date(text);
      expect(isTime(text)).toBe(!Number.isNaN(date.getTime()) && date.toISOString() === text);
    }),
    { numRuns: 5000 },
  );
});

describe("parseTime reads", () => {
  test.each([
    ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000Z", true],
    ["2026-11-22t10:00:00.5z", "2026-11-22T10:00:00.500Z", true],
    ["2026-11-22 10:00:00,1234Z", "2026-11-22T10:00:00.123Z", false],
    ["2026-11-22T10:00:00.123000Z", "2026-11-22T10:00:00.123Z", true],
    ["2026-11-22T00:30:00+01:00", "2026-11-21T23:30:00.000Z", false],
    ["2026-11-22T10:00:00-0730", "2026-11-22T17:30:00.000Z", false],
    ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z", false],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z", true],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", true],
  ])("%s", (text, time, exact) => {
    expect(parseTime(text)).toEqual({ time, exact });
  });

  test.each([
    "",
    "2026-11-22",
    "2026-11-22T10:00:00",
    "2026-13-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T10:60:00Z",
    "2026-11-22T10:00:61Z",
    "2026-11-22T10:00:00+24:00",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+01:00",
    "Nov 22 10:00:00",
    `2026-11-22T10:00:00.${"1".repeat(100_000)}Z`,
  ])("but not %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
    expect(isTime(text)).toBe(false);
  });
});
