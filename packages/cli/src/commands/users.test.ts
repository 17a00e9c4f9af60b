// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ran, runCommand } from "../../test/test-io.js";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "telltale-users-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const create = (name: string, role: string, password = "a long enough pass phrase"): Promise<Ran> =>
  runCommand(["users", "create", "--name", name, "--role", role, "--data", data], { input: `${password}\n` });

describe("users", () => {
  it("are made on the data directory of a server, and listed without anything secret", async () => {
    expect((await create("bob", "admin")).code).toBe(66);
    await runCommand(["keys", "create", "--role", "read", "--name", "x", "--data", data]);
    const made = await create("bob", "admin");
    expect(made.code).toBe(0);
    const listed = await runCommand(["users", "list", "--json", "--data", data]);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      users: [{ id: made.stdout.trim(), name: "bob", role: "admin" }],
    });
    expect(listed.stdout).not.toMatch(/argon2|phrase/);
    expect((await runCommand(["users", "list", "--data", data])).stdout).toContain("bob");
  });

  it("are refused with a weak password, a taken name and a role that is none", async () => {
    await runCommand(["keys", "create", "--role", "read", "--name", "x", "--data", data]);
    expect((await create("bob", "admin", "short")).code).toBe(64);
    expect((await create("bob", "admin")).code).toBe(0);
    expect((await create("BOB", "viewer")).code).toBe(64);
    expect((await create("eve", "root")).code).toBe(64);
    expect((await create("eve", "viewer", "")).code).toBe(64);
  });
});

describe("protect rotate", () => {
  it("needs data, a server that runs, and something to rotate", async () => {
    const rotate = (...more: string[]) =>
      runCommand(["protect", "rotate", "--reason", "a test", "--data", data, ...more]);
    expect((await rotate()).code).toBe(66);
    expect((await rotate("--what", "log")).code).toBe(64);
    expect((await runCommand(["protect", "rotate", "--data", data])).code).toBe(64);
  });
});
