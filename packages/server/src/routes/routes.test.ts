// SPDX-License-Identifier: Apache-2.0
import { verifyReceipt } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestServer } from "../../test/http-fixture.js";
import { PASSWORD, startTestServer } from "../../test/http-fixture.js";
import { isAllowed, KEY_ROLES, USER_ROLES } from "../access/permissions.js";
import type { Action } from "../access/permissions.js";
import { SearchError } from "../follow/index/error.js";

let server: TestServer;
let alertId: string;
const keys: Record<string, string> = {};
const cookies: Record<string, { cookie: string; csrf: string }> = {};

beforeAll(async () => {
  server = await startTestServer();
  for (const role of KEY_ROLES) keys[role] = await server.key(role);
  for (const role of USER_ROLES) cookies[role] = await server.browser(role);
  await server.append(
    { action: "authn_login_fail" },
    { action: "order_placed" },
    { action: "authn_login_success" },
  );
  const [alert] = await server.alerts.record([finding(1)], { follower: "detect", next: 2 });
  alertId = alert?.id ?? "";
});
afterAll(() => server.close());

function finding(trigger: number, key = "alice") {
  return {
    ruleId: "brute",
    title: "Password brute force",
    level: "high" as const,
    tags: [],
    key,
    group: { "actor.id": key },
    count: 5,
    fresh: 1,
    value: 5,
    firstTime: 1_000,
    lastTime: 2_000 + trigger,
    evidence: [trigger],
    trigger,
  };
}
const as = (role: string): Record<string, string> => ({ authorization: `Bearer ${keys[role]}` });
const signedIn = (role: string): Record<string, string> => ({
  cookie: cookies[role]?.cookie ?? "",
  "x-csrf-token": cookies[role]?.csrf ?? "",
});
const get = (url: string, headers = as("read")) => server.app.inject({ method: "GET", url, headers });
const inject = (options: InjectOptions) => server.app.inject(options);

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  inject({ method: "POST", url, payload, headers });
const EXCEPTION = { rule: "00000000-0000-4000-8000-000000000001", where: { "actor.id": ["job"] } };
/** The payload of a request, about the alert that there is. */
const toPayload = ({ payload }: InjectOptions): InjectOptions =>
  payload === undefined
    ? {}
    : { payload: JSON.parse(JSON.stringify(payload).replace("ALERT", alertId)) as object };
const comment = (headers: Record<string, string>) =>
  inject({ method: "PATCH", url: `/v1/alerts/${alertId}`, headers, payload: { comment: "x" } });

