// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "../errors.js";
import { toNumber, readRequired, readText, readTexts } from "../read.js";
import { compileRegex } from "../regex.js";
import { hasWildcard } from "../pattern.js";
import type { SigmaLevel } from "../types.js";
import type { MapNode, ScalarNode, YamlNode } from "../yaml.js";
import type { FieldCondition, ItemCondition, RuleCondition, Subject, TestNode } from "./pipeline.js";
import { testsOf } from "./rewrite.js";
import { writePlain } from "./values.js";

/** A kind of condition: its own keys beside `type`, and how it is read. `needsDetection`: cannot be asked while placeholders are filled in. */
export interface ConditionType<T> {
  readonly keys: readonly string[];
  readonly needsDetection?: boolean;
  read(map: MapNode): T;
}

/** Regexes of pipelines hold where the text begins, as Python's `match`. */
function atStart(node: YamlNode): (text: string) => boolean {
  const source = readText(node);
  compileRegex({ source, flags: "" }, node.place);
  return compileRegex({ source: `\\A(?:${source})`, flags: "" }, node.place);
}

function readScalar(node: YamlNode): ScalarNode {
  if (node.kind !== "scalar")
    throw new SigmaError("wrong_type", node.place, "must be text, a number or null");
  return node;
}

function optional(map: MapNode, key: string): YamlNode | undefined {
  return map.entries.get(key);
}

/** The log source is the given one or more specific; keys that are left out do not matter. */
function logsource(map: MapNode): RuleCondition {
  const wanted = (["category", "product", "service"] as const).flatMap((key) => {
    const node = optional(map, key);
    return node === undefined ? [] : [[key, readText(node)] as const];
  });
  if (wanted.length === 0)
    throw new SigmaError("missing_key", map.place, "needs category, product or service");
  return ({ rules }) => rules.some((rule) => wanted.every(([key, value]) => rule.logsource[key] === value));
}

function someTest(subject: Subject, holds: (test: TestNode) => boolean): boolean {
  return subject.rules.some((rule) => testsOf(rule.detection).some(holds));
}

function containsField(map: MapNode): RuleCondition {
  const field = readText(readRequired(map, "field"));
  return (subject) => someTest(subject, (test) => test.field === field);
}

function containsDetectionItem(map: MapNode): RuleCondition {
  const field = readText(readRequired(map, "field"));
  const holds = isValue(readScalar(readRequired(map, "value")));
  return (subject) => someTest(subject, (test) => test.field === field && holds(test));
}

/** Text as it is written in a rule, a number, or null. */
function isValue({ value }: ScalarNode): (test: TestNode) => boolean {
  if (value === null) return ({ test }) => test.kind === "null";
  const text = String(value);
  return ({ test }) => test.kind === "text" && writePlain(test.pattern) === text;
}

function processingItemApplied(map: MapNode): RuleCondition {
  const id = readText(readRequired(map, "processing_item_id"));
  return ({ applied }) => applied.has(id);
}

function tag(map: MapNode): RuleCondition {
  const wanted = readText(readRequired(map, "tag"));
  return ({ document }) => document.tags.includes(wanted);
}

const ORDERED: Readonly<Record<string, readonly string[]>> = {
  level: ["informational", "low", "medium", "high", "critical"] satisfies SigmaLevel[],
  status: ["unsupported", "deprecated", "experimental", "test", "stable"],
};
const LISTS = ["tags", "references", "fields", "falsepositives"] as const;
const TEXTS = [
  "id",
  "title",
  "name",
  "description",
  "author",
  "license",
  "taxonomy",
  "level",
  "status",
  "date",
  "modified",
] as const;
const OPERATORS = ["eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in"];

/** `rule_attribute`: a metadata key or a custom one. Level, status, dates and numbers have an order, lists have `in` and `not_in`. */
function ruleAttribute(map: MapNode): RuleCondition {
  const attribute = readText(readRequired(map, "attribute"));
  const { value, place } = readScalar(readRequired(map, "value"));
  const opNode = optional(map, "op");
  const op = opNode === undefined ? "eq" : readText(opNode);
  if (!OPERATORS.includes(op))
    throw new SigmaError("bad_value", opNode?.place ?? map.place, `must be one of ${OPERATORS.join(", ")}`);
  const wanted = String(value);
  const order = ORDERED[attribute];
  if (order !== undefined && !order.includes(wanted))
    throw new SigmaError("bad_value", place, `must be one of ${order.join(", ")}`);
  return ({ document }) => {
    const list = LISTS.find((key) => key === attribute);
    const known = TEXTS.find((key) => key === attribute);
    const custom = Object.hasOwn(document.custom, attribute) ? document.custom[attribute] : undefined;
    const found = list !== undefined ? document[list] : known !== undefined ? document[known] : custom;
    if (Array.isArray(found)) {
      const has = found.some((one) => String(one) === wanted);
      return op === "in" ? has : op === "not_in" ? !has : op === "ne";
    }
    if (typeof found !== "string" && typeof found !== "number") return false;
    return compares(op, toRank(order, found), toRank(order, wanted));
  };
}

