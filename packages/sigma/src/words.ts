// SPDX-License-Identifier: Apache-2.0
import type { Bound, CompareOperator, RuleCondition, SigmaCorrelation } from "./types.js";

const OPERATORS: Readonly<Record<CompareOperator, string>> = {
  lt: "less than",
  lte: "at most",
  gt: "more than",
  gte: "at least",
  eq: "exactly",
  neq: "anything but",
};

const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1_000, "s"],
];

/** `at least 3 and less than 9`. */
export function boundsInWords(bounds: readonly Bound[]): string {
  return bounds.map(({ operator, value }) => `${OPERATORS[operator]} ${value}`).join(" and ");
}

/** `10m`, in the largest unit that it is a whole number of. */
export function spanInWords(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms % each === 0) ?? [1, "ms"];
  return `${ms / size}${unit}`;
}

/** What the condition compares. */
export function figureInWords({ type, valueFields, percentile }: SigmaCorrelation): string {
  const fields = valueFields.join(", ");
  switch (type) {
    case "event_count":
      return "events";
    case "value_count":
      return `different values of ${fields}`;
    case "value_sum":
      return `the sum of ${fields}`;
    case "value_avg":
      return `the average of ${fields}`;
    case "value_percentile":
      return `percentile ${percentile} of ${fields}`;
    case "value_median":
      return `the median of ${fields}`;
    default:
      return "different rules of its list";
  }
}

/** `login and not mfa`. */
export function ruleConditionInWords(condition: RuleCondition, rules: readonly string[]): string {
  if (condition.op === "rule") return rules[condition.rule] ?? "";
  if (condition.op === "not") return `not ${inParentheses(condition.arg, rules)}`;
  return condition.args.map((arg) => inParentheses(arg, rules)).join(` ${condition.op} `);
}

function inParentheses(condition: RuleCondition, rules: readonly string[]): string {
  const words = ruleConditionInWords(condition, rules);
  return condition.op === "and" || condition.op === "or" ? `(${words})` : words;
}

/** The whole condition of a correlation in one line. */
export function correlationInWords(document: SigmaCorrelation): string {
  const { type, rules, condition, bounds, groupBy, timespan, telltale } = document;
  let wanted = `${figureInWords(document)}: ${boundsInWords(bounds)}`;
  if (condition !== undefined) wanted = ruleConditionInWords(condition, rules);
  else if (type === "temporal_ordered") wanted = rules.join(", then ");
  const names = (telltale?.aggregates ?? []).map(({ name }) => name);
  const more = (telltale?.where ?? []).map(
    ({ aggregate, of, bounds: limits }) =>
      `, ${names[aggregate]}${of === undefined ? "" : `/${names[of]}`}: ${boundsInWords(limits)}`,
  );
  const per = groupBy.length === 0 ? "" : ` for one ${groupBy.join(", ")}`;
  return `${wanted}${more.join("")} within ${spanInWords(timespan)}${per}`;
}
