// SPDX-License-Identifier: Apache-2.0
import { parseCondition } from "../condition.js";
import { SigmaError } from "../errors.js";
import {
  readBoolean,
  readMap,
  readNumber,
  readRequired,
  readText,
  readTexts,
  refuseUnknownKeys,
} from "../read.js";
import type { Expression } from "../types.js";
import { parseYaml, type MapNode, type YamlNode } from "../yaml.js";
import { FIELD_CONDITIONS, ITEM_CONDITIONS, RULE_CONDITIONS, type ConditionType } from "./conditions.js";
import type { Pipeline, ProcessingItem } from "./pipeline.js";
import type { Variables } from "./placeholders.js";
import { readTransformation } from "./transformations.js";

const KEYS = new Set([
  "name",
  "priority",
  "vars",
  "allowed_backends",
  "transformations",
  "postprocessing",
  "finalizers",
]);
const MAX_ITEMS = 1_000;
/** The name by which `allowed_backends` may call this engine. */
const BACKEND = "telltale";

/**
 * Reads a processing pipeline in pySigma's YAML form: one document with `transformations`. Throws SigmaError with file, line and key
 * for everything that is not understood, pySigma's own transformations that are not done here included.
 *
 * @example
 * const pipeline = parsePipeline(await readFile("web.yml", "utf8"), "web.yml");
 * const documents = parseSigma(text, file, { pipelines: [pipeline] });
 */
export function parsePipeline(text: string, file: string): Pipeline {
  const [root, second] = parseYaml(text, file);
  if (root === undefined) throw new SigmaError("missing_key", { file, line: 1, key: "" }, "is empty");
  if (second !== undefined) throw new SigmaError("unsupported", second.place, "one file holds one pipeline");
  const map = readMap(root);
  refuseUnknownKeys(map, KEYS);
  for (const key of ["postprocessing", "finalizers"]) {
    const node = map.entries.get(key);
    if (node !== undefined && !isEmpty(node))
      throw new SigmaError("unsupported", node.place, `"${key}" changes queries, and there are none here`);
  }
  refuseOtherBackends(map);
  const name = map.entries.get("name");
  const priority = map.entries.get("priority");
  const variables = readVariables(map);
  const node = readRequired(map, "transformations");
  if (node.kind !== "list") throw new SigmaError("wrong_type", node.place, "must be a list");
  if (node.items.length > MAX_ITEMS)
    throw new SigmaError("too_large", node.place, `more than ${MAX_ITEMS} transformations`);
  const items = node.items.map((item, i) => readItem(readMap(item), i, variables));
  refuseDoubleIds(items);
  return {
    ...(name !== undefined && { name: readText(name) }),
    priority: priority === undefined ? 0 : readNumber(priority),
    items,
    place: map.place,
  };
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === "list" ? node.items.length === 0 : node.kind === "scalar" && node.value === null;
}

function refuseOtherBackends(map: MapNode): void {
  const node = map.entries.get("allowed_backends");
  const backends = node === undefined ? [] : readTexts(node);
  if (node !== undefined && backends.length > 0 && !backends.includes(BACKEND))
    throw new SigmaError(
      "unsupported",
      node.place,
      `is made for ${backends.join(", ")} and not for "${BACKEND}"`,
    );
}

function readVariables(map: MapNode): Variables {
  const variables = new Map<string, readonly string[]>();
  const node = map.entries.get("vars");
  if (node === undefined) return variables;
  for (const [name, value] of readMap(node).entries) {
    const values = readTexts(value);
    if (values.length === 0) throw new SigmaError("bad_value", value.place, "has no value");
    variables.set(name, values);
  }
  return variables;
}

function refuseDoubleIds(items: readonly ProcessingItem[]): void {
  const seen = new Set<string>();
  for (const { id, place } of items) {
    if (id === undefined) continue;
    if (seen.has(id)) throw new SigmaError("duplicate_key", place, `the id "${id}" is used twice`);
    seen.add(id);
  }
}

const GROUPS = ["rule", "detection_item", "field_name"] as const;
type Group = (typeof GROUPS)[number];
const CONDITIONS_KEY: Readonly<Record<Group, string>> = {
  rule: "rule_conditions",
  detection_item: "detection_item_conditions",
  field_name: "field_name_conditions",
};

