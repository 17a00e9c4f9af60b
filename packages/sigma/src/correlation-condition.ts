// SPDX-License-Identifier: Apache-2.0
import { isReachable, isReachableByCount, OPERATORS, speakOfAbsence } from "./bounds.js";
import { SigmaError } from "./errors.js";
import { readMap, readNumber, readTexts } from "./read.js";
import { parseRuleCondition } from "./rule-condition.js";
import type { Bound, CompareOperator, CorrelationType, SigmaCorrelation } from "./types.js";
import type { MapNode, YamlNode } from "./yaml.js";

const MAX_FIELDS = 20;
/** The state kept for one group grows with the threshold, so the threshold is bounded. */
const MAX_THRESHOLD = 10_000;
/** Beyond what is counted exactly a sketch counts, which does not grow. */
const MAX_VALUES = 1_000_000;
/** Thresholds of sums and averages: larger numbers are not whole any more. */
const MAX_NUMBER = 1e15;

type ConditionPart = Pick<SigmaCorrelation, "bounds" | "valueFields" | "percentile" | "condition">;

/** Types that aggregate the numbers of a field. */
export function isNumeric(type: CorrelationType): boolean {
  return (
    type === "value_sum" || type === "value_avg" || type === "value_percentile" || type === "value_median"
  );
}

export function isTemporal(type: CorrelationType): boolean {
  return type === "temporal" || type === "temporal_ordered";
}

/** Reads `condition` of a correlation: bounds, or for temporal types rules with and, or, not. */
export function readCondition(map: MapNode, type: CorrelationType, rules: readonly string[]): ConditionPart {
  const node = map.entries.get("condition");
  if (node === undefined) {
    if (!isTemporal(type)) throw new SigmaError("missing_key", map.place, `has no "condition"`);
    return { bounds: [{ operator: "gte", value: rules.length }], valueFields: [] };
  }
  if (node.kind === "scalar") {
    if (isTemporal(type))
      return { bounds: [], valueFields: [], condition: parseRuleCondition(node, type, rules) };
    throw new SigmaError("wrong_type", node.place, `a ${type} condition is a map, as in { gte: 10 }`);
  }
  return readBounds(node, type, rules.length);
}

function readBounds(node: YamlNode, type: CorrelationType, rules: number): ConditionPart {
  const bounds: Bound[] = [];
  let valueFields: string[] = [];
  let percentile: number | undefined;
  for (const [key, value] of readMap(node).entries) {
    if (key === "field" && type.startsWith("value_")) valueFields = readTexts(value);
    else if (key === "percentile" && type === "value_percentile") percentile = readPercentile(value);
    else if (OPERATORS.includes(key))
      bounds.push({ operator: key as CompareOperator, value: readLimit(value, type) });
    else throw new SigmaError("unknown_key", value.place, `"${key}" is not known in a ${type} condition`);
  }
  if (bounds.length === 0 || bounds.length > 2)
    throw new SigmaError("bad_value", node.place, `needs one or two of ${OPERATORS.join(", ")}`);
  requireFields(node, type, valueFields, percentile);
  requireReachable(node, type, bounds, rules);
  return { bounds, valueFields, ...(percentile !== undefined && { percentile }) };
}

function requireFields(
  node: YamlNode,
  type: CorrelationType,
  fields: readonly string[],
  percentile: number | undefined,
): void {
  if (type.startsWith("value_") && (fields.length === 0 || fields.length > MAX_FIELDS))
    throw new SigmaError("missing_key", node.place, `${type} needs "field"`);
  if (isNumeric(type) && fields.length !== 1)
    throw new SigmaError("bad_value", node.place, `${type} speaks of one field`);
  if (type === "value_percentile" && percentile === undefined)
    throw new SigmaError("missing_key", node.place, `value_percentile needs "percentile", 0 to 100`);
}

function requireReachable(
  node: YamlNode,
  type: CorrelationType,
  bounds: readonly Bound[],
  rules: number,
): void {
  const reachable = isNumeric(type)
    ? isReachable(bounds)
    : isReachableByCount(
        bounds,
        speakOfAbsence(bounds) ? 0 : 1,
        isTemporal(type) ? rules : Number.POSITIVE_INFINITY,
      );
  if (!reachable) throw new SigmaError("bad_value", node.place, "can never hold");
  if (
    type === "temporal_ordered" &&
    !(bounds.length === 1 && bounds[0]?.operator === "gte" && bounds[0].value === rules)
  )
    throw new SigmaError(
      "unsupported",
      node.place,
      `temporal_ordered needs all its rules: leave the condition out or write "gte: ${rules}"`,
    );
}

function readLimit(node: YamlNode, type: CorrelationType): number {
  const value = readNumber(node);
  const [least, most] = isNumeric(type)
    ? [-MAX_NUMBER, MAX_NUMBER]
    : [0, type === "value_count" ? MAX_VALUES : MAX_THRESHOLD];
  if (value < least || value > most)
    throw new SigmaError("bad_value", node.place, `must be between ${least} and ${most}`);
  return value;
}

function readPercentile(node: YamlNode): number {
  const value = readNumber(node);
  if (value < 0 || value > 100) throw new SigmaError("bad_value", node.place, "must be between 0 and 100");
  return value;
}
