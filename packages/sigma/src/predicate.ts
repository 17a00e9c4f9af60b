// SPDX-License-Identifier: Apache-2.0
import { parseNetwork } from "./cidr.js";
import type { Context, Texts } from "./context.js";
import { compareNumbers } from "./bounds.js";
import type { Place } from "./errors.js";
import type { FieldValue, Scalar } from "./field.js";
import { compilePattern } from "./pattern.js";
import { toNumber } from "./read.js";
import { compileRegex } from "./regex.js";
import { toTimePart } from "./time-part.js";
import type { RefMode, Test } from "./types.js";

/** A question about the event in the context. */
export type Predicate = (context: Context) => boolean;

/** Compiles one test of one field. Several values in the field: any of them satisfies it. */
export function compileTest(context: Context, field: string | null, test: Test, place: Place): Predicate {
  const slot = context.slot(field);
  switch (test.kind) {
    case "text": {
      const matches = compilePattern(test.pattern, test.cased);
      return test.cased ? anyText(slot, matches) : anyFolded(slot, matches);
    }
    case "regex":
      return anyText(slot, compileRegex(test, place));
    case "cidr":
      return anyText(slot, parseNetwork(test.network) ?? (() => false));
    case "null":
      return (on) => isNull(on.value(slot));
    case "exists":
      return (on) => (on.value(slot) !== undefined) === test.value;
    case "compare": {
      const { operator, value, part } = test;
      return anyValue(slot, (scalar) => {
        const number = part === undefined ? toNumber(scalar) : toTimePart(scalar, part);
        return number !== undefined && compareNumbers(operator, number, value);
      });
    }
    default:
      return compileReference(slot, context.slot(test.field), test.mode, test.cased);
  }
}

/** Missing, null, or an array that holds nothing or a null (specification 2.1, "Special Field Values"). */
export function isNull(value: FieldValue): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && (value.length === 0 || value.includes(null));
}

export function anyFolded(slot: number, matches: (text: string) => boolean): Predicate {
  return (on) => some(on.folded(slot), matches);
}

function anyText(slot: number, matches: (text: string) => boolean): Predicate {
  return (on) => some(on.text(slot), matches);
}

function some(texts: Texts, matches: (text: string) => boolean): boolean {
  if (typeof texts === "string") return matches(texts);
  if (texts === undefined) return false;
  for (const text of texts) if (matches(text)) return true;
  return false;
}

function anyValue(slot: number, matches: (value: Scalar) => boolean): Predicate {
  return (on) => {
    const value = on.value(slot);
    if (value === undefined) return false;
    if (!Array.isArray(value)) return matches(value as Scalar);
    for (const one of value as readonly Scalar[]) if (matches(one)) return true;
    return false;
  };
}

const RELATIONS: Readonly<Record<RefMode, (left: string, right: string) => boolean>> = {
  equals: (left, right) => left === right,
  startswith: (left, right) => left.startsWith(right),
  endswith: (left, right) => left.endsWith(right),
  contains: (left, right) => left.includes(right),
};

/** True when both fields are there and any pair of their values stands in the relation. */
function compileReference(slot: number, other: number, mode: RefMode, cased: boolean): Predicate {
  const relation = RELATIONS[mode];
  return (on) => {
    const lefts = cased ? on.text(slot) : on.folded(slot);
    const rights = cased ? on.text(other) : on.folded(other);
    return some(lefts, (left) => some(rights, (right) => relation(left, right)));
  };
}
