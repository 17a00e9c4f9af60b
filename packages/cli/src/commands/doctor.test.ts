// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { runCommand } from "../../test/test-io.js";
import type { Finding } from "../doctor/check.js";
import { checkClock, checkNode, checkSkew } from "../doctor/machine.js";
import { readVersion } from "./version.js";

let data: string;
let server: FakeServer | undefined;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "telltale-doctor-"));
  chmodSync(data, 0o700);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(data, { recursive: true, force: true });
});

async function examine(...argv: string[]) {
  const ran = await runCommand(["doctor", "--data", data, "--json", ...argv]);
  const { checks } = JSON.parse(ran.stdout) as { checks: Finding[] };
  return {
    code: ran.code,
    status: Object.fromEntries(checks.map((each) => [each.name, each.status])),
    checks,
  };
}

describe("doctor", () => {
  it("finds a good directory and a stopped server", async () => {
    writeFileSync(join(data, "format"), "telltale-data 1\n");
    const { code, status, checks } = await examine();
    expect(status).toMatchObject({
      node: "ok",
      clock: "ok",
      data: "ok",
      format: "ok",
      keys: "ok",
      server: "warn",
    });
    expect(checks.every((each) => each.status === "ok" || (each.advice ?? "") !== "")).toBe(true);
    expect(code).toBe(0);
    expect(readdirSync(data)).toEqual(["format"]);
  });
  it("fails on what is open to others, and on a newer format", async () => {
    mkdirSync(join(data, "keys"), { mode: 0o700 });
    writeFileSync(join(data, "keys/main.key"), "secret", { mode: 0o644 });
    writeFileSync(join(data, "format"), "telltale-data 99\n");
    chmodSync(data, 0o777);
    const { code, status } = await examine();
    expect(status).toMatchObject({ keys: "fail", format: "fail", data: "fail" });
    expect(code).toBe(1);
  });
  it("asks a server that was named", async () => {
    server = await startFakeServer((request, response) => {
      if (request.path === "/healthz") answerJson(response, 200, { ok: true });
      else {
        const followers = [
          { name: "index", next: 5, lag: 0 },
          { name: "detect", next: 1, lag: 4, error: "it broke" },
        ];
        answerJson(response, 200, { version: readVersion(), size: 5, followers });
      }
    });
    const { code, status } = await examine("--url", server.url, "--key", "tt_read_a_b");
    expect(status).toMatchObject({ server: "ok", version: "ok", "index lag": "ok", "detect lag": "fail" });
    expect(code).toBe(1);
    expect((await examine("--url", "http://127.0.0.1:9")).status["server"]).toBe("fail");
  });
  it("says which targets take nothing, why, and what to do", async () => {
    const at = "2026-11-22T10:00:00.000Z";
    const target = { kind: "splunk", since: at, lag: 3 };
    const lastError = { code: "unreachable", message: "connection refused", at };
    server = await startFakeServer((request, response) => {
      if (request.path === "/healthz") answerJson(response, 200, { ok: true });
      else if (request.path === "/v1/forward")
        answerJson(response, 200, {
          targets: [
            { ...target, name: "good", state: "running", lag: 0, lastError },
            { ...target, name: "dead", state: "waiting", lastError },
            { ...target, name: "token", state: "failed", lastError },
            { ...target, name: "held", state: "paused" },
            { ...target, name: "bad", state: "broken", lastError },
          ],
        });
      else {
        const followers = [{ name: "forward:dead", next: 5, lag: 0 }];
        answerJson(response, 200, { version: readVersion(), size: 5, followers });
      }
    });
    const { code, status, checks } = await examine("--url", server.url, "--key", "tt_read_a_b");
    expect(status).toMatchObject({
      "forward:good": "ok",
      "forward:dead": "warn",
      "forward:token": "fail",
      "forward:held": "warn",
      "forward:bad": "fail",
    });
    expect(status).not.toHaveProperty("forward:dead lag");
    const dead = checks.find(({ name }) => name === "forward:dead");
    expect(dead?.detail).toBe(`waiting since ${at}, 3 events behind: connection refused`);
    expect(dead?.advice).toContain("Is the receiver up");
    expect(code).toBe(1);
  });
  it("prints a line a check for people", async () => {
    const ran = await runCommand(["doctor", "--data", join(data, "none")]);
    expect(ran.stdout).toMatch(/^warn +data .* is not there yet$/m);
    expect(ran.stdout).toContain("→ telltale serve makes it");
  });
});

describe("checks of the machine", () => {
  it.each([
    ["v20.19.0", "ok"],
    ["v24.1.0", "ok"],
    ["v20.18.9", "fail"],
    ["v18.20.0", "fail"],
  ])("node %s is %s", (version, status) => expect(checkNode(version).status).toBe(status));
  it("doubts a clock in the past and one that differs", () => {
    expect(checkClock(0).status).toBe("fail");
    expect(checkSkew(10_000, 9000).status).toBe("ok");
    expect(checkSkew(10_000, 4000).status).toBe("warn");
  });
});
