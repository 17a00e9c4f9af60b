// SPDX-License-Identifier: Apache-2.0
import { parseCondition, toChain } from "./condition.js";
import { SigmaError } from "./errors.js";
import { applyModifiers, toTests, type Chain, type Reading } from "./modifiers.js";
import { isSlow, wrapPattern } from "./pattern.js";
import { isList, readMap, readRequired, readText } from "./read.js";
import { charactersOf, refuseHuge } from "./size.js";
import type { Expression, Test } from "./types.js";
import type { MapNode, ScalarNode, YamlNode } from "./yaml.js";

/** More values than this in one list are a mistake or an attack; the largest public list has 4,432. */
const MAX_VALUES = 20_000;

/** Characters of one text; events are cut long before that. */
const MAX_TEXT = 20_000;

/** Reads `detection`: named search identifiers and the condition over them. */
export function parseDetection(node: YamlNode, reading: Reading): Expression {
  return parseConditions(node, readIdentifiers(node, reading));
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The named searches of a `detection` or `filter` map. `reserved` keys mean something else there. */
export function readIdentifiers(
  node: YamlNode,
  reading: Reading,
  reserved = NO_NAMES,
): Map<string, Expression> {
  const map = readMap(node);
  const identifiers = new Map<string, Expression>();
  for (const [name, value] of map.entries) {
    if (name === "condition" || reserved.has(name)) continue;
    if (name === "timeframe")
      throw new SigmaError(
        "unsupported",
        value.place,
        "timeframe belongs to the abolished aggregations: write a correlation with timespan",
      );
    identifiers.set(name, nameSearch(parseSearch(value, reading), name));
  }
  if (identifiers.size === 0) throw new SigmaError("missing_key", map.place, "defines nothing to search for");
  return identifiers;
}

/** The `condition` of a map, one or several linked by OR, over searches that have been read. */
export function parseConditions(node: YamlNode, identifiers: ReadonlyMap<string, Expression>): Expression {
  const condition = readRequired(readMap(node), "condition");
  const conditions = isList(condition) ? condition.items : [condition];
  if (conditions.length === 0) throw new SigmaError("bad_condition", condition.place, "is empty");
  const expression = toChain(
    "or",
    conditions.map((one) => parseCondition(readText(one), one.place, identifiers)),
  );
  refuseHuge(expression, condition.place);
  return expression;
}

/**
 * Which expressions stand for one detection item (`field|modifiers: values`) as it was written: pipelines ask and change items as
 * a whole. Kept beside the expressions, because nothing else needs it.
 */
const ITEMS = new WeakSet<Expression>();

export function markItem(expression: Expression): Expression {
  ITEMS.add(expression);
  return expression;
}

/** The search identifiers that expressions stand for, for explanations. */
const NAMES = new WeakMap<Expression, string>();

export function nameSearch(expression: Expression, name: string): Expression {
  NAMES.set(expression, name);
  return expression;
}

export function searchName(expression: Expression): string | undefined {
  return NAMES.get(expression);
}

export function isItem(expression: Expression): boolean {
  return ITEMS.has(expression);
}

/** One search identifier: a map (AND), a list of maps (OR of ANDs), or keywords. */
function parseSearch(node: YamlNode, reading: Reading): Expression {
  if (node.kind === "map") return parseItems(node, reading);
  if (node.kind === "scalar") return parseItem("", node, reading);
  if (node.items.length === 0) throw new SigmaError("bad_value", node.place, "an empty list finds nothing");
  if (node.items.every((item) => item.kind === "scalar")) return parseItem("", node, reading);
  return toChain(
    "or",
    node.items.map((item) => parseSearch(item, reading)),
  );
}

/** The items of one map, linked by AND. */
export function parseItems(map: MapNode, reading: Reading): Expression {
  if (map.entries.size === 0) throw new SigmaError("bad_value", map.place, "an empty map finds everything");
  return toChain(
    "and",
    [...map.entries].map(([key, value]) => parseItem(key, value, reading)),
  );
}

/** One `field|modifier|…: values`. A key without a field name searches keywords. */
function parseItem(key: string, node: YamlNode, reading: Reading): Expression {
  const [name = "", ...modifiers] = key.split("|");
  // Specification 2.1, "Field Names": spaces inside a name are stripped.
  const field = name.replaceAll(" ", "");
  const chain: Chain = { place: node.place, reading, ...NO_FLAGS };
  const perValue = scalarsOf(node).map((value) => {
    chain.place = value.place;
    const applied = applyModifiers(modifiers, { kind: "literal", value: value.value }, chain);
    return toChain(
      "or",
      toTests(applied, chain).map((test) => {
        reading.budget.test(test, value.place);
        return toExpression(field, test, chain);
      }),
    );
  });
  const linked = toChain(chain.all ? "and" : "or", perValue);
  return markItem(chain.negated ? { op: "not", arg: linked } : linked);
}

const NO_FLAGS = { all: false, negated: false, cased: false, placed: false };

function toExpression(field: string, test: Test, chain: Chain): Expression {
  if (test.kind === "text" && (isSlow(test.pattern) || charactersOf(test) > MAX_TEXT))
    throw new SigmaError(
      "too_large",
      chain.place,
      `a text has at most ${MAX_TEXT} characters, and 500 where it stands between stars and holds question marks`,
    );
  if (field !== "") return { op: "test", field, test };
  if (test.kind === "text")
    return {
      op: "test",
      field: null,
      test: chain.placed ? test : { ...test, pattern: wrapPattern(test.pattern, true, true) },
    };
  if (test.kind === "regex" || test.kind === "cidr") return { op: "test", field: null, test };
  throw new SigmaError("bad_value", chain.place, `a keyword cannot be tested for "${test.kind}"`);
}

function scalarsOf(node: YamlNode): ScalarNode[] {
  if (node.kind === "scalar") return [node];
  if (node.kind === "map")
    throw new SigmaError("wrong_type", node.place, "values must be text, numbers or null, not a map");
  if (node.items.length === 0) throw new SigmaError("bad_value", node.place, "an empty list finds nothing");
  if (node.items.length > MAX_VALUES)
    throw new SigmaError("too_large", node.place, `more than ${MAX_VALUES} values`);
  return node.items.map((item) => {
    if (item.kind !== "scalar")
      throw new SigmaError("wrong_type", item.place, "a value inside a list must be text or a number");
    if (item.value === null)
      throw new SigmaError(
        "bad_value",
        item.place,
        "null inside a list: write a selection of its own (specification 2.1, null values)",
      );
    return item;
  });
}