describe("permissions, both ways", () => {
  const routes: [Action, InjectOptions & { method: string; url: string }][] = [
    ["events.read", { method: "GET", url: "/v1/events" }],
    ["events.read", { method: "GET", url: "/v1/events/0" }],
    ["events.read", { method: "GET", url: "/v1/histogram" }],
    ["events.read", { method: "GET", url: "/v1/alerts/ALERT/evidence" }],
    ["events.read", { method: "GET", url: "/v1/protect/hidden" }],
    ["events.read", { method: "POST", url: "/v1/protect/preview", payload: { text: "x" } }],
    ["status.read", { method: "GET", url: "/v1/learn" }],
    ["status.read", { method: "GET", url: "/v1/sources" }],
    ["forward.read", { method: "GET", url: "/v1/forward" }],
    ["events.read", { method: "GET", url: "/log/tile/entries/000.p/3" }],
    ["log.read", { method: "GET", url: "/v1/events/0/proof" }],
    ["log.read", { method: "GET", url: "/log/checkpoint" }],
    ["log.read", { method: "GET", url: "/log/tile/0/000.p/3" }],
    ["log.key", { method: "GET", url: "/log/vkey" }],
    ["alerts.read", { method: "GET", url: "/v1/alerts" }],
    ["alerts.read", { method: "GET", url: "/v1/alerts/ALERT" }],
    ["alerts.read", { method: "POST", url: "/v1/rules/backtest", payload: { id: "failed" } }],
    ["alerts.decide", { method: "PATCH", url: "/v1/alerts/ALERT", payload: { status: "in_progress" } }],
    ["alerts.read", { method: "GET", url: "/v1/alerts/ALERT/context" }],
    ["alerts.read", { method: "GET", url: "/v1/rules/precision" }],
    [
      "alerts.decide",
      { method: "POST", url: "/v1/alerts/bulk", payload: { ids: ["ALERT"], change: { comment: "x" } } },
    ],
    ["exceptions.read", { method: "GET", url: "/v1/exceptions" }],
    ["exceptions.read", { method: "POST", url: "/v1/exceptions/preview", payload: EXCEPTION }],
    ["exceptions.manage", { method: "POST", url: "/v1/exceptions", payload: { ...EXCEPTION, reason: "x" } }],
    ["status.read", { method: "GET", url: "/v1/status" }],
    ["keys.read", { method: "GET", url: "/v1/keys" }],
    ["keys.manage", { method: "POST", url: "/v1/keys", payload: { role: "read", name: "x" } }],
  ];
  const callers = [
    ...KEY_ROLES.map((role) => ({ kind: "key" as const, role })),
    ...USER_ROLES.map((role) => ({ kind: "user" as const, role })),
  ];
  for (const [action, request] of routes) {
    it(`${request.method} ${request.url} asks for ${action}`, async () => {
      const url = request.url.replace("ALERT", alertId);
      for (const { kind, role } of callers) {
        const headers = kind === "key" ? as(role) : signedIn(role);
        const response = await inject({ ...request, url, headers, ...toPayload(request) });
        const isForbidden = response.statusCode === 403 && response.body.includes('"code":"forbidden"');
        const answer = [response.statusCode < 300, isForbidden];
        const may = isAllowed({ kind, role }, action);
        expect(answer, `${kind} ${role}`).toEqual([may, !may]);
      }
      const nobody = await inject({ ...request, url });
      expect(nobody.statusCode).toBe(401);
      expect(nobody.json()).toMatchObject({ error: { code: "unauthorized" } });
    });
  }

  it("writes refusals down, folded", () => {
    const refused = server.events.filter((event) => event.action === "authz_fail");
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0]).toMatchObject({
      outcome: "denied",
      data: { permission: expect.any(String) as string },
    });
  });
});

describe("events and proofs", () => {
  it("gives the sealed bytes and a proof that verifies them", async () => {
    const answer = (await get("/v1/events/1")).json<{
      index: number;
      event: { action: string };
      line: string;
    }>();
    expect(answer).toMatchObject({ index: 1, event: { action: "order_placed" } });
    const proof = await get("/v1/events/1/proof");
    expect(proof.headers["content-type"]).toBe("text/plain; charset=utf-8");
    const receipt = {
      proof: proof.body,
      entry: Buffer.from(answer.line),
      vkey: server.log.vkey,
      crypto: nodeCrypto,
    };
    expect(verifyReceipt(receipt)).toMatchObject({ index: 1n });
    expect(() => verifyReceipt({ ...receipt, entry: Buffer.from(`${answer.line} `) })).toThrow(/./);
    expect((await get("/v1/events/main:1")).json()).toMatchObject({ index: 1 });
  });

  it.each([
    "3",
    "-1",
    "01",
    "1e1",
    "9007199254740993",
    "x",
    "__proto__",
    "other:1",
    "%2e%2e",
    "%252e%252e",
    "0x1",
    "1%20",
  ])("has no event %s", async (index) => {
    for (const path of [`/v1/events/${index}`, `/v1/events/${index}/proof`]) {
      const response = await get(path);
      expect(response.statusCode).toBe(404);
      expect(response.json()).toMatchObject({ error: { code: "not_found" } });
    }
  });
});

describe("the log by tlog-tiles", () => {
  it("serves checkpoint, tiles and bundles with their types and cache rules", async () => {
    const checkpoint = await get("/log/checkpoint");
    expect(checkpoint.body).toBe(server.log.checkpoint().text);
    expect(checkpoint.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-cache",
    });
    const tile = await get("/log/tile/0/000.p/3");
    expect(tile.rawPayload).toHaveLength(96);
    expect(tile.headers).toMatchObject({
      "content-type": "application/octet-stream",
      "cache-control": "private, max-age=31536000, immutable",
    });
    const bundle = await get("/log/tile/entries/000.p/3");
    expect(bundle.body).toContain("order_placed");
  });

  it.each([
    "0/000",
    "0/000.p/4",
    "0/001",
    "0/0",
    "64/000",
    "0/000.p/0",
    "0/000.p/256",
    "0/x000/000",
    "entries/../0/000",
    "0/..%2f000",
    "0/%252e%252e",
    "entries/001",
    "",
  ])("has no tile %s", async (path) => {
    expect((await get(`/log/tile/${path}`)).statusCode).toBe(404);
  });

  it("is public only when the configuration says so, and the events never are", async () => {
    const open = await startTestServer({ config: { publicLog: true } });
    await open.append({ action: "a" });
    expect((await open.app.inject("/log/checkpoint")).statusCode).toBe(200);
    const tile = await open.app.inject("/log/tile/0/000.p/1");
    expect(tile.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect((await open.app.inject("/log/tile/entries/000.p/1")).statusCode).toBe(401);
    await open.close();
  });
});

