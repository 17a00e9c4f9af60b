// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logGamma, logLowerTail, logUpperTail, robust, upperLimit } from "./tail.js";

/** P(X = k) of a Poisson distribution, summed the plain way. */
function poissonUpper(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return 1 - below;
}

describe("tails", () => {
  test("logGamma is that of factorials", () => {
    let factorial = 1;
    for (let n = 1; n < 20; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 9);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9);
  });
  test("with the variance of a Poisson distribution they are its tails", () => {
    for (const [count, mean] of [
      [10, 4],
      [20, 12],
      [3, 1],
    ] as const)
      expect(10 ** logUpperTail(count, mean, mean)).toBeCloseTo(poissonUpper(count, mean), 3);
    expect(10 ** logLowerTail(0, 5, 5)).toBeCloseTo(Math.exp(-5), 4);
  });
  test("nothing of a geometric distribution: 1/(1+m)", () => {
    expect(10 ** logLowerTail(0, 9, 90)).toBeCloseTo(0.1, 6);
  });
  test("a higher count is never likelier; more spread is never less likely far out; the limit is where it says", () => {
    const means = fc.double({ min: 0, max: 5000, noNaN: true });
    fc.assert(
      fc.property(
        means,
        fc.double({ min: 1, max: 20, noNaN: true }),
        fc.integer({ min: 0, max: 20_000 }),
        (mean, factor, count) => {
          const variance = mean * factor + 0.1;
          const here = logUpperTail(count, mean, variance);
          expect(here).toBeLessThanOrEqual(0);
          expect(here).not.toBeNaN();
          expect(logUpperTail(count + 1, mean, variance)).toBeLessThanOrEqual(here + 1e-9);
          expect(logLowerTail(count, mean, variance)).toBeLessThanOrEqual(0);
          const limit = upperLimit(mean, variance, -6);
          expect(logUpperTail(limit, mean, variance)).toBeLessThanOrEqual(-6);
          expect(logUpperTail(limit - 1, mean, variance)).toBeGreaterThan(-6);
        },
      ),
    );
  });
  test("one wild number moves neither the middle nor the spread", () => {
    expect(robust([])).toBeUndefined();
    expect(robust([5])).toEqual({ median: 5, sigma: 0, low: 5, max: 5 });
    const calm = robust([10, 11, 12, 13, 14])!;
    const wild = robust([10, 11, 12, 13, 99_999])!;
    expect(wild.median).toBe(calm.median);
    expect(wild.sigma).toBe(calm.sigma);
    expect(robust([4, 1, 3, 2])).toMatchObject({ median: 2.5, low: 2, max: 4 });
  });
});
