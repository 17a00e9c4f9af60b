// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EXIT_CODES, toExitCode } from "./exit-codes.js";

describe("exit codes", () => {
  it("are the same in the documentation and in the code, in both directions", () => {
    const text = readFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8");
    const table = text.slice(text.indexOf("## Exit codes"), text.indexOf("## Which server"));
    const documented = [...table.matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) +\|$/gm)].map(
      ([, name, code, meaning]) => [name, { code: Number(code), meaning }],
    );
    expect(Object.fromEntries(documented)).toEqual(EXIT_CODES);
  });
  it("are different from each other", () => {
    const codes = Object.values(EXIT_CODES).map((each) => each.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(toExitCode("failed")).toBe(1);
  });
});
