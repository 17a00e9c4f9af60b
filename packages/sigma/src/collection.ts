// SPDX-License-Identifier: Apache-2.0
import { SigmaError } from "./errors.js";
import { readMap, readText } from "./read.js";
import { YAML_LIMITS, type MapNode, type YamlNode } from "./yaml.js";

/**
 * Resolves the rule collections of Sigma 1, which older rule files still have: `action: global` holds what the rules behind it
 * share, `action: repeat` is the rule before it with changes, `action: reset` ends a global part. Maps are merged, anything else
 * is replaced; the global part wins over the rule, as in pySigma. Correlations and filters take no global part.
 * Every value keeps the place where it was written.
 */
export function expandCollections(documents: readonly YamlNode[]): YamlNode[] {
  const out: YamlNode[] = [];
  const budget = new MergeBudget();
  let global: MapNode | undefined;
  let isUsed = true;
  let previous: MapNode | undefined;
  for (const document of documents) {
    const map = readMap(document);
    const action = map.entries.get("action");
    const rest = action === undefined ? map : without(map, "action");
    switch (action === undefined ? "none" : readText(action)) {
      case "none":
        if (map.entries.has("correlation") || map.entries.has("filter")) {
          out.push(map);
          continue;
        }
        previous = global === undefined ? map : budget.merge(map, global);
        isUsed = true;
        out.push(previous);
        break;
      case "global":
        refuseUnused(global, isUsed);
        isUsed = false;
        global = rest;
        previous = rest;
        break;
      case "reset":
        refuseMore(rest);
        refuseUnused(global, isUsed);
        global = undefined;
        isUsed = true;
        break;
      case "repeat":
        if (previous === undefined)
          throw new SigmaError(
            "bad_value",
            action?.place ?? map.place,
            "there is no rule before it to repeat",
          );
        previous = budget.merge(previous, rest);
        isUsed = true;
        out.push(previous);
        break;
      default:
        throw new SigmaError(
          "bad_value",
          action?.place ?? map.place,
          "a collection's action is global, repeat or reset",
        );
    }
  }
  refuseUnused(global, isUsed);
  return out;
}

function without(map: MapNode, key: string): MapNode {
  const entries = new Map(map.entries);
  entries.delete(key);
  return { ...map, entries };
}

function refuseMore(rest: MapNode): void {
  for (const [key, node] of rest.entries)
    throw new SigmaError("unknown_key", node.place, `"${key}" stands in a reset, which holds nothing else`);
}

function refuseUnused(global: MapNode | undefined, isUsed: boolean): void {
  if (global !== undefined && !isUsed)
    throw new SigmaError("bad_value", global.place, "no rule uses this global part");
}

/**
 * Hostile input: a large global part before many small rules would make the file as large as their product. All values of
 * merged documents are paid for from one budget, as large as that of a whole file.
 */
class MergeBudget {
  readonly #sizes = new Map<YamlNode, number>();
  #left = YAML_LIMITS.nodes;

  /** `over` into `base`. The result stands where `base` does, unless that is the global part. */
  merge(base: MapNode, over: MapNode): MapNode {
    const merged = mergeMaps(base, over);
    this.#left -= this.#size(merged);
    if (this.#left < 0)
      throw new SigmaError(
        "too_large",
        over.place,
        `the rules of the collection have more than ${YAML_LIMITS.nodes} values`,
      );
    return merged;
  }

  #size(node: YamlNode): number {
    if (node.kind === "scalar") return 1;
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    for (const child of node.kind === "list" ? node.items : node.entries.values()) size += this.#size(child);
    this.#sizes.set(node, size);
    return size;
  }
}

function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, value] of over.entries) {
    const before = entries.get(key);
    entries.set(key, before?.kind === "map" && value.kind === "map" ? mergeMaps(before, value) : value);
  }
  return { kind: "map", place: base.place, entries };
}
