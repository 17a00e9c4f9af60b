// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "../errors.js";
import { readMap, readRequired, readText, readTexts } from "../read.js";
import type { MapNode } from "../yaml.js";
import type { Transformation } from "./pipeline.js";

function readMapping(map: MapNode): Map<string, readonly string[]> {
  const mapping = new Map<string, readonly string[]>();
  for (const [from, node] of readMap(readRequired(map, "mapping")).entries) {
    const to = readTexts(node);
    if (to.length === 0) throw new SigmaError("bad_value", node.place, "names no field");
    mapping.set(from, to);
  }
  return mapping;
}

/** `field_name_mapping`: a field to one other or any of several. */
export function fieldNameMapping(map: MapNode): Transformation {
  const mapping = readMapping(map);
  return { kind: "field", rename: (field) => mapping.get(field) };
}

/** `field_name_prefix_mapping`: the beginning of a name; the first that fits counts. */
export function fieldNamePrefixMapping(map: MapNode): Transformation {
  const mapping = [...readMapping(map)];
  return {
    kind: "field",
    rename(field) {
      const found = mapping.find(([from]) => field.startsWith(from));
      return found?.[1].map((to) => to + field.slice(found[0].length));
    },
  };
}

/** `field_name_prefix`: in front of every name. */
export function fieldNamePrefix(map: MapNode): Transformation {
  const prefix = readText(readRequired(map, "prefix"));
  return { kind: "field", rename: (field) => [prefix + field] };
}

/** `field_name_suffix`: behind every name. */
export function fieldNameSuffix(map: MapNode): Transformation {
  const suffix = readText(readRequired(map, "suffix"));
  return { kind: "field", rename: (field) => [field + suffix] };
}
