// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Histogram } from "../../shared/api/types.js";
import {
  bucketAt,
  describeHistogram,
  findPeak,
  niceCeiling,
  sumClasses,
  toBars,
  toTicks,
} from "./histogram-model.js";

const T0 = Date.UTC(2026, 10, 22, 10);
const MINUTE = 60_000;

function histogram(rows: [number, number, number, number][]): Histogram {
  const buckets = rows.map(([success, failure, denied, other], at) => ({
    t: T0 + at * MINUTE,
    success,
    failure,
    denied,
    other,
  }));
  const total = rows.flat().reduce((sum, each) => sum + each, 0);
  return { from: T0, to: T0 + rows.length * MINUTE, bucketMs: MINUTE, buckets, total, complete: true };
}

describe("histogram", () => {
  it.each([
    [0, 1],
    [7, 7],
    [11, 15],
    [310, 400],
    [1001, 1500],
    [99_999, 100_000],
  ])("tops %d with %d", (value, top) => expect(niceCeiling(value)).toBe(top));

  it("draws every bucket, stacked within the height", () => {
    const { bars, top } = toBars(
      histogram([
        [5, 3, 1, 1],
        [0, 0, 0, 0],
        [1, 0, 0, 0],
      ]),
      300,
      90,
    );
    expect(top).toBe(10);
    expect(bars.map((bar) => bar.x)).toEqual([0, 100, 200]);
    expect(bars[0]?.parts.map((part) => part.name)).toEqual(["success", "failure", "denied", "other"]);
    expect(bars[0]?.parts.at(-1)?.y).toBe(0);
    expect(bars[1]?.parts).toEqual([]);
    expect(bars[2]?.to).toBe(T0 + 3 * MINUTE);
  });

  it("never lets a count vanish", () => {
    const { bars } = toBars(histogram([[1_000_000, 0, 1, 0]]), 100, 90);
    expect(bars[0]?.parts[1]?.height).toBeGreaterThanOrEqual(1);
    expect(bars[0]?.parts[1]?.y).toBeGreaterThanOrEqual(0);
  });

  it("puts ticks on round times with room between them", () => {
    const ticks = toTicks(T0, T0 + 24 * 60 * MINUTE, 960);
    expect(ticks.length).toBeGreaterThan(4);
    for (let i = 1; i < ticks.length; i++) {
      expect((ticks[i]?.x ?? 0) - (ticks[i - 1]?.x ?? 0)).toBeGreaterThanOrEqual(80);
    }
    expect(toTicks(T0, T0, 960)).toEqual([]);
  });

  it("finds the bucket under a pixel, also outside", () => {
    expect(bucketAt(-5, 100, 10)).toBe(0);
    expect(bucketAt(55, 100, 10)).toBe(5);
    expect(bucketAt(500, 100, 10)).toBe(9);
    expect(bucketAt(5, 0, 0)).toBe(0);
  });

  it("sums, describes, and finds what stands out", () => {
    const calm = histogram(Array.from({ length: 10 }, () => [9, 1, 0, 0]));
    expect(sumClasses(calm)).toEqual({ success: 90, failure: 10, denied: 0, other: 0 });
    expect(describeHistogram(calm)).toBe(
      "100 events: 90 success and 10 failure. One bar is 1 minute; the highest has 10 events.",
    );
    expect(findPeak(calm)).toBeUndefined();
    const burst = histogram([
      ...Array.from({ length: 9 }, (): [number, number, number, number] => [9, 1, 0, 0]),
      [2, 60, 3, 0],
    ]);
    expect(findPeak(burst)).toEqual({ from: T0 + 9 * MINUTE, to: T0 + 10 * MINUTE, count: 63, total: 65 });
    expect(describeHistogram(histogram([]))).toContain("No events");
  });
});
