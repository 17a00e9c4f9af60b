// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";

let data: string;
beforeEach(() => {
  data = join(mkdtempSync(join(tmpdir(), "telltale-keys-")), "data");
});
afterEach(() => rmSync(join(data, ".."), { recursive: true, force: true }));

const create = (...more: string[]) => runCommand(["keys", "create", "--data", data, ...more]);

describe("keys", () => {
  it("prints the token and nothing else, and makes the state before the first start", async () => {
    const ran = await create("--role", "ingest", "--name", "shop", "--app", "shop-api");
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^tt_ingest_[a-z2-7]{12}_[a-z2-7]{52}\n$/);
    expect(ran.stderr).toMatch(/new directory was made, and no server uses it yet/);
    const second = await create("--role", "ingest", "--name", "shop");
    expect([second.code, second.stderr]).toEqual([0, ""]);
    expect(statSync(join(data, "state.db")).mode & 0o777).toBe(0o600);
  });
  it("lists keys without their tokens, and revokes by id", async () => {
    const token = (await create("--role", "read", "--name", "ops")).stdout.trim();
    const id = token.split("_").slice(1, 3).join("_");
    const listed = await runCommand(["keys", "list", "--data", data, "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      keys: [{ id, role: "read", name: "ops", lastUsed: null }],
    });
    expect(listed.stdout).not.toContain(token.split("_")[3]);
    const revoked = await runCommand(["keys", "revoke", id, "--data", data]);
    expect([revoked.code, revoked.stdout]).toEqual([0, ""]);
    const after = await runCommand(["keys", "list", "--data", data]);
    expect(after.stdout).toContain("revoked");
    expect(after.stdout).toContain(id);
  });
  it("takes a token where an id is asked for, and does not repeat it", async () => {
    const token = (await create("--role", "read", "--name", "ops")).stdout.trim();
    const ran = await runCommand(["keys", "revoke", token, "--data", data]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).not.toContain(token.split("_")[3]);
  });
  it.each([
    [["--role", "god", "--name", "x"], 64],
    [["--role", "read"], 64],
    [["--role", "read", "--name", "a\nb"], 64],
    [["--role", "read", "--name", ""], 64],
    [["--role", "read", "--name", "x", "--app", "shop"], 64],
    [["--role", "admin", "--name", "x", "--app", "shop"], 64],
  ])("refuses %j", async (options, code) => {
    const ran = await create(...options);
    expect([ran.code, ran.stdout]).toEqual([code, ""]);
    expect(ran.stderr).not.toBe("");
  });
  it("says where there is no data, and that an id is unknown", async () => {
    const missing = await runCommand(["keys", "list", "--data", join(data, "nowhere")]);
    expect(missing.code).toBe(66);
    expect(missing.stderr).toContain("--data");
    await create("--role", "read", "--name", "ops");
    expect((await runCommand(["keys", "revoke", "nobody", "--data", data])).code).toBe(66);
  });
  it("leaves a trace of who made the key, without the token", async () => {
    const token = (await create("--role", "read", "--name", "ops")).stdout.trim();
    const local = await import("@telltale/server/local");
    const state = local.openState(join(data, "state.db"));
    const rows = await state.db.selectFrom("self_events").selectAll().execute();
    await state.close();
    expect(rows).toHaveLength(1);
    expect(rows[0]?.event).toContain("log_key_changed");
    expect(rows[0]?.event).not.toContain(token.split("_")[3]);
  });
});
