// SPDX-License-Identifier: Apache-2.0
import type { EntryValue } from "./aggregate.js";
import { sumExactly } from "./exact-sum.js";
import type { Contributions } from "./extended-aggregate.js";
import { compileField, type FieldValue, type Scalar } from "./field.js";
import type { Firing } from "./fired.js";
import { joinKey, toCombinations } from "./group-key.js";
import { toNumber } from "./read.js";
import type { SigmaCorrelation, WindowAggregate } from "./types.js";

/** The entries that an event makes in a group; none: it does not count there. */
export type EntryReader = (event: object, firings: readonly Firing[]) => readonly EntryValue[];

type Reader = (event: object) => FieldValue;

/** The entry of an event that is only counted. */
const PLAIN: readonly EntryValue[] = Object.freeze([0]);
/** Numbers taken from a list in one event, as for groups. */
const MAX_NUMBERS = 64;
/** Larger numbers count as none: a sum of them would be infinite. */
const MAX_MAGNITUDE = 1e300;

export function entryReader(document: SigmaCorrelation): EntryReader {
  const { type, telltale } = document;
  const readers = document.valueFields.map((field) => compileField(field));
  switch (type) {
    case "event_count":
      return telltale === undefined ? () => PLAIN : extendedReader(telltale.aggregates);
    case "value_count":
      return (event) => readTuples(event, readers);
    case "temporal":
    case "temporal_ordered":
      return (_event, firings) => rolesOf(firings);
    case "value_sum":
      return (event) => {
        const numbers = readNumbers(event, readers[0] as Reader);
        return numbers.length < 2 ? numbers : [sumExactly(numbers)];
      };
    default:
      return (event) => readNumbers(event, readers[0] as Reader);
  }
}

/** Ascending, each once. */
export function rolesOf(firings: readonly Firing[]): readonly number[] {
  const [only] = firings;
  if (only !== undefined && firings.length === 1) return [only.role];
  return [...new Set(firings.map(({ role }) => role))].sort((a, b) => a - b);
}

function readTuples(event: object, readers: readonly Reader[]): string[] {
  const tuples = toCombinations(readers.map((read) => read(event)));
  return [...new Set(tuples.map((values) => joinKey(values)))];
}

/** Numbers and decimal text, of a list each element; all else is no number and does not count. */
function readNumbers(event: object, read: Reader): number[] {
  const value = read(event);
  const scalars = Array.isArray(value) ? (value as readonly Scalar[]) : [value];
  const numbers: number[] = [];
  for (const scalar of scalars) {
    const number = toNumber(scalar);
    if (number === undefined || Math.abs(number) > MAX_MAGNITUDE) continue;
    numbers.push(number);
    if (numbers.length >= MAX_NUMBERS) break;
  }
  return numbers;
}

/** One entry an event, whatever it has: every event counts. */
function extendedReader(aggregates: readonly WindowAggregate[]): EntryReader {
  const parts = aggregates.map(({ kind, fields, rules }) => ({
    kind,
    rules: new Set(rules),
    readers: fields.map((field) => compileField(field)),
  }));
  return (event, firings) => {
    const contributions: Contributions = parts.map(({ kind, rules, readers }) => {
      if (!firings.some(({ role }) => rules.has(role))) return null;
      if (kind === "count") return 1;
      if (kind !== "sum") return readTuples(event, readers);
      const numbers = readNumbers(event, readers[0] as Reader);
      return numbers.length === 0 ? null : sumExactly(numbers);
    });
    return [contributions];
  };
}
