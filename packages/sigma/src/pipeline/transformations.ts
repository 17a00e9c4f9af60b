// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "../errors.js";
import { readRequired, readText } from "../read.js";
import type { MapNode } from "../yaml.js";
import { fieldNameMapping, fieldNamePrefix, fieldNamePrefixMapping, fieldNameSuffix } from "./fields.js";
import type { Transformation } from "./pipeline.js";
import { valuePlaceholders, wildcardPlaceholders, type Variables } from "./placeholders.js";
import { addCondition, changeLogsource, ruleFailure, setCustomAttribute } from "./rules.js";
import { convertType, mapString, replaceString } from "./values.js";

interface Entry {
  /** Parameters beside `type` and the conditions. */
  readonly keys: readonly string[];
  read(map: MapNode, variables: Variables): Transformation;
}

/** The one list of transformations, named as pySigma names them. To add one: a function, a line here, a test. */
const TRANSFORMATIONS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ["field_name_mapping", { keys: ["mapping"], read: fieldNameMapping }],
  ["field_name_prefix_mapping", { keys: ["mapping"], read: fieldNamePrefixMapping }],
  ["field_name_prefix", { keys: ["prefix"], read: fieldNamePrefix }],
  ["field_name_suffix", { keys: ["suffix"], read: fieldNameSuffix }],
  ["drop_detection_item", { keys: [], read: () => ({ kind: "drop" }) }],
  ["add_condition", { keys: ["conditions", "template", "negated"], read: addCondition }],
  ["change_logsource", { keys: ["category", "product", "service"], read: changeLogsource }],
  [
    "replace_string",
    { keys: ["regex", "replacement", "skip_special", "interpret_special"], read: replaceString },
  ],
  ["map_string", { keys: ["mapping"], read: mapString }],
  ["convert_type", { keys: ["target_type"], read: convertType }],
  ["value_placeholders", { keys: ["include", "exclude"], read: valuePlaceholders }],
  ["wildcard_placeholders", { keys: ["include", "exclude"], read: wildcardPlaceholders }],
  ["rule_failure", { keys: ["message"], read: ruleFailure }],
  ["set_custom_attribute", { keys: ["attribute", "value"], read: setCustomAttribute }],
]);

export const TRANSFORMATION_NAMES: readonly string[] = [...TRANSFORMATIONS.keys()];

/** pySigma's other transformations: known, and refused by name. Those that read files, the network or run commands stay out on purpose. */
const NOT_HERE: ReadonlySet<string> = new Set([
  "field_name_transform",
  "hashes_fields",
  "extract_fields",
  "query_expression_placeholders",
  "file_placeholders",
  "http_placeholders",
  "command_placeholders",
  "add_field",
  "remove_field",
  "set_field",
  "set_state",
  "regex",
  "set_value",
  "detection_item_failure",
  "strict_field_mapping_failure",
  "nest",
  "case",
]);

/** Reads the `type` of an entry and its own parameters. */
export function readTransformation(
  map: MapNode,
  variables: Variables,
): { transformation: Transformation; keys: readonly string[] } {
  const node = readRequired(map, "type");
  const type = readText(node);
  const entry = TRANSFORMATIONS.get(type);
  if (entry !== undefined) return { transformation: entry.read(map, variables), keys: entry.keys };
  const known = `known: ${TRANSFORMATION_NAMES.join(", ")}`;
  if (NOT_HERE.has(type))
    throw new SigmaError(
      "unsupported",
      node.place,
      `the transformation "${type}" is not supported; ${known}`,
    );
  throw new SigmaError("unknown_transformation", node.place, `unknown transformation "${type}"; ${known}`);
}
