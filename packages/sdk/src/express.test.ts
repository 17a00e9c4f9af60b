// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Collector, createCollector } from "../test/collector.js";
import { telltaleExpress, type TelltaleExpressOptions } from "./express.js";
import { createTelltale, type SentEvent, type Telltale } from "./index.js";

let collector: Collector;
let telltale: Telltale;
let server: Server | undefined;
let base = "";

async function listen(build: (app: Express) => void, options?: TelltaleExpressOptions): Promise<void> {
  const app = express();
  const { request, errors } = telltaleExpress(telltale, options);
  app.use(request);
  app.use(express.json());
  build(app);
  app.use(errors);
  app.use((_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    if (!res.headersSent) res.status(500).json({ error: "internal" });
  });
  server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(`${base}${path}`, { method, ...init });
  await response.arrayBuffer();
  return response;
}

/** What was recorded; the end of a response is seen a moment after the client sees it. */
async function recorded(count: number): Promise<SentEvent[]> {
  await expect.poll(() => telltale.stats().emitted).toBeGreaterThanOrEqual(count);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await telltale.flush()).toBe(true);
  return collector.events;
}

beforeEach(async () => {
  collector = await createCollector();
  telltale = createTelltale({ app: "shop", url: collector.url, key: "k", batch: { ms: 5 } });
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await telltale.close(0);
  await collector.close();
});

describe("context of a request", () => {
  test("goes into every event emitted by its handler", async () => {
    await listen((app) => {
      const router = express.Router();
      router.post("/:id/pay", async (req, res) => {
        telltale.setContext({ actor: { id: "alice" } });
        await new Promise((resolve) => setTimeout(resolve, 1));
        telltale.emit({ action: "paid", data: { body: req.body as unknown } });
        res.json({});
      });
      app.use("/orders", router);
    });
    await call("POST", "/orders/7/pay?token=secret-query", {
      body: JSON.stringify({ n: 1 }),
      headers: {
        "content-type": "application/json",
        "user-agent": "test/1",
        "x-forwarded-for": "203.0.113.9",
        "x-request-id": "forged",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      },
    });
    const events = await recorded(1);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: "paid",
      actor: { type: "user", id: "alice" },
      client: { ip: "127.0.0.1", userAgent: "test/1" },
      request: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        trace: "0af7651916cd43dd8448eb211c80319c",
        method: "POST",
        path: "/orders/7/pay",
        route: "/orders/:id/pay",
      },
      data: { body: { n: 1 } },
    });
    expect(JSON.stringify(events)).not.toContain("secret-query");
  });

  test("believes proxies only as far as told", async () => {
    await listen(
      (app) => {
        app.get("/", (_req, res) => {
          telltale.emit({ action: "seen" });
          res.end();
        });
      },
      { trustProxy: 1, actor: () => ({ id: "from-option" }) },
    );
    await call("GET", "/", {
      headers: { "x-forwarded-for": "198.51.100.1, 203.0.113.9", "x-request-id": "r-1" },
    });
    const events = await recorded(1);
    expect(events[0]).toMatchObject({
      client: { ip: "203.0.113.9" },
      request: { id: "r-1" },
      actor: { id: "from-option" },
    });
  });

  test("the application's own mistakes in the actor option cost the context, not the request", async () => {
    await listen(
      (app) => {
        app.get("/", (_req, res) => {
          res.end();
        });
      },
      {
        actor: () => {
          throw new Error("mistake");
        },
      },
    );
    expect((await call("GET", "/")).status).toBe(200);
  });
});

describe("requests that nobody recorded", () => {
  test.each(["POST", "PUT", "PATCH", "DELETE"])("%s becomes api_request", async (method) => {
    await listen((app) => {
      app.all("/things/:id", (_req, res) => {
        res.status(201).json({});
      });
    });
    await call(method, "/things/5");
    const events = await recorded(1);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: "api_request",
      outcome: "success",
      request: { method, path: "/things/5", route: "/things/:id", status: 201 },
      client: { ip: "127.0.0.1" },
    });
    expect(events[0]?.request?.durationMs).toBeGreaterThanOrEqual(0);
  });

  test("reads and unknown routes: a GET is not recorded, a POST to nowhere is", async () => {
    await listen((app) => {
      app.get("/", (_req, res) => {
        res.end();
      });
    });
    await call("GET", "/");
    await call("POST", "/nowhere");
    const events = await recorded(1);
    expect(events).toMatchObject([{ action: "api_request", outcome: "failure", request: { status: 404 } }]);
  });

  test("a client that goes away is said to have gone", async () => {
    await listen((app) => {
      app.post("/slow", () => undefined);
    });
    const stop = new AbortController();
    const request = fetch(`${base}/slow`, { method: "POST", signal: stop.signal }).catch(() => "aborted");
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop.abort();
    await request;
    const events = await recorded(1);
    expect(events).toMatchObject([{ action: "api_request", outcome: "error", reason: "connection_closed" }]);
  });
});