function readItem(map: MapNode, index: number, variables: Variables): ProcessingItem {
  // A list has no keys of its own: say which entry.
  const place = { ...map.place, key: `transformations[${index}]` };
  const { transformation, keys } = readTransformation(map, variables);
  const groupKeys = GROUPS.flatMap((group) => [
    CONDITIONS_KEY[group],
    `${group}_cond_op`,
    `${group}_cond_not`,
    `${group}_cond_expr`,
  ]);
  refuseUnknownKeys(map, new Set(["id", "type", ...keys, ...groupKeys]));
  const isPlaceholder = transformation.kind === "placeholder";
  const isWhole = isPlaceholder || transformation.kind === "rule" || transformation.kind === "document";
  for (const group of ["detection_item", "field_name"] as const) {
    const node = map.entries.get(CONDITIONS_KEY[group]);
    if (isWhole && node !== undefined)
      throw new SigmaError("unsupported", node.place, "this transformation looks at the rule as a whole");
  }
  const id = map.entries.get("id");
  return {
    ...(id !== undefined && { id: readText(id) }),
    place,
    transformation,
    appliesToRule: readConditions(map, "rule", RULE_CONDITIONS, isPlaceholder),
    appliesToItem: readConditions(map, "detection_item", ITEM_CONDITIONS, false),
    appliesToField: readConditions(map, "field_name", FIELD_CONDITIONS, false),
  };
}

/** The conditions of one group: a list with `…_cond_op`, or a map of names with `…_cond_expr`; `…_cond_not` turns the whole round. */
function readConditions<T>(
  map: MapNode,
  group: Group,
  types: ReadonlyMap<string, ConditionType<(on: T) => boolean>>,
  isPlaceholder: boolean,
): (on: T) => boolean {
  const node = map.entries.get(CONDITIONS_KEY[group]);
  const op = map.entries.get(`${group}_cond_op`);
  const not = map.entries.get(`${group}_cond_not`);
  const expr = map.entries.get(`${group}_cond_expr`);
  if (node === undefined) {
    const lone = op ?? not ?? expr;
    if (lone !== undefined) throw new SigmaError("missing_key", lone.place, `needs ${CONDITIONS_KEY[group]}`);
    return () => true;
  }
  const named = nameConditions(node).map(([name, one]) => {
    return [name, readCondition(readMap(one), types, isPlaceholder)] as const;
  });
  if (named.length === 0) throw new SigmaError("bad_value", node.place, "has no condition");
  const ask = expr === undefined ? linked(named, op) : expressed(new Map(named), node, expr, op);
  return not !== undefined && readBoolean(not) ? (on) => !ask(on) : ask;
}

function nameConditions(node: YamlNode): (readonly [string, YamlNode])[] {
  if (node.kind === "list") return node.items.map((item, i) => [String(i), item] as const);
  return [...readMap(node).entries];
}

function readCondition<T>(
  map: MapNode,
  types: ReadonlyMap<string, ConditionType<T>>,
  isPlaceholder: boolean,
): T {
  const node = readRequired(map, "type");
  const type = readText(node);
  const found = types.get(type);
  if (found === undefined)
    throw new SigmaError(
      "unknown_condition",
      node.place,
      `unknown condition "${type}"; known: ${[...types.keys()].join(", ")}`,
    );
  if (isPlaceholder && found.needsDetection === true)
    throw new SigmaError(
      "unsupported",
      node.place,
      `placeholders are filled in before "${type}" can be asked`,
    );
  refuseUnknownKeys(map, new Set(["type", ...found.keys]));
  return found.read(map);
}

function linked<T>(
  named: readonly (readonly [string, (on: T) => boolean])[],
  op: YamlNode | undefined,
): (on: T) => boolean {
  const link = op === undefined ? "and" : readText(op);
  if (link !== "and" && link !== "or")
    throw new SigmaError("bad_value", op?.place ?? { file: "", line: 1, key: "" }, `must be "and" or "or"`);
  return (on) =>
    link === "and" ? named.every(([, holds]) => holds(on)) : named.some(([, holds]) => holds(on));
}

function toLeaf(name: string): Expression {
  return { op: "test", field: name, test: { kind: "null" } };
}

/** The grammar is that of a rule's condition; every named condition must be used. */
function expressed<T>(
  named: ReadonlyMap<string, (on: T) => boolean>,
  node: YamlNode,
  expr: YamlNode,
  op: YamlNode | undefined,
): (on: T) => boolean {
  if (op !== undefined) throw new SigmaError("bad_value", op.place, "cannot be used with an expression");
  if (node.kind !== "map")
    throw new SigmaError("wrong_type", node.place, "must be a map of names for an expression");
  const text = readText(expr);
  const tree = parseCondition(
    text,
    expr.place,
    new Map([...named.keys()].map((name) => [name, toLeaf(name)])),
  );
  const used = new Set<string | null>();
  const evaluate = (one: Expression): ((on: T) => boolean) => {
    if (one.op === "test") {
      used.add(one.field);
      return named.get(one.field ?? "") ?? (() => false);
    }
    if (one.op === "not") {
      const inner = evaluate(one.arg);
      return (on) => !inner(on);
    }
    const args = one.args.map(evaluate);
    return one.op === "and" ? (on) => args.every((arg) => arg(on)) : (on) => args.some((arg) => arg(on));
  };
  const ask = evaluate(tree);
  const unused = [...named.keys()].find((name) => !used.has(name));
  if (unused !== undefined)
    throw new SigmaError("bad_condition", expr.place, `does not use the condition "${unused}"`);
  return ask;
}
