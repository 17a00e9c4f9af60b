// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "../error.js";

/** Indexes from `first` on, without `next`. */
export interface EvidenceRange {
  first: number;
  next: number;
}

/** Ascending indexes, each once, as ranges. */
export function toRanges(indices: Iterable<number>): EvidenceRange[] {
  const ranges: EvidenceRange[] = [];
  let last: EvidenceRange | undefined;
  for (const index of indices) {
    if (last?.next === index) last.next++;
    else {
      last = { first: index, next: index + 1 };
      ranges.push(last);
    }
  }
  return ranges;
}

/** The indexes of ranges, one after another. */
export function* indicesOf(ranges: readonly EvidenceRange[]): Generator<number> {
  for (const { first, next } of ranges) for (let index = first; index < next; index++) yield index;
}

export function countOf(ranges: readonly EvidenceRange[]): number {
  return ranges.reduce((sum, { first, next }) => sum + next - first, 0);
}

/** "3", "3 to 7", "3 to 7 and 9"; at most `most` of them are named. */
export function describeRanges(ranges: readonly EvidenceRange[], most = 5): string {
  const named = ranges
    .slice(0, most)
    .map(({ first, next }) => (next - first === 1 ? `${first}` : `${first} to ${next - 1}`));
  if (ranges.length > most) named.push(`${ranges.length - most} more ranges`);
  const last = named.pop() ?? "none";
  return named.length === 0 ? last : `${named.join(", ")} and ${last}`;
}

/** `[[first, next], …]` in ascending order without overlap. Throws `bad_evidence`. */
export function parseRanges(value: unknown, what: string): EvidenceRange[] {
  if (!Array.isArray(value)) throw new MerkleError("bad_evidence", `${what} is no list of ranges`);
  let before = 0;
  return value.map((each: unknown) => {
    const [first, next, ...more]: unknown[] = Array.isArray(each) ? each : [];
    const isRange =
      typeof first === "number" &&
      typeof next === "number" &&
      Number.isSafeInteger(first) &&
      Number.isSafeInteger(next) &&
      more.length === 0 &&
      first >= before &&
      next > first;
    if (!isRange) throw new MerkleError("bad_evidence", `${what} is no list of ascending ranges`);
    before = next;
    return { first, next };
  });
}