describe("search", () => {
  it("hands on what was asked and writes the search down once", async () => {
    server.events.length = 0;
    const url = "/v1/events?q=actor.id%3Aalice&from=-1h&to=2026-01-01T00:00:00Z&limit=5&cursor=abc";
    expect((await get(url)).json()).toMatchObject({ events: [], next: null, complete: true, size: 3 });
    expect(server.searches.at(-1)).toMatchObject({
      limit: 5,
      cursor: "abc",
      from: server.clock.now - 3_600_000,
      to: server.clock.now,
    });
    await get(url);
    await get("/v1/histogram?q=actor.id%3Aalice&buckets=10");
    expect(server.events).toMatchObject([
      { action: "log_searched", data: { query: "actor.id:alice" }, actor: { type: "service" } },
    ]);
    await get("/v1/events");
    expect(server.searches.at(-1)).toMatchObject({ query: "", limit: 100 });
  });

  it("names the position of a mistake", async () => {
    const response = await get("/v1/events?q=%28a");
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      error: { code: "bad_query", position: expect.any(Number) as number },
    });
    expect((await get("/v1/stream?q=%28a")).json()).toMatchObject({ error: { code: "bad_query" } });
  });

  it.each([
    "limit=0",
    "limit=1001",
    "limit=x",
    "limit=1&limit=2",
    "from=yesterday",
    "from=-1h&to=-2h",
    "unknown=1",
    "q=a&q=b",
    `q=${"a".repeat(5_000)}`,
    "__proto__=1",
    "to=99999999999999999999",
  ])("refuses %s", async (query) => {
    const response = await get(`/v1/events?${query}`);
    expect(response.statusCode).toBe(400);
    expect(["bad_request", "bad_query"]).toContain(response.json<{ error: { code: string } }>().error.code);
  });

  it("passes on that the search timed out or the server is busy", async () => {
    server.failures.search = new SearchError("search_timeout", "late");
    expect((await get("/v1/events")).statusCode).toBe(503);
    server.failures.search = new SearchError("search_busy", "too many");
    expect((await get("/v1/histogram")).headers["retry-after"]).toBe("1");
    delete server.failures.search;
  });
});

describe("alerts", () => {
  it("are listed, read and decided, with comments that hold no secret", async () => {
    expect((await get("/v1/alerts?status=open")).json()).toMatchObject({
      alerts: [{ id: alertId }],
      next: null,
    });
    const headers = signedIn("analyst");
    const payload = {
      status: "resolved",
      verdict: "benign",
      comment: "he said password=Sup3r-unguessable-x",
      assignee: "bob",
    };
    const response = await inject({ method: "PATCH", url: `/v1/alerts/${alertId}`, headers, payload });
    expect(response.json()).toMatchObject({ status: "resolved", verdict: "benign", assignee: "bob" });
    expect(response.body).toContain("he said");
    expect(response.body).not.toContain("Sup3r-unguessable-x");
    expect(response.json<{ history: { by: unknown }[] }>().history.at(-1)?.by).toMatchObject({
      kind: "user",
      name: "analyst",
    });
    expect(server.events.at(-1)).toMatchObject({ action: "log_alert_decided", actor: { name: "analyst" } });
    expect((await get("/v1/alerts?status=open")).json()).toMatchObject({ alerts: [] });
    await inject({
      method: "PATCH",
      url: `/v1/alerts/${alertId}`,
      headers,
      payload: { status: "new", verdict: null },
    });
  });

  it.each([
    {},
    { status: "gone" },
    { status: 1 },
    { status: ["new"] },
    { verdict: "maybe" },
    { comment: 5 },
    { comment: "a\u0000b" },
    { comment: "x".repeat(4_001) },
    { assignee: "" },
    { role: "owner" },
    [],
    null,
    "resolved",
    3,
    { comment: "\ud800" },
  ])("refuse the patch %o", async (payload) => {
    const response = await inject({
      method: "PATCH",
      url: `/v1/alerts/${alertId}`,
      headers: { ...signedIn("analyst"), "content-type": "application/json" },
      payload: JSON.stringify(payload),
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ error: { code: "bad_request" } });
  });

  it("are not found under other ids", async () => {
    for (const id of ["x", "%00", "..", "__proto__", "a".repeat(101)]) {
      expect([404, 400]).toContain((await get(`/v1/alerts/${id}`)).statusCode);
    }
  });
});

