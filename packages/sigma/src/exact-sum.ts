// SPDX-License-Identifier: Apache-2.0

/**
 * A running sum without rounding errors: numbers may be taken away again, and the result is the exact sum of those that are
 * left, rounded once. So it depends on what is in it and not on the order or on what was in it before, and a state that was
 * restored says the same as one that went on. Shewchuk's expansion: non-overlapping parts, smallest first.
 */
export class ExactSum {
  readonly #parts: number[] = [];

  /** Takes a number in; its negative takes it out. Magnitudes above 1e300 are not for it. */
  add(value: number): void {
    const parts = this.#parts;
    let sum = value;
    let kept = 0;
    for (let i = 0; i < parts.length; i++) {
      let part = parts[i] as number;
      if (Math.abs(sum) < Math.abs(part)) [sum, part] = [part, sum];
      const high = sum + part;
      const low = part - (high - sum);
      if (low !== 0) parts[kept++] = low;
      sum = high;
    }
    parts.length = kept;
    if (sum !== 0) parts.push(sum);
  }

  clear(): void {
    this.#parts.length = 0;
  }

  /** The exact sum, rounded to the nearest number, ties to even. */
  get value(): number {
    const parts = this.#parts;
    let i = parts.length - 1;
    let high = parts[i] ?? 0;
    let low = 0;
    while (i > 0) {
      const before = high;
      const part = parts[--i] as number;
      high = before + part;
      low = part - (high - before);
      if (low !== 0) break;
    }
    // Half-way cases are decided by what lies below.
    const next = i > 0 ? (parts[i - 1] as number) : 0;
    if ((low < 0 && next < 0) || (low > 0 && next > 0)) {
      const double = low * 2;
      const rounded = high + double;
      if (double === rounded - high) high = rounded;
    }
    return high;
  }
}

/** The sum of a list, exact but for one rounding. */
export function sumExactly(values: Iterable<number>): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value;
}
