// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const IMPORT = /^(?:import|export)\s(?!type\s)[^;]*?from\s+"([^"]+)"/gm;

/** Every package that a source file needs at run time, through all that it imports. */
function packagesOf(entry: string): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(IMPORT)) {
      if (specifier.startsWith("."))
        visit(fileURLToPath(new URL(specifier.replace(/\.js$/, ".ts"), `file://${file}`)));
      else packages.add(specifier);
    }
  };
  visit(fileURLToPath(new URL(`../src/${entry}`, import.meta.url)));
  return [...packages].sort();
}

describe("entries", () => {
  it.each([
    // What an application loads: no parser, no engine; of the platform the hashes that checksums of keys need.
    ["index.ts", ["@telltale/event", "node:crypto"]],
    ["core.ts", ["@telltale/event", "node:crypto"]],
    ["keyed/index.ts", ["node:crypto", "node:net"]],
    ["policy/index.ts", ["node:crypto", "re2js", "yaml"]],
  ])("%s needs %j", (entry, packages) => {
    expect(packagesOf(entry)).toEqual(packages);
  });
});
