// SPDX-License-Identifier: Apache-2.0
import { toText, type FieldValue, type Scalar } from "./field.js";
import { hashText } from "./fingerprint.js";

/** An event whose group-by fields hold lists joins a group for each combination, up to this many. */
const MAX_COMBINATIONS = 64;
/** Longer values are cut and end in a hash, so that a sender cannot fill the state with megabytes. */
const MAX_VALUE = 256;
const KEPT = 200;

function toKeyTexts(value: FieldValue): string[] {
  if (value === undefined || value === null) return [];
  const scalars = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
  const texts = new Set<string>();
  for (const scalar of scalars) {
    const text = toText(scalar);
    if (text !== undefined)
      texts.add(text.length > MAX_VALUE ? `${text.slice(0, KEPT)}…#${hashText(text)}` : text);
    if (texts.size >= MAX_COMBINATIONS) break;
  }
  return [...texts];
}

/** True for what can be a key as it is. */
export function isShortText(value: FieldValue): value is string {
  return typeof value === "string" && value.length <= MAX_VALUE;
}

/** Every combination of the fields' values; none when a field is missing, null or a nested object. */
export function toCombinations(values: readonly FieldValue[]): string[][] {
  let combinations: string[][] = [[]];
  for (const value of values) {
    if (isShortText(value)) {
      for (const combination of combinations) combination.push(value);
      continue;
    }
    const texts = toKeyTexts(value);
    if (texts.length === 0) return [];
    combinations = combinations.flatMap((combination) => texts.map((text) => [...combination, text]));
    if (combinations.length > MAX_COMBINATIONS) combinations.length = MAX_COMBINATIONS;
  }
  return combinations;
}

/** The values in one string. Injective: the separator is escaped inside values. */
export function joinKey(values: readonly string[]): string {
  const [only] = values;
  if (only !== undefined && values.length === 1) return escapeKey(only);
  return values.map(escapeKey).join("|");
}

function escapeKey(value: string): string {
  if (!value.includes("|") && !value.includes("\\")) return value;
  return value.replaceAll(/[|\\]/g, "\\$&");
}
