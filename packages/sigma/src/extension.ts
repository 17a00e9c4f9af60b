// SPDX-License-Identifier: Apache-2.0
import { isReachable, OPERATORS, speakOfAbsence } from "./bounds.js";
import { SigmaError } from "./errors.js";
import { readMap, readNumber, readRequired, readText, readTexts, refuseUnknownKeys } from "./read.js";
import type {
  AggregateBound,
  Bound,
  CompareOperator,
  CorrelationExtension,
  SigmaCorrelation,
  WindowAggregate,
} from "./types.js";
import type { MapNode, YamlNode } from "./yaml.js";

const KINDS = ["count", "distinct", "most", "sum"] as const;
const KEYS = new Set<string>([...KINDS, "rules", "each"]);
const MAX_AGGREGATES = 10;
const MAX_WHERE = 20;
const MAX_FIELDS = 20;
const NAME = /^[A-Za-z_]\w{0,63}$/;

/**
 * Reads Telltale's own key `telltale` of a correlation: `aggregates`, each with a name, and `where`, bounds on them or on the
 * ratio of two (`failed/users`). All of them must hold together with the correlation's own condition.
 */
export function parseExtension(
  node: YamlNode,
  correlation: Pick<SigmaCorrelation, "type" | "rules" | "bounds">,
): CorrelationExtension {
  const map = readMap(node);
  refuseUnknownKeys(map, new Set(["aggregates", "where"]));
  if (correlation.type !== "event_count")
    throw new SigmaError("unsupported", node.place, "aggregates extend an event_count");
  if (speakOfAbsence(correlation.bounds))
    throw new SigmaError("unsupported", node.place, "aggregates extend a condition with a lower bound");
  const aggregatesNode = readMap(readRequired(map, "aggregates"));
  const aggregates = [...aggregatesNode.entries].map(([name, one]) =>
    readAggregate(name, one, correlation.rules),
  );
  if (aggregates.length === 0 || aggregates.length > MAX_AGGREGATES)
    throw new SigmaError("bad_value", aggregatesNode.place, `needs one to ${MAX_AGGREGATES} aggregates`);
  return { aggregates, where: readWhere(readMap(readRequired(map, "where")), aggregates) };
}

function readAggregate(name: string, node: YamlNode, rules: readonly string[]): WindowAggregate {
  if (!NAME.test(name))
    throw new SigmaError("bad_value", node.place, "a name has letters, digits and underscores, at most 64");
  const map = readMap(node);
  refuseUnknownKeys(map, KEYS);
  const kinds = KINDS.filter((kind) => map.entries.has(kind));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new SigmaError("bad_value", node.place, `needs exactly one of ${KINDS.join(", ")}`);
  const each = map.entries.get("each");
  if (each !== undefined && kind !== "distinct")
    throw new SigmaError("unknown_key", each.place, "each belongs to distinct");
  return {
    name,
    kind,
    fields: readFields(readRequired(map, kind), kind),
    rules: readRules(map, rules),
    each: each === undefined ? [] : readBounds(each),
  };
}

function readFields(node: YamlNode, kind: WindowAggregate["kind"]): readonly string[] {
  if (kind === "count") {
    if (readText(node) !== "events") throw new SigmaError("bad_value", node.place, "must be: events");
    return [];
  }
  const fields = readTexts(node);
  const most = kind === "sum" ? 1 : MAX_FIELDS;
  if (fields.length === 0 || fields.length > most)
    throw new SigmaError("bad_value", node.place, most === 1 ? "needs one field" : "needs 1 to 20 fields");
  return fields;
}

function readRules(map: MapNode, rules: readonly string[]): readonly number[] {
  const node = map.entries.get("rules");
  if (node === undefined) return rules.map((_, rule) => rule);
  const chosen = readTexts(node).map((name) => {
    const rule = rules.indexOf(name);
    if (rule === -1)
      throw new SigmaError("unknown_rule", node.place, `"${name}" is not one of the correlation's rules`);
    return rule;
  });
  if (chosen.length === 0) throw new SigmaError("bad_value", node.place, "needs a rule");
  return [...new Set(chosen)].sort((a, b) => a - b);
}

function readWhere(map: MapNode, aggregates: readonly WindowAggregate[]): readonly AggregateBound[] {
  if (map.entries.size === 0 || map.entries.size > MAX_WHERE)
    throw new SigmaError("bad_value", map.place, `needs one to ${MAX_WHERE} bounds`);
  const find = (name: string, node: YamlNode): number => {
    const found = aggregates.findIndex((aggregate) => aggregate.name === name);
    if (found === -1)
      throw new SigmaError("unknown_identifier", node.place, `"${name}" is not one of the aggregates`);
    return found;
  };
  const where = [...map.entries].map(([key, node]): AggregateBound => {
    const [name = "", divisor, ...more] = key.split("/").map((part) => part.trim());
    if (more.length > 0)
      throw new SigmaError("bad_condition", node.place, "is a name, or two names with one slash");
    return {
      aggregate: find(name, node),
      ...(divisor !== undefined && { of: find(divisor, node) }),
      bounds: readBounds(node),
    };
  });
  const used = new Set(where.flatMap(({ aggregate, of }) => [aggregate, of]));
  const idle = aggregates.find((_, i) => !used.has(i));
  if (idle !== undefined)
    throw new SigmaError("bad_condition", map.place, `does not use the aggregate "${idle.name}"`);
  return where;
}

function readBounds(node: YamlNode): Bound[] {
  const bounds = [...readMap(node).entries].map(([key, value]): Bound => {
    if (!OPERATORS.includes(key))
      throw new SigmaError("unknown_key", value.place, `"${key}" is none of ${OPERATORS.join(", ")}`);
    return { operator: key as CompareOperator, value: readNumber(value) };
  });
  if (bounds.length === 0 || bounds.length > 2)
    throw new SigmaError("bad_value", node.place, `needs one or two of ${OPERATORS.join(", ")}`);
  if (!isReachable(bounds)) throw new SigmaError("bad_value", node.place, "can never hold");
  return bounds;
}
