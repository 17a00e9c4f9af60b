// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { createTelltale, type SentEvent, type Telltale } from "@telltale/sdk";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SAMPLE_PEOPLE } from "../src/accounts.js";
import { createShop } from "../src/shop.js";

const servers: Server[] = [];
const events: SentEvent[] = [];
let telltale: Telltale;
let base = "";

async function listen(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes events as Telltale's server does. */
async function startCollector(): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
      const lines = body.toString("utf8").trim().split("\n");
      for (const line of lines) events.push(JSON.parse(line) as SentEvent);
      response.end(JSON.stringify({ accepted: lines.length, duplicates: 0, rejected: [] }));
    });
  });
  return listen(server);
}

/** One person's browser, at an address of its own. */
class Browser {
  readonly #address: string;
  #cookie = "";

  constructor(address: string) {
    this.#address = address;
  }

  async send(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        "x-forwarded-for": this.#address,
        ...(this.#cookie === "" ? {} : { cookie: this.#cookie }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.#cookie;
    const answer = response.body === null ? "" : await text(response.body);
    return {
      status: response.status,
      body: answer.startsWith("{") || answer.startsWith("[") ? JSON.parse(answer) : answer,
    };
  }

  async signIn(name: string): Promise<void> {
    const password = SAMPLE_PEOPLE.find((person) => person.name === name)?.password;
    const { status } = await this.send("POST", "/login", { name, password });
    if (status !== 200) throw new Error(`${name} could not sign in`);
  }
}

async function recorded(): Promise<SentEvent[]> {
  // The end of a response is seen a moment after its client has it.
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(await telltale.flush()).toBe(true);
  return events;
}

beforeEach(async () => {
  events.length = 0;
  telltale = createTelltale({ app: "shop", url: await startCollector(), key: "k", batch: { ms: 5 } });
  base = await listen(createServer(await createShop({ telltale })));
});

afterEach(async () => {
  await telltale.close(0);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

test("signing in and out", async () => {
  const browser = new Browser("203.0.113.7");
  expect((await browser.send("POST", "/login", { name: "alice", password: "wrong-password" })).status).toBe(
    401,
  );
  expect((await browser.send("POST", "/login", { name: "nobody", password: "wrong-password" })).status).toBe(
    401,
  );
  await browser.signIn("alice");
  expect((await browser.send("POST", "/logout")).status).toBe(204);
  expect((await browser.send("GET", "/orders")).status).toBe(401);
  const all = await recorded();
  const request = { method: "POST", path: "/login", route: "/login" };
  expect(all).toMatchObject([
    {
      action: "authn_login_fail",
      outcome: "failure",
      reason: "bad_password",
      actor: { id: "alice" },
      request,
    },
    { action: "authn_login_fail", reason: "unknown_user", actor: { type: "user", id: "nobody" } },
    { action: "authn_login_success", outcome: "success", actor: { id: "alice", roles: ["customer"] } },
    {
      action: "session_logout",
      actor: { id: "alice", session: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
    },
    {
      action: "authz_fail",
      level: "warn",
      reason: "not_authenticated",
      targets: [{ type: "path", id: "/orders" }],
    },
  ]);
  expect(all.every((event) => event.client?.ip === "203.0.113.7")).toBe(true);
  expect(JSON.stringify(all)).not.toMatch(/wrong-password|alice-likes/);
});

test("orders move money, and belong to somebody", async () => {
  const browser = new Browser("203.0.113.7");
  await browser.signIn("alice");
  const { status, body } = await browser.send("POST", "/orders", { item: "rope", amount: "12.50" });
  expect(status).toBe(201);
  const { id } = body as { id: string };
  expect((await browser.send("GET", `/orders/${id}`)).status).toBe(200);
  expect((await browser.send("GET", "/orders/2")).status).toBe(403);
  expect((await browser.send("POST", "/orders", { item: "yacht", amount: "99999.00" })).status).toBe(402);
  expect((await browser.send("POST", "/orders", { item: "debt", amount: "-5.00" })).status).toBe(400);
  expect((await recorded()).slice(1)).toMatchObject([
    {
      action: "transaction_captured",
      money: { amount: "12.50", currency: "EUR", from: "alice", to: "shop" },
      targets: [{ type: "order", id }],
    },
    {
      action: "authz_fail",
      outcome: "denied",
      reason: "not_owner",
      actor: { id: "alice" },
      targets: [{ type: "order", id: "2" }],
      request: { path: "/orders/2", route: "/orders/:id" },
    },
    { action: "transaction_declined", outcome: "denied", reason: "insufficient_funds" },
    { action: "input_validation_fail", outcome: "failure", reason: "bad_order" },
  ]);
});

test("administrators create users; others are refused", async () => {
  const [admin, customer] = [new Browser("192.0.2.1"), new Browser("203.0.113.7")];
  await admin.signIn("olivia");
  await customer.signIn("bob");
  const user = { name: "backup", password: "a-secret-of-the-new-user", superuser: true };
  expect((await customer.send("POST", "/admin/users", user)).status).toBe(403);
  expect((await admin.send("POST", "/admin/users", user)).status).toBe(201);
  const all = (await recorded()).slice(2);
  expect(all).toMatchObject([
    {
      action: "authz_fail",
      level: "critical",
      reason: "forbidden",
      actor: { id: "bob" },
      request: { status: 403 },
    },
    {
      action: "user_created",
      actor: { id: "olivia", roles: ["admin"] },
      targets: [{ type: "user", id: "backup" }],
      changes: [{ field: "role", to: "admin" }],
    },
  ]);
  expect(JSON.stringify(all)).not.toContain("a-secret-of");
});

test("the two mistakes leave traces that the rules look for", async () => {
  const browser = new Browser("203.0.113.66");
  await browser.signIn("bob");
  expect((await browser.send("POST", "/admin/users/bob/role", { role: "admin" })).status).toBe(200);
  expect((await browser.send("POST", "/update-balance", { name: "bob", balance: "99999.00" })).status).toBe(
    200,
  );
  expect((await recorded()).slice(1)).toMatchObject([
    {
      action: "authz_change",
      actor: { id: "bob", roles: ["customer"] },
      targets: [{ type: "user", id: "bob" }],
      changes: [{ field: "role", from: "customer", to: "admin" }],
      request: { route: "/admin/users/:id/role" },
    },
    {
      action: "api_request",
      outcome: "success",
      actor: { id: "bob" },
      client: { ip: "203.0.113.66" },
      request: { method: "POST", path: "/update-balance", route: "/update-balance", status: 200 },
    },
  ]);
});

test("a password reset is audited and gives no name away", async () => {
  const browser = new Browser("203.0.113.7");
  const known = await browser.send("POST", "/password-reset", { name: "alice" });
  const unknown = await browser.send("POST", "/password-reset", { name: "nobody" });
  expect(known).toEqual(unknown);
  expect(await recorded()).toMatchObject([
    { action: "password_reset_requested", outcome: "success", targets: [{ type: "user", id: "alice" }] },
    { action: "password_reset_requested", targets: [{ id: "nobody" }], request: { status: 202 } },
  ]);
});

test("a broken body is the client's fault, and seen", async () => {
  const response = await fetch(`${base}/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"name":',
  });
  expect(response.status).toBe(400);
  expect(await recorded()).toMatchObject([
    { action: "api_request", outcome: "failure", request: { status: 400 } },
  ]);
});
