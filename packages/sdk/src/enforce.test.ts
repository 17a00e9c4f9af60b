// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DecisionServer, told } from "../test/decision-server.js";
import { enforceDecisions, type EnforceOptions, telltaleExpress } from "./express.js";
import { createTelltale, type Telltale } from "./index.js";

let server: DecisionServer;
let telltale: Telltale;
let app: Server | undefined;
let base = "";

beforeEach(async () => {
  server = await new DecisionServer().start();
});
afterEach(async () => {
  app?.closeAllConnections();
  app?.close();
  await telltale.close(0);
  await server.kill();
});

function create(decisions: boolean | { whenUnknown: "refuse" } = true): Telltale {
  telltale = createTelltale({
    app: "shop",
    url: server.url,
    key: "k",
    decisions,
    heartbeatMs: 0,
    onError() {},
  });
  return telltale;
}

async function listen(options: EnforceOptions<express.Request> = {}): Promise<void> {
  const site = express();
  site.use(telltaleExpress(telltale).request);
  site.use(
    enforceDecisions<express.Request>(telltale, {
      actor: (request) => request.get("x-user"),
      session: (request) => request.get("x-session"),
      ...options,
    }),
  );
  site.get("/", (_request, response) => void response.send("hello"));
  app = site.listen(0, "127.0.0.1");
  await new Promise((resolve) => app?.once("listening", resolve));
  base = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`;
}

async function ask(headers: Record<string, string> = {}) {
  const answer = await fetch(base, { headers });
  const body = await answer.text();
  return { status: answer.status, body, challenge: answer.headers.get("www-authenticate") };
}

describe("enforceDecisions", () => {
  test("refuses who is blocked, by name and by address, and nobody else", async () => {
    server.inForce = [told("1"), told("2", { target: { type: "ip", value: "198.51.100.7" } })];
    create();
    await listen({ trustProxy: 1 });
    await expect.poll(() => telltale.decisions.isCurrent).toBe(true);
    expect(await ask({ "x-user": "alice" })).toMatchObject({ status: 200, body: "hello" });
    expect(await ask({ "x-user": "mallory" })).toEqual({
      status: 403,
      body: '{"error":"blocked"}',
      challenge: null,
    });
    expect(await ask({ "x-forwarded-for": "198.51.100.7" })).toMatchObject({ status: 403 });
    expect(telltale.stats().emitted).toBe(2);
  });

  test("asks for more proof, as RFC 9470 says, until there is some", async () => {
    server.inForce = [told("1", { kind: "step-up", agoMs: 60_000 })];
    create();
    let provenAt: Date | undefined;
    await listen({ provenAt: () => provenAt });
    await expect.poll(() => telltale.decisions.isCurrent).toBe(true);
    const refused = await ask({ "x-user": "mallory" });
    expect(refused).toMatchObject({ status: 401, body: '{"error":"step_up_required"}' });
    expect(refused.challenge).toMatch(/^Bearer error="insufficient_user_authentication"/);
    provenAt = new Date(Date.now() - 120_000);
    expect(await ask({ "x-user": "mallory" })).toMatchObject({ status: 401 });
    provenAt = new Date(Date.now() - 30_000);
    expect(await ask({ "x-user": "mallory" })).toMatchObject({ status: 200 });
  });

  test("has a revoked session ended, once it is asked for", async () => {
    create();
    const ended: string[] = [];
    await listen({ onRevoke: (request, { id }) => void ended.push(`${request.get("x-session")} ${id}`) });
    await expect.poll(() => telltale.decisions.isCurrent).toBe(true);
    const hash = "4ea7dac63ea5d4e65d7d9b4e1eb1d4b5c1e77dcb5a6db3b3e1b2a7d0cf0e1c2d";
    server.tell("made", told("1", { kind: "revoke_session", target: { type: "session", value: hash } }));
    server.tell("made", told("2", { kind: "revoke_session", target: { type: "actor", value: "eve" } }));
    await expect.poll(() => telltale.decisions.for({ actor: "eve" }).action).toBe("revoke_session");
    expect(await ask({ "x-user": "eve", "x-session": "s1" })).toMatchObject({
      status: 401,
      body: '{"error":"session_revoked"}',
    });
    expect(await ask({ "x-user": "bob", "x-session": "s2" })).toMatchObject({ status: 200 });
    expect(ended).toEqual(["s1 2"]);
  });

  test("hands on what onRevoke throws", async () => {
    server.inForce = [told("1", { kind: "revoke_session" })];
    create();
    await listen({ onRevoke: () => Promise.reject(new Error("no database")) });
    await expect.poll(() => telltale.decisions.isCurrent).toBe(true);
    expect(await ask({ "x-user": "mallory" })).toMatchObject({ status: 500 });
  });

  test("takes the actor of the context", async () => {
    server.inForce = [told("1")];
    create();
    const enforce = enforceDecisions(telltale);
    await expect.poll(() => telltale.decisions.isCurrent).toBe(true);
    let passed = 0;
    const response = { statusCode: 200, once() {}, setHeader() {}, end() {} };
    const request = { headers: {}, socket: { remoteAddress: "192.0.2.1" }, url: "/x?secret" };
    for (const id of ["mallory", "alice"])
      telltale.run({ actor: { id } }, () => enforce(request, { ...response }, () => passed++));
    expect(passed).toBe(1);
  });

  test("is open while nothing is known, and closed where the application says so", async () => {
    server.answer = (response) => void response.writeHead(503).end();
    create();
    await listen();
    expect(await ask()).toMatchObject({ status: 200 });
    app?.close();
    await telltale.close(0);
    create({ whenUnknown: "refuse" });
    await listen();
    expect(await ask()).toMatchObject({ status: 503, body: '{"error":"unavailable"}' });
  });

  test("is a mistake where nothing is followed", () => {
    telltale = createTelltale({ app: "shop", url: server.url, key: "k", heartbeatMs: 0, onError() {} });
    expect(() => enforceDecisions(telltale)).toThrow("decisions: true");
    expect(telltale.decisions.for({ actor: "mallory" })).toMatchObject({ action: "allow", isCurrent: false });
  });
});
