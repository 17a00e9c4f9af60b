// SPDX-License-Identifier: Apache-2.0
// The index template that the forwarder installs, against the types that the Elastic Common Schema publishes.
import { describe, expect, it } from "vitest";
import { ecs } from "../packages/event/test/published-ecs.js";
import { toMappings } from "../packages/server/src/follow/forward/to/elastic-template.js";

/** Types that are searched alike; the rarer one of a family is newer than the oldest servers that we write to. */
const FAMILIES: Readonly<Record<string, string>> = {
  constant_keyword: "keyword",
  wildcard: "keyword",
  match_only_text: "text",
};

function typesOf(mapping: object, path = ""): [string, string][] {
  const { properties, type } = mapping as { properties?: Record<string, object>; type?: string };
  if (properties === undefined) return [[path, type ?? ""]];
  return Object.entries(properties).flatMap(([name, child]) =>
    typesOf(child, path === "" ? name : `${path}.${name}`),
  );
}

describe.each(["elasticsearch", "opensearch"] as const)("the template for %s", (distribution) => {
  const types = typesOf(toMappings(distribution)).filter(([path]) => !path.startsWith("telltale."));

  it("has fields of the schema only", () => {
    expect(types.length).toBeGreaterThan(40);
    expect(types.map(([path]) => path).filter((path) => ecs.fields[path] === undefined)).toEqual([]);
  });

  it.each(types)("%s is of the type that the schema has: %s", (path, type) => {
    const published = (ecs.fields[path] ?? "").replace("[]", "");
    expect(FAMILIES[type] ?? type).toBe(FAMILIES[published] ?? published);
  });
});
