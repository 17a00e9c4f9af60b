// SPDX-License-Identifier: Apache-2.0
import { readCondition } from "./correlation-condition.js";
import { SigmaError } from "./errors.js";
import {
  readBoolean,
  readMap,
  readRequired,
  readText,
  readTexts,
  readTimespan,
  refuseUnknownKeys,
} from "./read.js";
import type { CorrelationType, SigmaCorrelation } from "./types.js";
import type { MapNode, YamlNode } from "./yaml.js";

const KEYS = new Set(["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"]);
const TYPES: readonly string[] = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
] satisfies CorrelationType[];
const MAX_RULES = 100;
const MAX_FIELDS = 20;

type CorrelationPart = Pick<
  SigmaCorrelation,
  | "type"
  | "rules"
  | "groupBy"
  | "timespan"
  | "bounds"
  | "valueFields"
  | "percentile"
  | "condition"
  | "aliases"
  | "generate"
>;

/**
 * Reads `correlation` (Sigma Correlation Rules 2.1, and boolean conditions of the 2.2 draft). What this engine does not do is an
 * error, never an approximation.
 */
export function parseCorrelation(node: YamlNode, generateAtTop: boolean): CorrelationPart {
  const map = readMap(node);
  refuseUnknownKeys(map, KEYS);
  const type = readType(readRequired(map, "type"));
  const rulesNode = readRequired(map, "rules");
  const rules = readTexts(rulesNode);
  if (rules.length === 0 || rules.length > MAX_RULES)
    throw new SigmaError("bad_value", rulesNode.place, `needs one to ${MAX_RULES} rules`);
  if (new Set(rules).size !== rules.length)
    throw new SigmaError("bad_value", rulesNode.place, "names a rule twice");
  const groupNode = map.entries.get("group-by");
  const groupBy = groupNode === undefined ? [] : readTexts(groupNode);
  if (groupNode !== undefined && (groupBy.length > MAX_FIELDS || new Set(groupBy).size !== groupBy.length))
    throw new SigmaError("bad_value", groupNode.place, `needs at most ${MAX_FIELDS} different fields`);
  const generate = map.entries.get("generate");
  return {
    type,
    rules,
    groupBy,
    timespan: readTimespan(readRequired(map, "timespan")),
    ...readCondition(map, type, rules),
    aliases: readAliases(map, groupBy, rules),
    generate: generate === undefined ? generateAtTop : readBoolean(generate),
  };
}

function readType(node: YamlNode): CorrelationType {
  const type = readText(node);
  if (TYPES.includes(type)) return type as CorrelationType;
  throw new SigmaError(
    "bad_value",
    node.place,
    `unknown correlation type "${type}"; known: ${TYPES.join(", ")}`,
  );
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
