// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { ExactSum, sumExactly } from "./exact-sum.js";

const SCALE = 1074n;

/** A number times 2^1074, which is whole for every finite number. */
function toScaled(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = (raw >> 52n) & 0x7ffn;
  const fraction = raw & 0xfffffffffffffn;
  const whole = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return raw >> 63n === 1n ? -whole : whole;
}

/** The number nearest to a scaled whole one, ties to even. */
function toNearest(scaled: bigint): number {
  const magnitude = scaled < 0n ? -scaled : scaled;
  const excess = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  const half = excess === 0n ? 0n : 1n << (excess - 1n);
  let kept = magnitude >> excess;
  const rest = magnitude - (kept << excess);
  if (excess > 0n && (rest > half || (rest === half && (kept & 1n) === 1n))) kept += 1n;
  const number = Number(kept) * 2 ** Number(excess - SCALE > -1000n ? excess - SCALE : -1000n);
  const result = excess - SCALE > -1000n ? number : number * 2 ** Number(excess - SCALE + 1000n);
  return scaled < 0n ? -result : result;
}

const value = fc.oneof(
  fc.double({ min: -1e18, max: 1e18, noNaN: true }),
  fc.constantFrom(0.1, 0.2, 0.3, -0.1, 1e-9, 1e16, 1, -1, 2 ** 53, 2 ** -30),
);

it("is the exact sum, rounded once, whatever came and went", () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), fc.array(value, { maxLength: 30 }), (kept, gone) => {
      const sum = new ExactSum();
      for (const one of gone) sum.add(one);
      for (const one of kept) sum.add(one);
      for (const one of gone) sum.add(-one);
      const exact = kept.reduce((total, one) => total + toScaled(one), 0n);
      expect(sum.value + 0).toBe(toNearest(exact) + 0);
      expect(sumExactly([...kept].reverse()) + 0).toBe(sum.value + 0);
    }),
    { numRuns: 500 },
  );
});

it("ends at nothing", () => {
  const sum = new ExactSum();
  for (const one of [0.1, 1e17, 0.2, -0.1, -1e17, -0.2]) sum.add(one);
  expect(sum.value).toBe(0);
});
