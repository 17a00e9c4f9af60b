// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "../errors.js";
import { readTexts } from "../read.js";
import type { MapNode } from "../yaml.js";
import type { Transformation } from "./pipeline.js";

export type Variables = ReadonlyMap<string, readonly string[]>;

/** Which placeholders a transformation handles: `include` or `exclude` lists, else all. */
function readChoice(map: MapNode): (name: string) => boolean {
  const include = map.entries.get("include");
  const exclude = map.entries.get("exclude");
  if (include !== undefined && exclude !== undefined)
    throw new SigmaError("bad_value", exclude.place, "include and exclude cannot be used together");
  if (include !== undefined) {
    const names = new Set(readTexts(include));
    return (name) => names.has(name);
  }
  const names = new Set(exclude === undefined ? [] : readTexts(exclude));
  return (name) => !names.has(name);
}

/** `value_placeholders`: from the pipeline's `vars`. */
export function valuePlaceholders(map: MapNode, variables: Variables): Transformation {
  const handles = readChoice(map);
  return {
    kind: "placeholder",
    resolve(name, place) {
      if (!handles(name)) return undefined;
      const values = variables.get(name);
      if (values === undefined)
        throw new SigmaError("unknown_placeholder", place, `the pipeline has no variable "${name}"`);
      return values;
    },
  };
}

/** `wildcard_placeholders`: anything at all. */
export function wildcardPlaceholders(map: MapNode): Transformation {
  const handles = readChoice(map);
  return { kind: "placeholder", resolve: (name) => (handles(name) ? ["*"] : undefined) };
}
