// SPDX-License-Identifier: Apache-2.0

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** Natural logarithm of the gamma function for x ≥ 0.5 (Lanczos, g = 7, n = 9; relative error below 1e-13). */
export function logGamma(x: number): number {
  const z = x - 1;
  let sum = 0.9999999999998099;
  for (const [i, each] of LANCZOS.entries()) sum += each / (z + i + 1);
  const t = z + LANCZOS.length - 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Terms of a tail's sum after which the rest no longer matters. */
const MAX_TERMS = 400;

/** The negative binomial as (r, p): mean r(1-p)/p. A variance at or below the mean is Poisson, with r very large. */
function shape(mean: number, variance: number): { r: number; p: number } {
  const m = Math.max(mean, 1e-3);
  const v = Math.max(variance, m * 1.0001);
  return { r: (m * m) / (v - m), p: m / v };
}

function logPmf(k: number, r: number, p: number): number {
  // For a small r the reflection would be needed; shifting by one keeps the argument in the range of logGamma.
  const logGammaR = r < 0.5 ? logGamma(r + 1) - Math.log(r) : logGamma(r);
  const logGammaKR = k + r < 0.5 ? logGamma(k + r + 1) - Math.log(k + r) : logGamma(k + r);
  return logGammaKR - logGammaR - logGamma(k + 1) + r * Math.log(p) + k * Math.log1p(-p);
}

/** log10 of the chance of `count` or more under a negative binomial of this mean and variance; at most 0. */
export function logUpperTail(count: number, mean: number, variance: number): number {
  if (count <= 0) return 0;
  const { r, p } = shape(mean, variance);
  // Below the mean the terms grow first and the sum is near one anyway.
  if (count <= mean) return 0;
  let term = 1;
  let sum = 1;
  for (let k = count; k < count + MAX_TERMS && term > 1e-6 * sum; k++) {
    term *= ((k + r) / (k + 1)) * (1 - p);
    sum += term;
  }
  return Math.min(0, (logPmf(count, r, p) + Math.log(sum)) / Math.LN10);
}

/** log10 of the chance of `count` or fewer under a negative binomial of this mean and variance; at most 0. */
export function logLowerTail(count: number, mean: number, variance: number): number {
  if (count >= mean) return 0;
  const { r, p } = shape(mean, variance);
  let term = 1;
  let sum = 1;
  for (let k = count; k > 0 && term > 1e-6 * sum; k--) {
    term *= k / ((k - 1 + r) * (1 - p));
    sum += term;
  }
  return Math.min(0, (logPmf(count, r, p) + Math.log(sum)) / Math.LN10);
}

/** The least count whose upper tail is below 10^`logChance`. */
export function upperLimit(mean: number, variance: number, logChance: number): number {
  let low = Math.ceil(mean);
  let high = low + 8;
  while (logUpperTail(high, mean, variance) > logChance && high < 1e9) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (logUpperTail(middle, mean, variance) > logChance) low = middle;
    else high = middle;
  }
  return high;
}

/** Middle and spread of a few numbers, neither moved by a few wild ones. */
export interface Robust {
  median: number;
  /** Median absolute deviation, scaled to be a standard deviation of a normal distribution. */
  sigma: number;
  /** A quarter of the numbers are below it. */
  low: number;
  max: number;
}

const MAD_TO_SIGMA = 1.4826;

/** Undefined of no numbers. */
export function robust(values: readonly number[]): Robust | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const median = middleOf(sorted);
  const deviations = sorted.map((each) => Math.abs(each - median)).sort((a, b) => a - b);
  return {
    median,
    sigma: MAD_TO_SIGMA * middleOf(deviations),
    low: sorted[sorted.length >> 2]!,
    max: sorted.at(-1)!,
  };
}

function middleOf(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
