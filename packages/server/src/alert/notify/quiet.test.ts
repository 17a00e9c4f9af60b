// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseTimeOfDay, quietUntil } from "./quiet.js";

const night = { from: 22 * 60, to: 6 * 60 + 30, zone: "Europe/Berlin" };
const at = (text: string) => Date.parse(text);
const until = (text: string, quiet = night) => {
  const end = quietUntil(quiet, at(text));
  return end === undefined ? undefined : new Date(end).toISOString();
};

it.each([
  ["2026-11-22T20:59:59Z", undefined],
  ["2026-11-22T21:00:00Z", "2026-11-23T05:30:00.000Z"],
  ["2026-11-23T05:29:59Z", "2026-11-23T05:30:00.000Z"],
  ["2026-11-23T05:30:00Z", undefined],
  // The night in which the clock goes forward is an hour shorter; the one in which it goes back longer.
  ["2026-03-28T22:00:00Z", "2026-03-29T04:30:00.000Z"],
  ["2026-10-24T22:00:00Z", "2026-10-25T05:30:00.000Z"],
])("at %s it is quiet until %s", (time, end) => {
  expect(until(time)).toBe(end);
});

it("reads times of the day and nothing else", () => {
  expect(parseTimeOfDay("00:00")).toBe(0);
  expect(parseTimeOfDay("23:59")).toBe(1_439);
  for (const bad of ["24:00", "7:00", "07:60", "", "07:00 ", "0700"])
    expect(parseTimeOfDay(bad)).toBeUndefined();
});

it("ends within a day and an hour, outside the quiet hours or at their next edge", () => {
  const minute = fc.integer({ min: 0, max: 1_439 });
  const zone = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
  );
  fc.assert(
    fc.property(
      minute,
      minute,
      zone,
      fc.date({ min: new Date(2024, 0), max: new Date(2028, 0), noInvalidDate: true }),
      (from, to, name, date) => {
        if (from === to) return;
        const end = quietUntil({ from, to, zone: name }, date.getTime());
        if (end === undefined) return;
        expect(end).toBeGreaterThan(date.getTime());
        expect(end - date.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
      },
    ),
    { numRuns: 60 },
  );
});
