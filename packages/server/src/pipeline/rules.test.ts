// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readRuleSources } from "./rules.js";

let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.dispose());

describe("readRuleSources", () => {
  it("reads each rule.yml below the folder, in a stable order, and nothing else", () => {
    for (const name of ["b", "a"]) {
      mkdirSync(join(dir.path, name));
      writeFileSync(join(dir.path, name, "rule.yml"), name);
    }
    writeFileSync(join(dir.path, "a/case.yml"), "no rule");
    expect(readRuleSources([dir.path])).toEqual([
      { file: "a/rule.yml", text: "a" },
      { file: "b/rule.yml", text: "b" },
    ]);
  });
  it("refuses a folder without a rule, and one that is not there, and names the setting", () => {
    expect(() => readRuleSources([dir.path])).toThrow(expect.objectContaining({ code: "no_rules" }));
    expect(() => readRuleSources([join(dir.path, "x")])).toThrow(/TELLTALE_RULES: .*\/x does not exist/);
    writeFileSync(join(dir.path, "file"), "");
    expect(() => readRuleSources([join(dir.path, "file")])).toThrow(/is not a directory/);
  });
});