function toRank(order: readonly string[] | undefined, value: string | number): string | number {
  return order === undefined ? (toNumber(value) ?? value) : order.indexOf(String(value));
}

/** Numbers by size, all else (dates are YYYY-MM-DD) by its characters. A list's operator never fits one value. */
function compares(op: string, left: string | number, right: string | number): boolean {
  const isMixed = typeof left !== typeof right;
  if (op === "eq") return left === right;
  if (op === "ne") return left !== right;
  if (isMixed) return false;
  if (op === "gte") return left >= right;
  if (op === "gt") return left > right;
  if (op === "lte") return left <= right;
  return op === "lt" && left < right;
}

export const RULE_CONDITIONS: ReadonlyMap<string, ConditionType<RuleCondition>> = new Map<
  string,
  ConditionType<RuleCondition>
>([
  ["logsource", { keys: ["category", "product", "service"], read: logsource }],
  ["contains_field", { keys: ["field"], needsDetection: true, read: containsField }],
  [
    "contains_detection_item",
    { keys: ["field", "value"], needsDetection: true, read: containsDetectionItem },
  ],
  [
    "processing_item_applied",
    { keys: ["processing_item_id"], needsDetection: true, read: processingItemApplied },
  ],
  [
    "is_sigma_rule",
    {
      keys: [],
      read:
        () =>
        ({ document }) =>
          document.kind === "rule",
    },
  ],
  [
    "is_sigma_correlation_rule",
    {
      keys: [],
      read:
        () =>
        ({ document }) =>
          document.kind === "correlation",
    },
  ],
  ["rule_attribute", { keys: ["attribute", "value", "op"], read: ruleAttribute }],
  ["tag", { keys: ["tag"], read: tag }],
]);

/** `cond: any` (default) or `all` of the item's values. */
function ofValues(map: MapNode, holds: (test: TestNode) => boolean): ItemCondition {
  const node = optional(map, "cond");
  const cond = node === undefined ? "any" : readText(node);
  if (cond !== "any" && cond !== "all")
    throw new SigmaError("bad_value", node?.place ?? map.place, `cond is "any" or "all"`);
  return (tests) => (cond === "all" ? tests.every(holds) : tests.some(holds));
}

function matchString(map: MapNode): ItemCondition {
  const matches = atStart(readRequired(map, "pattern"));
  const node = optional(map, "negate");
  if (node !== undefined && (node.kind !== "scalar" || typeof node.value !== "boolean"))
    throw new SigmaError("wrong_type", node.place, "must be true or false");
  const negate = node?.kind === "scalar" && node.value === true;
  return ofValues(map, ({ test }) => test.kind === "text" && matches(writePlain(test.pattern)) !== negate);
}

export const ITEM_CONDITIONS: ReadonlyMap<string, ConditionType<ItemCondition>> = new Map<
  string,
  ConditionType<ItemCondition>
>([
  ["match_string", { keys: ["cond", "pattern", "negate"], read: matchString }],
  [
    "match_value",
    {
      keys: ["cond", "value"],
      read: (map) => ofValues(map, isValue(readScalar(readRequired(map, "value")))),
    },
  ],
  [
    "contains_wildcard",
    {
      keys: ["cond"],
      read: (map) => ofValues(map, ({ test }) => test.kind === "text" && hasWildcard(test.pattern)),
    },
  ],
  ["is_null", { keys: ["cond"], read: (map) => ofValues(map, ({ test }) => test.kind === "null") }],
]);

/** `include_fields`: the name is one of the list, or (`mode: re`) begins as one of the regexes says. Keywords have no name. */
function includeFields(map: MapNode): FieldCondition {
  const node = readRequired(map, "fields");
  const modeNode = optional(map, "mode");
  const mode = modeNode === undefined ? "plain" : readText(modeNode);
  if (mode !== "plain" && mode !== "re")
    throw new SigmaError("bad_value", modeNode?.place ?? map.place, `mode is "plain" or "re"`);
  if (mode === "re") {
    const regexes = (node.kind === "list" ? node.items : [node]).map(atStart);
    return (field) => field !== null && regexes.some((matches) => matches(field));
  }
  const names = new Set(readTexts(node));
  return (field) => field !== null && names.has(field);
}

export const FIELD_CONDITIONS: ReadonlyMap<string, ConditionType<FieldCondition>> = new Map<
  string,
  ConditionType<FieldCondition>
>([
  ["include_fields", { keys: ["fields", "mode"], read: includeFields }],
  [
    "exclude_fields",
    {
      keys: ["fields", "mode"],
      read(map) {
        const includes = includeFields(map);
        return (field) => !includes(field);
      },
    },
  ],
]);
