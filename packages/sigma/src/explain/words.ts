// SPDX-License-Identifier: Apache-2.0
import { ANY, toLiteral, type Pattern } from "../pattern.js";
import { writePlain } from "../pipeline/values.js";
import type { CompareOperator, RefMode, Test } from "../types.js";

/** Longer values are cut, so that an explanation stays readable and bounded. */
const MAX_LENGTH = 200;

export function quote(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return JSON.stringify(cut);
}

const COMPARE: Readonly<Record<CompareOperator, string>> = {
  lt: "less than",
  lte: "at most",
  gt: "more than",
  gte: "at least",
  eq: "equal to",
  neq: "other than",
};
const RELATION: Readonly<Record<RefMode, string>> = {
  equals: "is equal to",
  startswith: "begins with",
  endswith: "ends with",
  contains: "contains",
};

/** What a test wants of its field, as the end of a sentence that begins with the field's name. */
export function toWords(test: Test): string {
  switch (test.kind) {
    case "text":
      return patternWords(test.pattern) + (test.cased ? " in exactly this case" : "");
    case "null":
      return "is missing or null";
    case "exists":
      return test.value ? "is present" : "is absent";
    case "regex":
      return `matches the regex ${quote(test.source)}${test.flags === "" ? "" : ` with ${test.flags}`}`;
    case "cidr":
      return `is an address in ${test.network}`;
    case "compare":
      return `${test.part === undefined ? "is" : `has ${test.part === "hour" ? "an" : "a"} ${test.part}`} ${COMPARE[test.operator]} ${test.value}`;
    default:
      return `${RELATION[test.mode]} the field ${test.field}${test.cased ? " in exactly this case" : ""}`;
  }
}

function patternWords(pattern: Pattern): string {
  const literal = toLiteral(pattern);
  if (literal !== undefined) return literal === "" ? "is empty" : `is ${quote(literal)}`;
  const [first, second, third] = pattern;
  if (pattern.length === 1 && first === ANY) return "has a value";
  if (pattern.length === 2 && typeof first === "string" && second === ANY)
    return `begins with ${quote(first)}`;
  if (pattern.length === 2 && first === ANY && typeof second === "string")
    return `ends with ${quote(second)}`;
  if (pattern.length === 3 && first === ANY && typeof second === "string" && third === ANY)
    return `contains ${quote(second)}`;
  return `fits ${quote(writePlain(pattern))}`;
}
