// SPDX-License-Identifier: Apache-2.0
import { parseConditions, readIdentifiers } from "./detection.js";
import { SigmaError } from "./errors.js";
import type { Reading } from "./modifiers.js";
import { readMap, readRequired, readTexts } from "./read.js";
import type { Expression, SigmaFilter, SigmaRule } from "./types.js";
import type { MapNode, YamlNode } from "./yaml.js";

/**
 * What a filter's condition says: what is excluded (as the specification's example reads) or what is left (as pySigma adds
 * it to the rule). A filter that was written for the other reading would silence everything it was to keep.
 */
export type FilterCondition = "excludes" | "keeps";

const MAX_RULES = 10_000;
const RESERVED: ReadonlySet<string> = new Set(["rules"]);

/** Reads `filter` (Sigma Filters 2.1): the rules it belongs to, named searches, and the condition over them. */
export function parseFilter(
  node: YamlNode,
  reading: Reading,
  sense: FilterCondition,
): Pick<SigmaFilter, "rules" | "rulesPlace" | "detection"> {
  const map = readMap(node);
  const rules = readRules(map);
  const identifiers = readIdentifiers(map, reading, RESERVED);
  const detection = parseConditions(map, identifiers);
  refuseOtherReading(map, identifiers, sense);
  const rulesPlace = readRequired(map, "rules").place;
  return { rules, rulesPlace, detection: sense === "keeps" ? { op: "not", arg: detection } : detection };
}

/** `any`, or at least one id or name. pySigma takes an empty list for `any`; here it is a mistake, as one deleted line would widen the filter to everything. */
function readRules(map: MapNode): readonly string[] | "any" {
  const node = readRequired(map, "rules");
  const rules = readTexts(node);
  if (node.kind === "scalar" && rules[0]?.toLowerCase() === "any") return "any";
  if (rules.length === 0 || rules.length > MAX_RULES)
    throw new SigmaError("bad_value", node.place, `needs "any" or one to ${MAX_RULES} ids or names of rules`);
  return rules;
}

/**
 * A condition that holds where none of its searches does (`not selection`) excludes nearly everything in the one reading,
 * and one that does not keeps nearly nothing in the other: it was written for the other reading.
 */
function refuseOtherReading(
  map: MapNode,
  identifiers: ReadonlyMap<string, Expression>,
  sense: FilterCondition,
): void {
  const nothing: Expression = { op: "or", args: [] };
  const blank = new Map([...identifiers.keys()].map((name) => [name, nothing]));
  if (isTrueOfNothing(parseConditions(map, blank)) === (sense === "keeps")) return;
  const message =
    sense === "excludes"
      ? "a filter's condition says what is excluded: this one would exclude all that its searches do not find (for filters that say what is kept, as pySigma reads them, set filterCondition to keeps)"
      : "with filterCondition keeps, a filter's condition says what is kept: this one would keep only what its searches find";
  throw new SigmaError("bad_condition", readRequired(map, "condition").place, message);
}

function isTrueOfNothing(expression: Expression): boolean {
  if (expression.op === "not") return !isTrueOfNothing(expression.arg);
  if (expression.op === "and") return expression.args.every(isTrueOfNothing);
  return expression.op === "or" && expression.args.some(isTrueOfNothing);
}

/** Whether the filter's log source is equal to the rule's or less specific. `definition` is prose and decides nothing. */
export function coversLogsource(filter: SigmaFilter, rule: SigmaRule): boolean {
  return Object.entries(filter.logsource).every(
    ([key, value]) =>
      key === "definition" ||
      (Object.hasOwn(rule.logsource, key) && rule.logsource[key]?.toLowerCase() === value.toLowerCase()),
  );
}
