// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { runCommand } from "../test/test-io.js";
import { readVersion } from "./commands/version.js";

const COMMANDS = ["serve", "keys", "import", "search", "tail", "verify", "doctor", "demo", "version"];

describe("the command line", () => {
  it("lists every command in its help", async () => {
    const ran = await runCommand(["--help"]);
    expect(ran.code).toBe(0);
    for (const name of COMMANDS) expect(ran.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
  });
  it.each(COMMANDS.filter((each) => !["version", "keys"].includes(each)))(
    "%s --help teaches with examples",
    async (name) => {
      const ran = await runCommand([name, "--help"]);
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain(`$ telltale ${name}`);
    },
  );
  it("says once what mirror events ends with", async () => {
    const { stdout } = await runCommand(["mirror", "events", "--help"]);
    expect(stdout.replace(/\s+/g, " ")).toContain("the last event (default: the newest that is held)");
    expect(stdout).not.toContain("999");
  });
  it.each([[[]], [["keys"]], [["sreach"]], [["search", "--nonsense"]], [["import"]]])(
    "%j is a usage error",
    async (argv) => {
      const ran = await runCommand(argv);
      expect([ran.code, ran.stdout]).toEqual([64, ""]);
      expect(ran.stderr).not.toBe("");
    },
  );
  it("suggests the command that was meant", async () => {
    expect((await runCommand(["sreach"])).stderr).toContain("search");
  });
  it("tells its version", async () => {
    const option = await runCommand(["--version"]);
    expect([option.code, option.stdout]).toEqual([0, (await runCommand(["version"])).stdout]);
    expect((await runCommand(["version"])).stdout).toContain(`telltale ${readVersion()}`);
    expect(JSON.parse((await runCommand(["version", "--json"])).stdout)).toMatchObject({
      telltale: readVersion(),
    });
  });
  it.each(["ftp://x", "no url", "http://user:pass@host"])(
    "refuses the address %j without repeating a password",
    async (url) => {
      const ran = await runCommand(["search", "--url", url, "--key", "k"]);
      expect(ran.code).toBe(64);
      expect(ran.stderr).not.toContain("pass@");
    },
  );
  it("uses colour for people only, and not when they refuse it", async () => {
    const argv = ["search", "--url", "nonsense", "--key", "k"];
    expect((await runCommand(argv)).stderr).not.toContain("\u001b");
    expect((await runCommand(argv, { stderrIsTerminal: true })).stderr).toContain("\u001b[31m");
    const refused = await runCommand(argv, { stderrIsTerminal: true, env: { NO_COLOR: "1" } });
    expect(refused.stderr).not.toContain("\u001b");
  });
});
