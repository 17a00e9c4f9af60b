// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { duePeriods } from "./schedule.js";

const UTC = { zone: "UTC", hour: 0 };
const at = (text: string): number => Date.parse(text);
const due = (since: string, until: string, boundary = UTC, atMost?: number) =>
  duePeriods(at(since), at(until), boundary, atMost).map(
    ({ from, to }) =>
      `${new Date(from).toISOString().slice(0, 16)} ${new Date(to).toISOString().slice(0, 16)}`,
  );

describe("periods that are due", () => {
  it("are none before the day has ended, and one the moment it has", () => {
    expect(due("2026-11-22T00:00:00Z", "2026-11-22T23:59:59.999Z")).toEqual([]);
    expect(due("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z")).toEqual([
      "2026-11-22T00:00 2026-11-23T00:00",
    ]);
  });

  it("are one for each missed day after a week", () => {
    const week = due("2026-11-22T00:00:00Z", "2026-11-29T08:00:00Z");
    expect(week).toHaveLength(7);
    expect(week[0]).toBe("2026-11-22T00:00 2026-11-23T00:00");
    expect(week[6]).toBe("2026-11-28T00:00 2026-11-29T00:00");
  });

  it("are bounded after a year, and the first covers what is older", () => {
    const year = due("2025-11-22T00:00:00Z", "2026-11-22T08:00:00Z", UTC, 3);
    expect(year).toEqual([
      "2025-11-22T00:00 2026-11-20T00:00",
      "2026-11-20T00:00 2026-11-21T00:00",
      "2026-11-21T00:00 2026-11-22T00:00",
    ]);
  });

  it("go on where the last ended when the zone or hour was changed", () => {
    expect(due("2026-11-22T00:00:00Z", "2026-11-23T12:00:00Z", { zone: "Asia/Tokyo", hour: 6 })).toEqual([
      "2026-11-22T00:00 2026-11-22T21:00",
    ]);
  });

  it("are none for a clock that was set back", () => {
    expect(due("2099-01-01T00:00:00Z", "2026-11-22T00:00:00Z")).toEqual([]);
  });

  it("leave nothing out and overlap nowhere, whenever they are asked for", () => {
    const start = at("2026-03-20T12:34:56Z");
    const boundary = { zone: "Europe/Berlin", hour: 2 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 * 86_400_000 }), { maxLength: 12 }), (steps) => {
        let now = start;
        let covered = start;
        for (const step of steps) {
          now += step;
          for (const { from, to } of duePeriods(covered, now, boundary)) {
            expect(from).toBe(covered);
            expect(to).toBeGreaterThan(from);
            expect(to).toBeLessThanOrEqual(now);
            covered = to;
          }
          expect(now - covered).toBeLessThan(26 * 3_600_000);
        }
      }),
    );
  });
});
