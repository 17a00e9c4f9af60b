// SPDX-License-Identifier: Apache-2.0
import { parseItems } from "../detection.js";
import { SigmaError } from "../errors.js";
import { readBoolean, readMap, readRequired, readText } from "../read.js";
import { Budget } from "../size.js";
import type { Expression, SigmaRule } from "../types.js";
import { toPlain, type MapNode, type YamlNode } from "../yaml.js";
import type { Transformation } from "./pipeline.js";

const SOURCE_KEYS = ["category", "product", "service"] as const;

/** `add_condition`: a map as in a detection, linked to the rule by AND; `template` fills in $category, $product and $service. */
export function addCondition(map: MapNode): Transformation {
  const node = readMap(readRequired(map, "conditions"));
  const isTemplate = readFlag(map, "template");
  const isNegated = readFlag(map, "negated");
  const build = (conditions: MapNode): Expression => {
    const expression = parseItems(conditions, { placeholders: () => undefined, budget: new Budget() });
    return isNegated ? { op: "not", arg: expression } : expression;
  };
  // Read now, so that a mistake is found with the pipeline and not with its first rule.
  const added = build(node);
  return {
    kind: "rule",
    change: (rule) => ({
      ...rule,
      detection: {
        op: "and",
        args: [isTemplate ? build(fillIn(node, rule) as MapNode) : added, rule.detection],
      },
    }),
  };
}

function readFlag(map: MapNode, key: string): boolean {
  const node = map.entries.get(key);
  return node === undefined ? false : readBoolean(node);
}

function fillIn(node: YamlNode, rule: SigmaRule): YamlNode {
  if (node.kind === "list") return { ...node, items: node.items.map((item) => fillIn(item, rule)) };
  if (node.kind === "map")
    return { ...node, entries: new Map([...node.entries].map(([key, value]) => [key, fillIn(value, rule)])) };
  if (typeof node.value !== "string") return node;
  const value = node.value.replaceAll(
    /\$(?:(category|product|service)\b|\{(category|product|service)\})/g,
    (_all, bare: string | undefined, braced: string | undefined) => {
      const name = bare ?? braced ?? "";
      const text = rule.logsource[name];
      if (text === undefined)
        throw new SigmaError("bad_value", node.place, `the log source of "${rule.title}" has no ${name}`);
      return text;
    },
  );
  return { ...node, value };
}

/** `change_logsource`: the whole log source is replaced. */
export function changeLogsource(map: MapNode): Transformation {
  const logsource: Record<string, string> = {};
  for (const key of SOURCE_KEYS) {
    const node = map.entries.get(key);
    if (node !== undefined) logsource[key] = readText(node);
  }
  if (Object.keys(logsource).length === 0)
    throw new SigmaError("missing_key", map.place, "needs category, product or service");
  return { kind: "rule", change: (rule) => ({ ...rule, logsource }) };
}

/** `rule_failure`: what the conditions choose cannot be used; the error names the rule. */
export function ruleFailure(map: MapNode): Transformation {
  const message = readText(readRequired(map, "message"));
  return {
    kind: "document",
    change(document) {
      throw new SigmaError("rule_failure", document.place, message);
    },
  };
}

/** `set_custom_attribute`: as if the rule had this top-level key. */
export function setCustomAttribute(map: MapNode): Transformation {
  const attribute = readText(readRequired(map, "attribute"));
  const value = toPlain(readRequired(map, "value"));
  return {
    kind: "document",
    change: (document) => ({
      ...document,
      custom: Object.fromEntries([...Object.entries(document.custom), [attribute, value]]),
    }),
  };
}
