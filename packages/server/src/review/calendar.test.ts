// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTimeZone, lastBoundary, nextBoundary, toWallClock } from "./calendar.js";

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

/** The boundaries of a zone from an instant on. */
function walk(zone: string, hour: number, from: string, count: number): string[] {
  const found: string[] = [];
  for (let ms = at(from); found.length < count; ) {
    ms = nextBoundary(ms, { zone, hour });
    found.push(iso(ms));
  }
  return found;
}

describe("the boundary of a day", () => {
  it("is midnight in UTC by default, inside and outside", () => {
    const boundary = { zone: "UTC", hour: 0 };
    expect(iso(lastBoundary(at("2026-11-22T00:00:00Z"), boundary))).toBe("2026-11-22T00:00:00.000Z");
    expect(iso(lastBoundary(at("2026-11-22T00:00:00Z") - 1, boundary))).toBe("2026-11-21T00:00:00.000Z");
    expect(iso(nextBoundary(at("2026-11-22T00:00:00Z"), boundary))).toBe("2026-11-23T00:00:00.000Z");
  });

  it("makes the day on which clocks go forward 23 hours long, and back 25", () => {
    expect(walk("Europe/Berlin", 0, "2026-03-28T12:00:00Z", 3)).toEqual([
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
      "2026-03-30T22:00:00.000Z",
    ]);
    expect(walk("Europe/Berlin", 0, "2026-10-24T12:00:00Z", 3)).toEqual([
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
      "2026-10-26T23:00:00.000Z",
    ]);
  });

  it("is the jump when the hour is left out, and the first of two when it comes twice", () => {
    // 02:00 does not exist in Berlin on 2026-03-29 and is passed twice on 2026-10-25.
    expect(walk("Europe/Berlin", 2, "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:00:00.000Z",
    ]);
    expect(walk("Europe/Berlin", 2, "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:00:00.000Z",
      "2026-10-26T01:00:00.000Z",
    ]);
    // In Beirut and Havana the clock jumps at midnight itself.
    expect(walk("America/Havana", 0, "2026-03-07T12:00:00Z", 2)).toEqual([
      "2026-03-08T05:00:00.000Z",
      "2026-03-09T04:00:00.000Z",
    ]);
  });

  it("steps over a day that a zone has left out", () => {
    expect(walk("Pacific/Apia", 0, "2011-12-29T01:00:00Z", 3)).toEqual([
      "2011-12-29T10:00:00.000Z",
      "2011-12-30T10:00:00.000Z",
      "2011-12-31T10:00:00.000Z",
    ]);
  });

  it("goes on and on: each follows the other, 20 to 50 hours apart, in any zone at any hour", () => {
    const zones = [
      "UTC",
      "Europe/Berlin",
      "America/Sao_Paulo",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "Pacific/Apia",
      "America/St_Johns",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: at("1971-01-01T00:00:00Z"), max: at("2037-01-01T00:00:00Z") }),
        (zone, hour, ms) => {
          const boundary = { zone, hour };
          const last = lastBoundary(ms, boundary);
          const next = nextBoundary(ms, boundary);
          expect(last).toBeLessThanOrEqual(ms);
          expect(next).toBeGreaterThan(ms);
          expect(nextBoundary(last, boundary)).toBe(next);
          expect(lastBoundary(next - 1, boundary)).toBe(last);
          expect(next - last).toBeGreaterThanOrEqual(20 * 3_600_000);
          expect(next - last).toBeLessThanOrEqual(50 * 3_600_000);
        },
      ),
      { numRuns: 400 },
    );
  });
});

it("knows zones by their names and nothing else", () => {
  expect(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"].every(isTimeZone)).toBe(
    true,
  );
  expect(["", "Berlin", "Europe/Atlantis", "../etc/passwd", "UTC\n", "+01:00"].some(isTimeZone)).toBe(false);
});

it("shows the clock on the wall", () => {
  expect(iso(toWallClock(at("2026-07-01T22:30:15Z"), "Asia/Kathmandu"))).toBe("2026-07-02T04:15:15.000Z");
});
