// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "./errors.js";
import {
  readBoolean,
  readMap,
  readNumber,
  readRequired,
  readText,
  readTexts,
  readTimespan,
  refuseUnknownKeys,
} from "./read.js";
import type { Bound, CompareOperator, CorrelationType, SigmaCorrelation } from "./types.js";
import type { MapNode, YamlNode } from "./yaml.js";

const KEYS = new Set(["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"]);
const TYPES: readonly string[] = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
] satisfies CorrelationType[];
const LATER = ["value_sum", "value_avg", "value_percentile", "value_median", "extended_temporal"];
const MAX_RULES = 100;
const MAX_FIELDS = 20;

type CorrelationPart = Pick<
  SigmaCorrelation,
  "type" | "rules" | "groupBy" | "timespan" | "bounds" | "valueFields" | "aliases" | "generate"
>;

/** Reads `correlation` (Sigma Correlation Rules 2.1). What this engine does not do is an error, never an approximation. */
export function parseCorrelation(node: YamlNode, generateAtTop: boolean): CorrelationPart {
  const map = readMap(node);
  refuseUnknownKeys(map, KEYS);
  const type = readType(readRequired(map, "type"));
  const rulesNode = readRequired(map, "rules");
  const rules = readTexts(rulesNode);
  if (rules.length === 0 || rules.length > MAX_RULES)
    throw new SigmaError("bad_value", rulesNode.place, `needs one to ${MAX_RULES} rules`);
  const ordered = type === "temporal" || type === "temporal_ordered";
  if (new Set(rules).size !== rules.length)
    throw new SigmaError("bad_value", rulesNode.place, "names a rule twice");
  const groupNode = map.entries.get("group-by");
  const groupBy = groupNode === undefined ? [] : readTexts(groupNode);
  if (groupNode !== undefined && (groupBy.length > MAX_FIELDS || new Set(groupBy).size !== groupBy.length))
    throw new SigmaError("bad_value", groupNode.place, `needs at most ${MAX_FIELDS} different fields`);
  const conditionNode = map.entries.get("condition");
  if (conditionNode === undefined && !ordered)
    throw new SigmaError("missing_key", map.place, `has no "condition"`);
  const condition =
    conditionNode === undefined
      ? { bounds: [], valueFields: [] }
      : readCondition(conditionNode, type, rules.length);
  const generate = map.entries.get("generate");
  return {
    type,
    rules,
    groupBy,
    timespan: readTimespan(readRequired(map, "timespan")),
    bounds: condition.bounds.length > 0 ? condition.bounds : [{ operator: "gte", value: rules.length }],
    valueFields: condition.valueFields,
    aliases: readAliases(map, groupBy, rules),
    generate: generate === undefined ? generateAtTop : readBoolean(generate),
  };
}

function readType(node: YamlNode): CorrelationType {
  const type = readText(node);
  if (TYPES.includes(type)) return type as CorrelationType;
  const message = LATER.includes(type)
    ? `correlation type "${type}" is not supported yet; supported: ${TYPES.join(", ")}`
    : `unknown correlation type "${type}"; known: ${TYPES.join(", ")}`;
  throw new SigmaError(LATER.includes(type) ? "unsupported" : "bad_value", node.place, message);
}

function readCondition(
  node: YamlNode,
  type: CorrelationType,
  rules: number,
): { bounds: Bound[]; valueFields: string[] } {
  if (node.kind === "scalar")
    throw new SigmaError(
      "unsupported",
      node.place,
      "conditions with and, or, not (Sigma 2.2 draft) are not supported yet",
    );
  const map = readMap(node);
  const bounds: Bound[] = [];
  let valueFields: string[] = [];
  for (const [key, value] of map.entries) {
    if (key === "field" && type === "value_count") valueFields = readTexts(value);
    else if (Object.hasOwn(COMPARE, key))
      bounds.push({ operator: key as CompareOperator, value: readBound(value) });
    else throw new SigmaError("unknown_key", value.place, `"${key}" is not known in a ${type} condition`);
  }
  if (bounds.length === 0 || bounds.length > 2)
    throw new SigmaError("bad_value", node.place, `needs one or two of ${Object.keys(COMPARE).join(", ")}`);
  if (type === "value_count" && (valueFields.length === 0 || valueFields.length > MAX_FIELDS))
    throw new SigmaError("missing_key", node.place, `value_count needs "field"`);
  if (
    !isReachable(
      bounds,
      type === "temporal" || type === "temporal_ordered" ? rules : Number.POSITIVE_INFINITY,
    )
  )
    throw new SigmaError("bad_value", node.place, "can never hold");
  if (
    type === "temporal_ordered" &&
    !(bounds.length === 1 && bounds[0]?.operator === "gte" && bounds[0].value === rules)
  )
    throw new SigmaError(
      "unsupported",
      node.place,
      `temporal_ordered needs all its rules: leave the condition out or write "gte: ${rules}"`,
    );
  return { bounds, valueFields };
}

/** The state kept for one group grows with the threshold, so the threshold is bounded. */
const MAX_THRESHOLD = 10_000;

function readBound(node: YamlNode): number {
  const value = readNumber(node);
  if (value < 0 || value > MAX_THRESHOLD)
    throw new SigmaError("bad_value", node.place, `must be between 0 and ${MAX_THRESHOLD}`);
  return value;
}

/** Tries each whole number near a bound: the truth of a condition changes only there. */
function isReachable(bounds: readonly Bound[], most: number): boolean {
  const candidates = bounds.flatMap(({ value }) => [
    Math.floor(value),
    Math.floor(value) + 1,
    Math.ceil(value) - 1,
  ]);
  return [1, ...candidates].some((count) => count >= 1 && count <= most && holds(bounds, count));
}

/** Whether an aggregate satisfies every bound. */
export function holds(bounds: readonly Bound[], count: number): boolean {
  for (const { operator, value } of bounds) if (!compareNumbers(operator, count, value)) return false;
  return true;
}

const COMPARE: Readonly<Record<CompareOperator, (left: number, right: number) => boolean>> = {
  lt: (left, right) => left < right,
  lte: (left, right) => left <= right,
  gt: (left, right) => left > right,
  gte: (left, right) => left >= right,
  eq: (left, right) => left === right,
  neq: (left, right) => left !== right,
};

export function compareNumbers(operator: CompareOperator, left: number, right: number): boolean {
  return COMPARE[operator](left, right);
}

function readAliases(
  map: MapNode,
  groupBy: readonly string[],
  rules: readonly string[],
): Map<string, Map<string, string>> {
  const aliases = new Map<string, Map<string, string>>();
  const node = map.entries.get("aliases");
  if (node === undefined) return aliases;
  for (const [alias, fieldsNode] of readMap(node).entries) {
    if (!groupBy.includes(alias))
      throw new SigmaError("bad_value", fieldsNode.place, `alias "${alias}" is not used in group-by`);
    const fields = new Map<string, string>();
    for (const [rule, field] of readMap(fieldsNode).entries) {
      if (!rules.includes(rule))
        throw new SigmaError("unknown_rule", field.place, `"${rule}" is not one of the rules`);
      fields.set(rule, readText(field));
    }
    const missing = rules.find((rule) => !fields.has(rule));
    if (missing !== undefined)
      throw new SigmaError(
        "missing_key",
        fieldsNode.place,
        `alias "${alias}" has no field for rule "${missing}"`,
      );
    aliases.set(alias, fields);
  }
  return aliases;
}
