// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HttpTestPeer } from "../../test/forward/http-peer.js";
import { until } from "../../test/forward/rig.js";
import { startTestServer, type TestServer } from "../../test/http-fixture.js";

let server: TestServer;
let peer: HttpTestPeer;
let admin: Record<string, string>;
let viewer: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  peer = await new HttpTestPeer(() => ({ status: 200 })).start();
  admin = { authorization: `Bearer ${await server.key("admin")}` };
  viewer = { authorization: `Bearer ${await server.key("read")}` };
  await server.append({ action: "a_1" }, { action: "a_2" }, { action: "a_3" });
});
afterAll(async () => {
  await server.close();
  await peer.close();
});

type Method = "GET" | "POST" | "PUT" | "DELETE";
interface Shown {
  name: string;
  origin: string;
  next: number;
  lag: number;
  settings?: object;
}
const ask = (method: Method, url: string, payload?: object, headers = admin) =>
  server.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
const settings = (more: object = {}) => ({
  name: "hook",
  to: "webhook",
  url: peer.url.href,
  secret: "env:TELLTALE_SECRET_WEBHOOK",
  batch: { waitMs: 0 },
  ...more,
});
const targets = async (headers = admin) =>
  (await ask("GET", "/v1/forward", undefined, headers)).json<{ targets: Shown[] }>().targets;

describe("targets over HTTP", () => {
  it("are made, shown, changed and removed, each with a reason", async () => {
    const made = await ask("POST", "/v1/forward", { settings: settings(), reason: "new SIEM" });
    expect(made.statusCode, made.body).toBe(201);
    expect(made.json()).toMatchObject({
      target: {
        name: "hook",
        kind: "webhook",
        origin: "api",
        changedBy: expect.stringMatching(/^key admin /) as string,
      },
    });
    await until(() => peer.asked.length > 0, "a delivery");
    expect(await targets()).toMatchObject([{ settings: { secret: "env:TELLTALE_SECRET_WEBHOOK" } }]);
    // Settings name hosts and secrets: they are not for those who only read.
    expect((await targets(viewer))[0]).not.toHaveProperty("settings");
    const again = await ask("POST", "/v1/forward", { settings: settings(), reason: "again" });
    expect(again.json()).toMatchObject({ error: { code: "conflict" } });
    const changed = await ask("PUT", "/v1/forward/hook", {
      settings: settings({ filter: "level:warn" }),
      reason: "less",
    });
    expect(changed.json()).toMatchObject({ target: { filter: "level:warn", next: 3, lag: 0 } });
    const unreasoned = await ask("DELETE", "/v1/forward/hook", {});
    expect(unreasoned.statusCode).toBe(400);
    expect((await ask("DELETE", "/v1/forward/hook", { reason: "over" })).statusCode).toBe(204);
    expect(await targets()).toEqual([]);
    expect((await ask("DELETE", "/v1/forward/hook", { reason: "over" })).statusCode).toBe(404);
  });

  it("are replayed from an index or a time; the log says why", async () => {
    await ask("POST", "/v1/forward", { settings: settings({ from: "now" }), reason: "x" });
    expect((await targets())[0]).toMatchObject({ next: 3, lag: 0 });
    peer.asked.length = 0;
    const again = await ask("POST", "/v1/forward/hook/replay", { from: 1, reason: "the index was lost" });
    expect(again.statusCode, again.body).toBe(200);
    await until(() => peer.asked.length > 0, "the replay");
    const time = await ask("POST", "/v1/forward/hook/replay", {
      time: "2025-12-31T00:00:00Z",
      reason: "all",
    });
    expect(time.statusCode, time.body).toBe(200);
    expect((await ask("POST", "/v1/forward/hook/replay", { from: 999, reason: "x" })).statusCode).toBe(400);
    expect((await ask("POST", "/v1/forward/hook/replay", { reason: "x" })).statusCode).toBe(400);
    const told = server.events.filter(({ reason }) => reason === "replayed").map(({ data }) => data);
    expect(told).toMatchObject([
      { from: 1, why: "the index was lost" },
      { from: 0, since: "2025-12-31T00:00:00.000Z", why: "all" },
    ]);
    expect((await ask("GET", "/v1/forward/hook/dead-letters")).json()).toEqual({ letters: [] });
    expect((await ask("GET", "/v1/forward/nobody/dead-letters")).statusCode).toBe(404);
  });

  it("say what is wrong with their settings and show no value of them", async () => {
    const refused = await ask("POST", "/v1/forward", {
      settings: settings({ name: "x", secret: "hunter2-x" }),
      reason: "x",
    });
    expect(refused.statusCode).toBe(400);
    expect(refused.body).toContain("secret must say where the secret is");
    expect(refused.body).not.toContain("hunter2");
    for (const bad of [null, [], "x", { a: [1] }, { a: { b: { c: 1 } } }, { a: null }])
      expect((await ask("POST", "/v1/forward", { settings: bad, reason: "x" })).statusCode).toBe(400);
  });

  it("are changed by those who may and by nobody else", async () => {
    const body = { settings: settings({ name: "mine" }), reason: "x" };
    for (const [method, url] of [
      ["POST", "/v1/forward"],
      ["PUT", "/v1/forward/hook"],
      ["DELETE", "/v1/forward/hook"],
    ] as const) {
      expect((await ask(method, url, body, viewer)).statusCode).toBe(403);
      expect((await ask(method, url, body, {})).statusCode).toBe(401);
    }
  });
});

