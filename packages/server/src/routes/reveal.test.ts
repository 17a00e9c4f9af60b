// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Browser, startTestServer, type TestServer } from "../../test/http-fixture.js";
import { MemoryKeys } from "../../test/reveal-keys.js";

const keys = new MemoryKeys();
const alias = keys.alias("alice");
const REASON = "the customer asked what we hold";
const email = keys.encrypt("email", "alice@example.com");
const phone = keys.encrypt("phone", "+49 30 123456");
const token = keys.token("session", "abc");

let server: TestServer;
let owner: Browser;
beforeAll(async () => {
  server = await startTestServer({ protectStore: keys });
  owner = await server.browser("owner");
  await server.append(
    {
      action: "authn_login_fail",
      actor: { type: "user", id: alias, session: token },
      message: `mail to ${email}, call ${phone} of [masked:card 411111******1111]`,
      data: { note: keys.seal("health"), "a b": email, plain: "nothing", list: [{ x: email }] },
    },
    { action: "x", tenant: "other", message: email },
  );
});
afterAll(() => server.close());
beforeEach(() => {
  server.events.length = 0;
  delete server.failures.seal;
  keys.failure = undefined;
});

const reveal = (payload: object, index: number | string = 0, by: Browser = owner) =>
  server.app.inject({
    method: "POST",
    url: `/v1/events/${index}/reveal`,
    headers: { cookie: by.cookie, "x-csrf-token": by.csrf },
    payload,
  });
const revealed = () => server.events.filter(({ action }) => action === "log_revealed");

describe("POST /v1/events/:index/reveal", () => {
  it("opens what is encrypted in a text, and leaves the rest", async () => {
    const answer = await reveal({ path: "message", reason: REASON });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json()).toEqual({
      path: "message",
      text: "mail to alice@example.com, call +49 30 123456 of [masked:card 411111******1111]",
      parts: [
        { type: "encrypted", kind: "email", value: "alice@example.com", why: null },
        { type: "encrypted", kind: "phone", value: "+49 30 123456", why: null },
      ],
    });
  });
  it("has written it down before it answers: who, what, why, about whom, never the value", async () => {
    await reveal({ path: 'data["a b"]', reason: `${REASON}, password=hunter2hunter2` });
    const [event] = revealed();
    expect(event).toMatchObject({
      outcome: "success",
      actor: { type: "user", name: "owner", roles: ["owner"] },
      targets: [
        { type: "event", id: "main:0" },
        { type: "subject", id: alias },
      ],
      data: {
        path: 'data["a b"]',
        kinds: ["email"],
        shown: 1,
        why: `${REASON}, password=[masked:password]`,
      },
    });
    expect(JSON.stringify(server.events)).not.toMatch(/alice|hunter2/);
    expect(server.logText()).not.toMatch(/alice@|hunter2/);
  });
  it("shows nothing when it cannot be written down", async () => {
    server.failures.seal = new LogError("closed", "the log is closed");
    const answer = await reveal({ path: "message", reason: REASON });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "30"]);
    expect(answer.body).not.toContain("alice");
  });
  it("names the person behind an alias", async () => {
    const answer = (await reveal({ path: "actor.id", reason: REASON })).json<object>();
    expect(answer).toMatchObject({ text: "alice", parts: [{ type: "alias", value: "alice", why: null }] });
  });
  it.each([
    ["actor.session", "token", "token"],
    ["data.note", "sealed", "sealed"],
  ])("says why %s stays hidden", async (path, type, why) => {
    const answer = (await reveal({ path, reason: REASON })).json<object>();
    expect(answer).toMatchObject({ parts: [{ type, value: null, why }] });
    expect(revealed()[0]).toMatchObject({ outcome: "failure", data: { shown: 0 } });
  });
  it("refuses a short reason, a path where nothing is hidden, and an event that is not there", async () => {
    for (const payload of [{ path: "message", reason: "test" }, { path: "message" }, { reason: REASON }, {}])
      expect((await reveal(payload)).statusCode).toBe(400);
    for (const path of ["data.plain", "data", "data.none", "actor.type", "__proto__", "x["])
      expect((await reveal({ path, reason: REASON })).statusCode, path).toBe(400);
    expect((await reveal({ path: "message", reason: REASON }, 99)).statusCode).toBe(404);
    expect(revealed()).toEqual([]);
  });
  it("asks to come back while the keys are out of reach", async () => {
    keys.failure = Object.assign(new Error("no answer"), { code: "locked" });
    const answer = await reveal({ path: "message", reason: REASON });
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "30"]);
  });
  it("is for owners and administrators only, and for no key", async () => {
    for (const role of ["analyst", "auditor", "viewer"] as const) {
      const by = await server.browser(role);
      expect((await reveal({ path: "message", reason: REASON }, 0, by)).statusCode).toBe(403);
    }
    const headers = { authorization: `Bearer ${await server.key("admin")}` };
    const payload = { path: "message", reason: REASON };
    const asKey = await server.app.inject({ method: "POST", url: "/v1/events/0/reveal", headers, payload });
    expect(asKey.statusCode).toBe(403);
    const admin = await server.browser("admin");
    expect((await reveal(payload, 0, admin)).statusCode).toBe(200);
  });
  it("says that it was erased", async () => {
    keys.erase(email);
    keys.erase(alias);
    expect((await reveal({ path: "data.list[0].x", reason: REASON })).json<object>()).toMatchObject({
      text: email,
      parts: [{ value: null, why: "erased" }],
    });
    expect((await reveal({ path: "actor.id", reason: REASON })).json<object>()).toMatchObject({
      parts: [{ value: null, why: "gone" }],
    });
    keys.alias("alice");
  });
});

const search = (q: string, headers: Record<string, string>) =>
  server.app.inject({ method: "GET", url: `/v1/events?q=${encodeURIComponent(q)}`, headers });

describe("search by the real name", () => {
  it("also finds the alias for those who may reveal, and says so in the answer and in the log, without the name", async () => {
    server.searches.length = 0;
    const answer = await search("actor.id:alice", { cookie: owner.cookie });
    expect(server.searches[0]).toMatchObject({ query: `actor.id:alice OR actor.id:${alias}` });
    expect(answer.json()).toMatchObject({ resolved: [{ field: "actor.id", as: "alias" }] });
    expect(server.events.find(({ action }) => action === "log_searched")?.data).toEqual({
      query: `actor.id:${alias}`,
      resolved: [{ field: "actor.id", as: "alias" }],
    });
  });
  it("is as typed for everybody else", async () => {
    server.searches.length = 0;
    const viewer = await server.browser("viewer", "vera");
    const headers: Record<string, string>[] = [
      { cookie: viewer.cookie },
      { authorization: `Bearer ${await server.key("read")}` },
    ];
    for (const each of headers) {
      const answer = await search("actor.id:alice", each);
      expect(answer.json()).not.toHaveProperty("resolved");
    }
    expect(server.searches.map((each) => each.query)).toEqual(["actor.id:alice", "actor.id:alice"]);
  });
  it("is as typed while the keys are out of reach", async () => {
    keys.failure = Object.assign(new Error("no answer"), { code: "locked" });
    const answer = await search("actor.id:alice", { cookie: owner.cookie });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).not.toHaveProperty("resolved");
  });
});