describe("keys", () => {
  it("are made, listed without their secret, used and revoked", async () => {
    const headers = signedIn("admin");
    const made = await inject({
      method: "POST",
      url: "/v1/keys",
      headers,
      payload: { role: "read", name: "ci", app: "shop" },
    });
    expect(made.statusCode).toBe(201);
    const { key, token } = made.json<{ key: { id: string }; token: string }>();
    expect((await get("/v1/status", { authorization: `Bearer ${token}` })).statusCode).toBe(200);
    expect((await get("/v1/status", { authorization: `bearer ${token}` })).statusCode).toBe(200);
    const list = await get("/v1/keys", headers);
    expect(list.body).toContain(key.id);
    expect(list.body).not.toContain(token.slice(-52));
    expect((await inject({ method: "DELETE", url: `/v1/keys/${key.id}`, headers })).statusCode).toBe(200);
    expect((await get("/v1/status", { authorization: `Bearer ${token}` })).statusCode).toBe(401);
    expect((await inject({ method: "DELETE", url: "/v1/keys/nothing", headers })).statusCode).toBe(404);
    expect(server.events.findLast((event) => event.action === "log_key_changed")).toMatchObject({
      reason: "revoked",
      actor: { name: "admin" },
    });
  });

  it.each([
    { role: "owner", name: "x" },
    { role: "read" },
    { role: "read", name: "" },
    { role: "read", name: "x", tenant: "y" },
  ])("refuse %o", async (payload) => {
    const response = await inject({ method: "POST", url: "/v1/keys", headers: signedIn("admin"), payload });
    expect(response.statusCode).toBe(400);
  });
});

describe("session", () => {
  it("starts with name and password, is told by GET, ends with DELETE", async () => {
    const response = await post("/v1/session", { name: "viewer", password: PASSWORD });
    expect(response.statusCode).toBe(200);
    const header = String(response.headers["set-cookie"]);
    expect(header).toMatch(
      /^telltale_session=[a-z2-7]{52}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    );
    const cookie = header.split(";")[0] ?? "";
    expect((await get("/v1/session", { cookie })).json()).toEqual(response.json());
    expect(response.json()).toMatchObject({ user: { name: "viewer", role: "viewer" } });
    const out = await inject({ method: "DELETE", url: "/v1/session", headers: { cookie } });
    expect(out.statusCode).toBe(204);
    expect(String(out.headers["set-cookie"])).toContain("Max-Age=0");
    const after = await get("/v1/session", { cookie });
    expect(after.statusCode).toBe(401);
    expect(after.json()).toEqual({
      error: { code: "session_required", message: "Nobody is signed in." },
      setup: false,
    });
    expect((await get("/v1/status", { cookie })).json()).toMatchObject({
      error: { code: "session_required" },
    });
  });

  it("is refused alike for a wrong password and a wrong name, then slowed down", async () => {
    const wrong = await post("/v1/session", { name: "viewer", password: "wrong wrong wrong" });
    const unknown = await post("/v1/session", { name: "nobody", password: "wrong wrong wrong" });
    expect(wrong.statusCode).toBe(401);
    expect(unknown.body).toBe(wrong.body);
    expect(wrong.headers["set-cookie"]).toBeUndefined();
    for (let i = 0; i < 4; i++) await post("/v1/session", { name: "viewer", password: "wrong wrong wrong" });
    const slowed = await post("/v1/session", { name: "viewer", password: PASSWORD });
    expect(slowed.statusCode).toBe(429);
    expect(slowed.headers["retry-after"]).toBe("1");
  });

  it("needs the CSRF token for what changes something, and our own page", async () => {
    const { cookie, csrf } = cookies["analyst"] ?? { cookie: "", csrf: "" };
    expect((await comment({ cookie })).json()).toMatchObject({ error: { code: "csrf_failed" } });
    expect((await comment({ cookie, "x-csrf-token": csrf.replace(/.$/, "_") })).statusCode).toBe(403);
    expect((await comment({ cookie, "x-csrf-token": csrf, "sec-fetch-site": "cross-site" })).statusCode).toBe(
      403,
    );
    expect((await comment({ cookie, "x-csrf-token": csrf, "sec-fetch-site": "same-site" })).statusCode).toBe(
      403,
    );
    expect((await comment({ cookie, "x-csrf-token": csrf, origin: "https://evil.example" })).statusCode).toBe(
      403,
    );
    expect((await comment({ cookie, "x-csrf-token": csrf, origin: "null" })).statusCode).toBe(403);
    expect(
      (await comment({ cookie, "x-csrf-token": csrf, "sec-fetch-site": "same-origin" })).statusCode,
    ).toBe(200);
    expect((await comment({ cookie, "x-csrf-token": csrf })).statusCode).toBe(200);
    for (const url of ["/v1/session", "/v1/setup"]) {
      const cross = await post(
        url,
        { name: "a", password: "b", token: "" },
        { "sec-fetch-site": "cross-site" },
      );
      expect(cross.json()).toMatchObject({ error: { code: "csrf_failed" } });
    }
  });

  it("does not rescue a request that shows a bad key", async () => {
    const response = await get("/v1/status", { ...signedIn("owner"), authorization: "Bearer nonsense" });
    expect(response.statusCode).toBe(401);
    expect((await get("/v1/status", { ...signedIn("owner"), authorization: "Basic eDp5" })).statusCode).toBe(
      401,
    );
  });
});

