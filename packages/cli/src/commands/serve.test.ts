// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "telltale-serve-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = (...more: string[]) =>
  runCommand(["serve", "--data", join(folder, "data"), "--port", "0", ...more]);

describe("what serve refuses", () => {
  it("is named as it was typed: by the option, or by the variable", async () => {
    const typed = await serve("--port", "x");
    expect([typed.code, typed.stdout]).toEqual([64, ""]);
    expect(typed.stderr).toContain("--port");
    expect(typed.stderr).not.toContain("TELLTALE_PORT");
    const set = await runCommand(["serve"], { env: { TELLTALE_PORT: "x" } });
    expect(set.code).toBe(64);
    expect(set.stderr).toContain("TELLTALE_PORT");
    const misspelt = await runCommand(["serve", "--port", "x"], { env: { TELLTALE_LERN: "false" } });
    expect(misspelt.stderr).toContain("TELLTALE_LERN is not a setting");
    expect(misspelt.stderr).toContain("Did you mean TELLTALE_LEARN?");
    expect((await serve("--tls-cert", "x.pem")).stderr).toContain("--tls-cert and --tls-key");
  });
  it("has its lines, and what it quotes cannot make a line of its own at the margin", async () => {
    const open = await serve("--host", "0.0.0.0");
    expect(open.code).toBe(64);
    expect(open.stderr).not.toContain("␊");
    expect(open.stderr.split("\n").length).toBeGreaterThan(3);
    const forged = await serve("--rules", join(folder, "a\ntelltale: all is well\u001b[2J"));
    expect(forged.stderr).not.toMatch(/^telltale: all is well/m);
    expect(forged.stderr).not.toContain("\u001b");
  });
  it("are rules that are not there: nothing would be watched", async () => {
    const missing = await serve("--rules", join(folder, "nowhere"));
    expect(missing.code).toBe(66);
    expect(missing.stderr).toMatch(/--rules: the directory .*nowhere does not exist/);
    mkdirSync(join(folder, "rules"));
    writeFileSync(join(folder, "rules/mine.yml"), "title: x");
    const empty = await serve("--rules", join(folder, "rules"));
    expect(empty.code).toBe(66);
    expect(empty.stderr).toMatch(/--rules: no rule is in .*rules.*rule\.yml.*1 other/s);
  });
});
