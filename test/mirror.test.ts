// SPDX-License-Identifier: Apache-2.0
// A mirror as its user runs it: processes of its own, kill -9, and a server that is put back to yesterday.
import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createKey,
  root,
  serve,
  type ServerProcess,
  telltale,
  temporaryDirectory,
  until,
} from "./harness.js";

const cli = path.join(root, "packages/cli/bin/telltale.cjs");
const { dir, clean } = temporaryDirectory();
const data = path.join(dir, "data");
const backup = path.join(dir, "backup");
const mirror = path.join(dir, "mirror");
let server: ServerProcess;
let ingest: string;
let env: { TELLTALE_KEY: string };

beforeAll(async () => {
  server = await serve(data);
  ingest = await createKey(data, "ingest");
  env = { TELLTALE_KEY: await createKey(data, "read") };
});
afterAll(async () => {
  await server.kill("SIGKILL");
  clean();
});

async function send(count: number, action: string): Promise<void> {
  for (let done = 0; done < count; done += 1000) {
    const events = Array.from({ length: Math.min(1000, count - done) }, (_, i) => ({
      action,
      message: `event ${done + i} ${"x".repeat(200)}`,
    }));
    const response = await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${ingest}`, "content-type": "application/x-ndjson" },
      body: events.map((event) => `${JSON.stringify(event)}\n`).join(""),
    });
    expect(response.status, await response.text()).toBeLessThan(300);
  }
}

const pullOnce = () => telltale(["mirror", "--from", server.url, "--data", mirror, "--once"], env);

async function sizeOf(): Promise<number> {
  const { stdout } = await telltale(["mirror", "status", mirror, "--json"]);
  return (JSON.parse(stdout) as { size: number }).size;
}

describe("a mirror on a second machine", () => {
  it("survives kill -9 at any moment, and is whole after each", async () => {
    await send(20_000, "order_placed");
    await until("the new key", async () =>
      (
        await fetch(`${server.url}/log/checkpoint`, {
          headers: { authorization: `Bearer ${env.TELLTALE_KEY}` },
        })
      ).ok
        ? true
        : undefined,
    );
    for (const ms of [350, 450, 550, 700]) {
      const child = spawn(process.execPath, [cli, "mirror", "--from", server.url, "--data", mirror], {
        stdio: "ignore",
        env: { ...process.env, ...env },
      });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill("SIGKILL");
      await ended;
      if (!existsSync(path.join(mirror, "tlog/checkpoint"))) continue;
      expect((await telltale(["verify", mirror])).code).toBe(0);
    }
    expect((await pullOnce()).code).toBe(0);
    const verified = await telltale(["verify", mirror, "--json"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: "intact", findings: [] });
    expect(await sizeOf()).toBeGreaterThanOrEqual(20_000);
  });

  it("comes to rest: what a pull adds to the log does not keep it going", async () => {
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect((await pullOnce()).code).toBe(0);
      sizes.push(await sizeOf());
    }
    expect(sizes[3]).toBe(sizes[2]);
    expect((sizes[3] ?? 0) - (sizes[0] ?? 0)).toBeLessThanOrEqual(1);
  });

  it("stops gracefully on SIGTERM", async () => {
    const args = [cli, "mirror", "--from", server.url, "--data", mirror, "--interval", "1"];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await until("the first round", async () => (text.includes("events held") ? true : undefined));
    expect((await pullOnce()).code).toBe(73); // one process per directory
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });

  it("holds what a server lost that was put back to yesterday, and shows it", async () => {
    await server.kill("SIGTERM");
    cpSync(data, backup, { recursive: true });
    server = await serve(data);
    await send(500, "order_stolen");
    expect((await pullOnce()).code).toBe(0);
    const same = await telltale(["verify", "--data", data, "--against", mirror]);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining("SAME")]);
    await server.kill("SIGTERM");
    const alone = ["verify", "--data", data, "--require-witness"];
    expect((await telltale(alone)).code).toBe(3);
    // The server may have sealed an event when it stopped, which nobody could pull: then the newest has no witness.
    const witnessed = await telltale([...alone, "--against", mirror]);
    expect(witnessed.code).toBe(witnessed.stdout.includes("behind") ? 3 : 0);

    const cut = await telltale(["verify", "--data", backup, "--against", mirror]);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toMatch(/^INTACT/); // by itself nothing is wrong with it
    expect(cut.stdout).toMatch(
      /CUT {2}\d+ events of \S+ that the mirror holds are gone from the log, from index \d+ on/,
    );

    // The old copy goes on: it signs a second history with the real key.
    server = await serve(backup);
    await send(3000, "order_placed");
    const refused = await pullOnce();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("ALARM: the log signed two histories");
    const differs = await telltale(["verify", "--url", server.url, "--against", mirror], env);
    expect(differs.code).toBe(1);
    expect(differs.stdout).toContain("DIFFERENT");
    await server.kill("SIGTERM");
    const [one, other] = await Promise.all([
      telltale(["verify", "--data", backup, "--against", mirror, "--json"]),
      telltale(["verify", mirror]),
    ]);
    expect([one.code, other.code]).toEqual([1, 0]);
    expect(JSON.parse(one.stdout)).toMatchObject({ verdict: "intact", against: { relation: "differs" } });
    expect(readFileSync(path.join(mirror, "tlog/checkpoint"), "utf8")).toContain("telltale-mirror/");
  });
});