describe("set-up", () => {
  it("makes the first administrator and signs them in, once", async () => {
    const fresh = await startTestServer();
    const token = await fresh.access.setup.issue();
    const state = await fresh.app.inject("/v1/session");
    expect(state.json()).toMatchObject({ error: { code: "session_required" }, setup: true });
    const send = (payload: object) => fresh.app.inject({ method: "POST", url: "/v1/setup", payload });
    expect((await send({ token: "x", name: "root", password: PASSWORD })).json()).toMatchObject({
      error: { code: "setup_token_invalid" },
    });
    expect((await send({ token, name: "root", password: "short" })).json()).toMatchObject({
      error: { code: "weak_password" },
    });
    expect((await send({ token, name: "root", password: PASSWORD, role: "x" })).statusCode).toBe(400);
    const made = await send({ token, name: "root", password: PASSWORD });
    expect(made.json()).toMatchObject({ user: { name: "root", role: "owner" } });
    const cookie = String(made.headers["set-cookie"]).split(";")[0] ?? "";
    expect((await fresh.app.inject({ url: "/v1/status", headers: { cookie } })).statusCode).toBe(200);
    expect((await send({ token, name: "again", password: PASSWORD })).json()).toMatchObject({
      error: { code: "setup_done" },
    });
    expect(fresh.logText()).not.toContain(PASSWORD);
    await fresh.close();
  });
});

describe("status", () => {
  it("tells what the page needs", async () => {
    expect((await get("/v1/status")).json()).toMatchObject({
      version: "0.1.0",
      origin: server.log.origin,
      vkey: server.log.vkey,
      size: 3,
      checkpoint: { size: 3, text: server.log.checkpoint().text },
      verified: null,
      followers: [{ name: "index", lag: 0 }],
      alerts: { open: 1 },
      uptimeMs: 5_000,
    });
  });

  it("is healthy until it is not", async () => {
    expect((await inject({ url: "/healthz" })).json()).toEqual({ status: "ok" });
    server.failures.unhealthy = "The log cannot be written.";
    const response = await inject({ url: "/healthz" });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      error: { code: "unavailable", message: "The log cannot be written." },
    });
    expect((await inject({ url: "/livez" })).statusCode).toBe(503);
    delete server.failures.unhealthy;
  });

  it("is alive and not ready while it can take no event and a new start would not help", async () => {
    server.failures.unready = "The root key does not answer";
    const response = await inject({ url: "/healthz" });
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe("5");
    expect(response.json()).toMatchObject({ error: { message: "The root key does not answer" } });
    expect((await inject({ url: "/livez" })).json()).toEqual({ status: "ok" });
    delete server.failures.unready;
    expect((await inject({ url: "/healthz" })).statusCode).toBe(200);
  });

  it("has metrics for Prometheus, without a key only where configured", async () => {
    const response = await inject({ url: "/metrics" });
    expect(response.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.body).toContain(
      'telltale_http_request_seconds_count{route="/v1/events/:index",status="200"}',
    );
    expect(response.body).not.toContain("alice");
    const closed = await startTestServer({ config: { publicMetrics: false } });
    expect((await closed.app.inject("/metrics")).statusCode).toBe(401);
    const authorization = `Bearer ${await closed.key("read")}`;
    expect((await closed.app.inject({ url: "/metrics", headers: { authorization } })).statusCode).toBe(200);
    await closed.close();
  });
});