describe("refusals", () => {
  test("403 becomes authz_fail with the path as target, and no api_request beside it", async () => {
    await listen((app) => {
      app.post("/orders/:id", (_req, res) => {
        telltale.setContext({ actor: { id: "bob" } });
        res.sendStatus(403);
      });
    });
    await call("POST", "/orders/9");
    const events = await recorded(1);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: "authz_fail",
      outcome: "denied",
      level: "critical",
      reason: "forbidden",
      actor: { id: "bob" },
      targets: [{ type: "path", id: "/orders/9" }],
      request: { route: "/orders/:id", status: 403 },
    });
  });

  test("401 is a missing sign-in, or a failed one when credentials came along", async () => {
    await listen((app) => {
      app.get("/me", (_req, res) => {
        res.sendStatus(401);
      });
    });
    await call("GET", "/me");
    await call("GET", "/me", { headers: { authorization: "Bearer not-a-real-token-0123456789" } });
    const events = await recorded(2);
    expect(events).toMatchObject([
      { action: "authz_fail", level: "warn", reason: "not_authenticated" },
      { action: "authn_login_fail", outcome: "failure", reason: "bad_credentials" },
    ]);
    expect(JSON.stringify(events)).not.toContain("not-a-real-token");
  });

  test("the handler's own event is enough", async () => {
    await listen((app) => {
      app.post("/login", (_req, res) => {
        telltale.authn.loginFail({ actor: { id: "alice" }, reason: "bad_password" });
        res.sendStatus(401);
      });
    });
    await call("POST", "/login");
    expect((await recorded(1)).map(({ action }) => action)).toEqual(["authn_login_fail"]);
  });

  test("an event about something else is not", async () => {
    await listen((app) => {
      app.get("/x", (_req, res) => {
        telltale.emit({ action: "looked", outcome: "success" });
        res.sendStatus(403);
      });
    });
    await call("GET", "/x");
    expect((await recorded(2)).map(({ action }) => action)).toEqual(["looked", "authz_fail"]);
  });
});

describe("errors", () => {
  test("unexpected ones are recorded and handed on", async () => {
    await listen((app) => {
      app.post("/boom/:id", async () => {
        await Promise.resolve();
        throw new RangeError("password=hunter2-secret is wrong");
      });
    });
    expect((await call("POST", "/boom/1")).status).toBe(500);
    const events = await recorded(1);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: "app_error",
      outcome: "error",
      level: "warn",
      reason: "RangeError",
      request: { method: "POST", path: "/boom/1", status: 500 },
    });
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  test("a bad body is the client's: api_request with its status", async () => {
    await listen((app) => {
      app.post("/", (_req, res) => {
        res.end();
      });
    });
    await call("POST", "/", { body: "{", headers: { "content-type": "application/json" } });
    expect((await recorded(1)).map(({ action }) => action)).toEqual(["api_request"]);
  });
});

describe("audit of a route", () => {
  test("records success and failure with duration, once, and nothing else", async () => {
    await listen((app) => {
      app.post(
        "/users/:id/role",
        telltale.audit(
          "role_changed",
          (req: express.Request, res: express.Response) => {
            res.sendStatus(Number(req.query.status ?? 200));
          },
          { details: (req) => ({ targets: [{ type: "user", id: String(req.params.id) }] }) },
        ),
      );
    });
    for (const status of [200, 400, 403, 500]) await call("POST", `/users/7/role?status=${status}`);
    const events = await recorded(4);
    expect(events.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
      ["role_changed", "success", undefined],
      ["role_changed", "failure", "status_400"],
      ["role_changed", "denied", "status_403"],
      ["role_changed", "failure", "status_500"],
    ]);
    expect(events[0]).toMatchObject({
      targets: [{ type: "user", id: "7" }],
      request: { route: "/users/:id/role", status: 200 },
    });
    expect(events[0]?.request?.durationMs).toBeGreaterThanOrEqual(0);
  });

  test("records a handler that throws, and Express still sees the error", async () => {
    await listen((app) => {
      app.post(
        "/x",
        telltale.audit("x_done", (_req: express.Request, _res: express.Response) => {
          throw new TypeError("no");
        }),
      );
    });
    expect((await call("POST", "/x")).status).toBe(500);
    const events = await recorded(2);
    expect(events.map(({ action, outcome, reason }) => [action, outcome, reason])).toEqual([
      ["x_done", "failure", "TypeError"],
      ["app_error", "error", "TypeError"],
    ]);
  });

  test("keeps the number of parameters, by which Express knows error handlers", () => {
    const handler = telltale.audit(
      "x",
      (_e: unknown, _req: unknown, _res: unknown, _next: unknown) => undefined,
    );
    expect(handler).toHaveLength(4);
  });
});

test("works with node:http alone, and with the shape of Express 4", async () => {
  const { request } = telltaleExpress(telltale);
  server = createServer((req, res) => {
    // Express 4 puts the route here and restores `url` behind mounted routers.
    Object.assign(req, { originalUrl: "/api/v4/7?x=1", baseUrl: "/api", route: { path: /^\/v4\/(\d+)$/ } });
    request(req, res, () => {
      req.resume();
      res.end("ok");
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server?.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await call("POST", "/api/v4/7?x=1");
  const events = await recorded(1);
  expect(events).toMatchObject([
    { action: "api_request", request: { path: "/api/v4/7", route: "/api/^\\/v4\\/(\\d+)$" } },
  ]);
});
