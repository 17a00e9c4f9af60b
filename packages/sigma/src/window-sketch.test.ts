// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isSavedSketch, WindowSketch } from "./window-sketch.js";

/** Five standard errors: a change of the hash that breaks the estimate is seen, chance is not. */
const MOST_ERROR = 5 * 0.023;

describe("WindowSketch", () => {
  it("is within its stated error of the exact number, in every window", () => {
    const errors: number[] = [];
    for (const total of [100, 1000, 3000, 10_000, 100_000]) {
      const sketch = new WindowSketch(1000);
      for (let i = 0; i < total; i++) sketch.add(`value ${i}`, (i * 1000) / total);
      for (const share of [1, 0.5, 0.1]) {
        const exact = Math.round(total * share);
        if (exact < 100) continue;
        // Values later than this: the newest `exact` ones.
        const after = ((total - exact - 0.5) * 1000) / total;
        errors.push(Math.abs(sketch.estimate(after) - exact) / exact);
      }
    }
    expect(Math.max(...errors)).toBeLessThan(MOST_ERROR);
    const squares = errors.reduce((sum, one) => sum + one * one, 0);
    expect(Math.sqrt(squares / errors.length)).toBeLessThan(0.035);
  });
  it("counts a value once, and late ones where they belong", () => {
    const sketch = new WindowSketch(10_000);
    for (let round = 0; round < 5; round++)
      for (let i = 0; i < 2000; i++) sketch.add(`v${i}`, round * 1000 + i / 10);
    expect(Math.abs(sketch.estimate(-1) - 2000) / 2000).toBeLessThan(MOST_ERROR);
    for (let i = 0; i < 2000; i++) sketch.add(`late ${i}`, 500);
    expect(Math.abs(sketch.estimate(-1) - 4000) / 4000).toBeLessThan(MOST_ERROR);
    expect(Math.abs(sketch.estimate(600) - 2000) / 2000).toBeLessThan(MOST_ERROR);
  });
  it("stays small and can be saved", () => {
    const sketch = new WindowSketch(1000);
    for (let i = 0; i < 200_000; i++) sketch.add(`v${i}`, i / 100);
    expect(sketch.size).toBeLessThan(2048 * 2 * 12);
    const saved = JSON.parse(JSON.stringify(sketch.save())) as unknown;
    expect(isSavedSketch(saved)).toBe(true);
    if (isSavedSketch(saved))
      expect(new WindowSketch(1000, saved).estimate(1500)).toBe(sketch.estimate(1500));
    expect(isSavedSketch([[1]])).toBe(false);
  });
});