describe("openapi.json", () => {
  it("describes every route, with schemas and errors", async () => {
    const document = (await inject({ url: "/openapi.json" })).json<{
      openapi: string;
      paths: Record<string, Record<string, never>>;
    }>();
    expect(document.openapi).toBe("3.1.0");
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      [
        ..."delete /v1/keys/{id},delete /v1/session,get /healthz,get /livez,get /log/checkpoint,get /log/keys,get /log/tile/entries/{path}".split(
          ",",
        ),
        ..."get /log/tile/{path},get /log/vkey,get /metrics,get /openapi.json,get /v1/alerts,get /v1/alerts/{id},get /v1/events".split(
          ",",
        ),
        ..."get /v1/events/{index},get /v1/events/{index}/proof,get /v1/evidence,get /v1/histogram,get /v1/keys,get /v1/session".split(
          ",",
        ),
        ..."get /v1/status,get /v1/stream,patch /v1/alerts/{id},post /v1/events,post /v1/logs,post /v1/keys,post /v1/session".split(
          ",",
        ),
        "post /v1/setup",
        "get /v1/sources",
        ..."get /v1/erasures,post /v1/erasures,post /v1/erasures/preview,post /v1/erasures/{id}/approve,post /v1/erasures/{id}/cancel".split(
          ",",
        ),
        ..."get /v1/forward,post /v1/forward,put /v1/forward/{name},delete /v1/forward/{name}".split(","),
        ..."get /v1/alerts/{id}/context,get /v1/alerts/{id}/exception,post /v1/alerts/bulk,get /v1/rules/precision".split(
          ",",
        ),
        ..."get /v1/exceptions,get /v1/exceptions/{id},post /v1/exceptions,post /v1/exceptions/preview".split(
          ",",
        ),
        ..."patch /v1/exceptions/{id},post /v1/exceptions/{id}/end".split(","),
        ..."get /v1/forward/{name}/dead-letters,get /v1/alerts/{id}/evidence,get /v1/learn".split(","),
        "get /v1/notifications",
        "get /v1/notifications/deliveries",
        "post /v1/notifications/deliveries/{id}/retry",
        ...["pause", "resume", "test"].map((what) => `post /v1/notifications/{name}/${what}`),
        ..."get /v1/decisions,post /v1/decisions,delete /v1/decisions/{id},get /v1/decisions/stream".split(
          ",",
        ),
        "get /v1/protect/hidden",
        "post /v1/protect/preview",
        "post /v1/events/{index}/reveal",
        ..."get /v1/retention,post /v1/retention/run,post /v1/holds,delete /v1/holds/{id}".split(","),
        ..."get /v1/reviews,post /v1/reviews,get /v1/reviews/{id},get /v1/reviews/{id}/content".split(","),
        ..."get /v1/reviews/{id}/report.html,post /v1/reviews/{id}/comments,post /v1/reviews/{id}/sign".split(
          ",",
        ),
        "post /v1/rules/backtest",
        ...["pause", "resume", "replay"].map((what) => `post /v1/forward/{name}/${what}`),
      ].toSorted(),
    );
    const patch = document.paths["/v1/alerts/{id}"]?.["patch"];
    expect(patch).toMatchObject({
      parameters: [{ name: "id", in: "path", required: true }],
      requestBody: {
        content: { "application/json": { schema: { type: "object", additionalProperties: false } } },
      },
      responses: { 200: {}, 404: {}, 401: { description: "unauthorized, session_required" } },
    });
    expect(JSON.stringify(document)).not.toContain("$schema");
  });
});