describe("the evidence of an alert", () => {
  it("comes in one answer and is one look", async () => {
    const finding = {
      ruleId: "r",
      title: "t",
      level: "high" as const,
      tags: [],
      key: "k",
      group: {},
      count: 2,
      fresh: 1,
      value: 2,
      firstTime: 1,
      lastTime: 2,
      evidence: [0, 2],
      trigger: 2,
    };
    const [alert] = await server.alerts.record([finding], { follower: "detect", next: 3 });
    const before = server.events.length;
    const answer = await ask("GET", `/v1/alerts/${alert?.id}/evidence`, undefined, viewer);
    expect(answer.json()).toMatchObject({
      events: [
        { index: 0, event: { action: "a_1" } },
        { index: 2, event: { action: "a_3" } },
      ],
      pruned: [],
    });
    expect(server.events.slice(before)).toMatchObject([
      { action: "log_viewed", targets: [{ type: "alert", id: alert?.id }], data: { evidence: [0, 2] } },
    ]);
    await ask("GET", `/v1/alerts/${alert?.id}/evidence`, undefined, viewer);
    expect(server.events.slice(before)).toHaveLength(1);
    expect((await ask("GET", "/v1/alerts/nothing/evidence", undefined, viewer)).statusCode).toBe(404);
  });
});

describe("keys", () => {
  it("expire, and are revoked with a reason", async () => {
    const made = await ask("POST", "/v1/keys", { role: "read", name: "auditor", expiresInDays: 1 });
    const { key, token } = made.json<{ key: { id: string; expires: string }; token: string }>();
    expect(key).toMatchObject({
      createdBy: expect.stringMatching(/^key admin \(admin_/) as string,
      expires: "2026-01-02T00:00:00.000Z",
    });
    const own = { authorization: `Bearer ${token}` };
    expect((await ask("GET", "/v1/forward", undefined, own)).statusCode).toBe(200);
    server.clock.now += 86_400_000;
    expect((await ask("GET", "/v1/forward", undefined, own)).statusCode).toBe(401);
    expect((await ask("DELETE", `/v1/keys/${key.id}`, { reason: "has left" })).statusCode).toBe(200);
    expect(server.events.at(-1)).toMatchObject({
      action: "log_key_changed",
      reason: "revoked",
      data: { why: "has left" },
    });
    for (const expiresInDays of [0, 1.5, "7", 1e9])
      expect((await ask("POST", "/v1/keys", { role: "read", name: "x", expiresInDays })).statusCode).toBe(
        400,
      );
  });
});

describe("learning", () => {
  it("says when it is off", async () => {
    expect((await ask("GET", "/v1/learn", undefined, viewer)).json()).toMatchObject({
      enabled: false,
      since: null,
    });
  });
});
