// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBuckets } from "./buckets.js";

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 22);

describe("toBuckets", () => {
  const cases = [
    [60_000, 60, 1000, "second"],
    [3_600_000, 60, 60_000, "minute"],
    [DAY, 60, 1_800_000, "minute"],
    [DAY, 24, 3_600_000, "hour"],
    [10 * DAY, 60, 6 * 3_600_000, "hour"],
    [60 * DAY, 60, DAY, "day"],
    [1, 60, 1000, "second"],
  ] as const;
  test.each(cases)("%i ms in %i bars", (length, wanted, width, unit) => {
    expect(toBuckets(START, START + length, wanted)).toMatchObject({ start: START, width, unit });
  });

  test("weeks start on Monday", () => {
    const { start } = toBuckets(START + 3 * DAY, START + 368 * DAY, 60);
    expect(new Date(start).toUTCString()).toMatch(/^Mon, 23 Nov 2026 00:00:00/);
  });

  test("cover the range with few more bars than wanted", () => {
    fc.assert(
      fc.property(
        fc.nat(4e12),
        fc.integer({ min: 1, max: 4e12 }),
        fc.integer({ min: 1, max: 500 }),
        (from, length, wanted) => {
          const { start, width, count } = toBuckets(from, from + length, wanted);
          expect(start).toBeLessThanOrEqual(from);
          expect(start + width).toBeGreaterThan(from);
          expect(start + width * count).toBeGreaterThanOrEqual(from + length);
          expect(count).toBeLessThanOrEqual(wanted + 1);
        },
      ),
    );
  });
});
