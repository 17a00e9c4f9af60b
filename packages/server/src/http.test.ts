// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestServer } from "../test/http-fixture.js";
import { PASSWORD, startTestServer } from "../test/http-fixture.js";
import { loadStaticUi } from "./http/static-ui.js";

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const SECRET = "Sup3r-unguessable-x";

let outer: string;
let dir: string;
let server: TestServer;
let key: string;

beforeAll(async () => {
  outer = mkdtempSync(join(tmpdir(), "telltale-ui-"));
  dir = join(outer, "public");
  mkdirSync(join(dir, "assets"), { recursive: true });
  writeFileSync(join(dir, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(dir, "theme.js"), "1");
  writeFileSync(join(dir, "assets", "app-BkWx3q9Z.js"), "x".repeat(5_000));
  writeFileSync(join(dir, "assets", "app-BkWx3q9Z.js.map"), "secret source");
  writeFileSync(join(dir, "..", "telltale-outside.txt"), "outside");
  server = await startTestServer({
    ui: await loadStaticUi(dir),
    prepare(app) {
      const config = { access: "public" } as const;
      app.get("/v1/crash", { config }, () => {
        throw new Error(`boom at /home/someone: password=${SECRET}`);
      });
      app.get("/v1/data", { config: { ...config, forPrograms: true } }, () => ({}));
      app.get("/v1/busy", { config }, () => {
        throw Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
      });
    },
  });
  key = await server.key("read");
});
afterAll(async () => {
  await server.close();
  rmSync(outer, { recursive: true, force: true });
});

const inject = (options: InjectOptions) => server.app.inject(options);

const status = (host: string, app = server.app) => app.inject({ url: "/healthz", headers: { host } });

const body = (payload: string, type = "application/json"): InjectOptions => ({
  method: "POST",
  url: "/v1/session",
  headers: { "content-type": type },
  payload,
});

const page = (url: string, headers: Record<string, string> = { accept: "text/html" }) =>
  inject({ url, headers });

/** Sends bytes as they are and gives what comes back. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(bytes));
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => (text += part));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

describe("every answer", () => {
  it.each([
    "/",
    "/v1/status",
    "/v1/nothing",
    "/healthz",
    "/openapi.json",
    "/v1/crash",
    "/v1/events/%zz",
    "/assets/app-BkWx3q9Z.js",
  ])("%s carries the security headers and does not name the server", async (url) => {
    const { headers } = await inject({ url, headers: { accept: "text/html" } });
    expect(headers).toMatchObject({
      "content-security-policy": CSP,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers["server"]).toBeUndefined();
    expect(headers["x-powered-by"]).toBeUndefined();
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("that is for programs says what a browser must not do with data, and nothing of pages", async () => {
    const { headers } = await inject({ url: "/v1/data" });
    expect(headers).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers["referrer-policy"]).toBeUndefined();
  });

  it("is not stored by caches unless it says so", async () => {
    expect((await inject({ url: "/v1/session" })).headers["cache-control"]).toBe("no-store");
    expect((await inject({ url: "/healthz" })).headers["cache-control"]).toBe("no-store");
  });

  it("asks for HSTS and Secure cookies only where there is TLS", async () => {
    const proxied = await startTestServer({ config: { behindProxy: true } });
    await proxied.browser("owner", "root");
    const response = await proxied.app.inject({
      method: "POST",
      url: "/v1/session",
      payload: { name: "root", password: PASSWORD },
    });
    expect(String(response.headers["set-cookie"])).toContain("; Secure");
    expect(response.headers["strict-transport-security"]).toBeUndefined();
    await proxied.close();
  });
});

const file = (name: string) => fileURLToPath(new URL(`../test/fixtures/tls/${name}`, import.meta.url));

describe("TLS", () => {
  it("serves https with HSTS and Secure cookies, and nothing to plain http", async () => {
    const raw = { host: "127.0.0.1", tlsCert: file("a.crt"), tlsKey: file("a.key") };
    const secure = await startTestServer({ raw });
    await secure.browser("owner", "root");
    await secure.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = secure.app.server.address() as AddressInfo;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const ca = readFileSync(raw.tlsCert);
      httpsGet({ port, host: "127.0.0.1", path: "/healthz", ca }, resolve).on("error", reject);
    });
    answer.resume();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
    const payload = { name: "root", password: PASSWORD };
    const signedIn = await secure.app.inject({ method: "POST", url: "/v1/session", payload });
    expect(String(signedIn.headers["set-cookie"])).toContain("; Secure");
    await expect(sendRaw(port, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")).resolves.not.toContain(
      "200 OK",
    );
    await secure.close();
  });
});

describe("the client's address", () => {
  const failedSignIn = {
    method: "POST",
    url: "/v1/session",
    payload: { name: "nobody", password: "x" },
  } as const;
  it("is the connection's, whatever a header claims", async () => {
    await inject({
      ...failedSignIn,
      headers: { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" },
    });
    expect(server.events.at(-1)).toMatchObject({ client: { ip: "127.0.0.1" } });
  });
  it("is the last entry that the proxy wrote, behind a proxy", async () => {
    const proxied = await startTestServer({ config: { behindProxy: true } });
    await proxied.app.inject({
      ...failedSignIn,
      headers: { "x-forwarded-for": "198.51.100.1, 203.0.113.9" },
    });
    expect(proxied.events.at(-1)).toMatchObject({ client: { ip: "203.0.113.9" } });
    await proxied.app.inject({
      ...failedSignIn,
      headers: { "x-forwarded-for": "198.51.100.1" },
      remoteAddress: "8.8.8.8",
    });
    expect(proxied.events.at(-1)).toMatchObject({ client: { ip: "8.8.8.8" } });
    await proxied.close();
  });
});

describe("the Host header", () => {
  it.each(["localhost", "localhost:7400", "127.0.0.1:7400", "[::1]:7400", "[::1]", "LOCALHOST:1"])(
    "%s is ours on loopback",
    async (host) => {
      expect((await status(host)).statusCode).toBe(200);
    },
  );
  it.each([
    "evil.example",
    "evil.example:7400",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "[::1",
    "169.254.169.254",
  ])("%s is not (DNS rebinding)", async (host) => {
    const response = await status(host);
    expect(response.statusCode).toBe(421);
    expect(response.json()).toMatchObject({ error: { code: "bad_host" } });
  });
  it("may be the configured one; beyond loopback any", async () => {
    const named = await startTestServer({ config: { publicUrl: new URL("https://log.example") } });
    expect((await status("log.example", named.app)).statusCode).toBe(200);
    expect((await status("evil.example", named.app)).statusCode).toBe(421);
    await named.close();
    const open = await startTestServer({ config: { isLoopback: false, host: "0.0.0.0", behindProxy: true } });
    expect((await status("anything.example", open.app)).statusCode).toBe(200);
    await open.close();
  });
});

describe("errors", () => {
  it("never leak: the answer is plain, the details are in the process log, scrubbed", async () => {
    const response = await inject({ url: `/v1/crash?token=${SECRET}` });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({
      error: { code: "internal", message: "Something failed inside the server." },
    });
    expect(server.logText()).toContain("boom at /home/someone");
    expect(server.logText()).not.toContain(SECRET);
  });

  it("say when to come back", async () => {
    const response = await inject({ url: "/v1/busy" });
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBe("1");
  });

  it.each<[string, InjectOptions, number, string]>([
    ["not JSON", body("{"), 400, "bad_request"],
    ["an empty body", body(""), 400, "bad_request"],
    ["__proto__", body('{"__proto__":{"a":1},"name":"a","password":"b"}'), 400, "bad_request"],
    [
      "constructor.prototype",
      body('{"constructor":{"prototype":{"a":1}},"name":"a","password":"b"}'),
      400,
      "bad_request",
    ],
    ["100-deep nesting", body(`{"name":${"[".repeat(100)}${"]".repeat(100)}}`), 400, "bad_request"],
    ["50,000-deep nesting", body(`{"name":${"[".repeat(25_000)}${"]".repeat(25_000)}}`), 400, "bad_request"],
    ["text", body("name=a", "text/plain"), 415, "unsupported_media_type"],
    ["a form", body("name=a", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"],
    ["too much", body(`"${"x".repeat(70_000)}"`), 413, "body_too_large"],
    ["a wrong method", { method: "PUT", url: "/v1/status" }, 404, "not_found"],
    ["a path that is none", { url: "/v1/%ff" }, 400, "bad_request"],
  ])("answer %s as documented", async (_name, request, status, code) => {
    const response = await inject(request);
    expect([response.statusCode, response.json<{ error: { code: string } }>().error.code]).toEqual([
      status,
      code,
    ]);
    expect(response.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("do not repeat what was sent", async () => {
    const bad = await inject(body(`{"name":"a","password":{"x":"${SECRET}"}}`));
    expect(bad.statusCode).toBe(400);
    const url = `/v1/${SECRET}?${SECRET}=1`;
    for (const response of [
      bad,
      await inject({ url }),
      await inject({ url: `/v1/events?limit=${SECRET}`, headers: { authorization: `Bearer ${key}` } }),
    ]) {
      expect(response.body).not.toContain(SECRET);
    }
    expect(server.logText()).not.toContain(SECRET);
    expect(server.logText()).not.toContain(key);
  });

  it("that are not even HTTP get an answer too, and the server stays up", async () => {
    await server.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = server.app.server.address() as AddressInfo;
    for (const bytes of [
      "\u0000\u0001\u0002\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET /\r\n\r\n",
      "A".repeat(20_000),
    ]) {
      const answer = await sendRaw(port, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).toMatch(/\{"error":\{"code":"bad_(?:request|host)"/);
    }
    const huge = await sendRaw(
      port,
      `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(40_000)}\r\n\r\n`,
    );
    expect(huge).toMatch(/^HTTP\/1\.1 431 /);
    expect(
      await sendRaw(port, "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"),
    ).toContain('{"status":"ok"}');
  });
});

describe("routes", () => {
  it("must say who may use them", async () => {
    await expect(
      startTestServer({ prepare: (app) => void app.get("/v1/forgotten", () => "open") }),
    ).rejects.toThrow("config.access");
  });
});

describe("the page", () => {
  it("is served at every address that is a page, never cached blindly", async () => {
    for (const url of ["/", "/events", "/alerts?status=new", "/sign-in", "/setup"]) {
      const response = await page(url);
      expect(response.body).toContain("<title>page</title>");
      expect(response.headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-cache",
      });
    }
    const { etag } = (await page("/")).headers;
    expect((await page("/", { "if-none-match": String(etag) })).statusCode).toBe(304);
  });

  it("has assets that browsers keep for ever, compressed", async () => {
    const response = await page("/assets/app-BkWx3q9Z.js", { "accept-encoding": "gzip, br" });
    expect(response.headers).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "content-encoding": "gzip",
    });
    expect(response.rawPayload.length).toBeLessThan(200);
    expect((await page("/theme.js", {})).headers["cache-control"]).toBe("no-cache");
  });

  it.each([
    "/assets/missing.js",
    "/assets/app-BkWx3q9Z.js.map",
    "/v1/none",
    "/log/none",
    "/assets/..%2findex.html",
    "/..%2ftelltale-outside.txt",
    "/%2e%2e/telltale-outside.txt",
    "/%252e%252e%252ftelltale-outside.txt",
    "/....//telltale-outside.txt",
    "/index.html%00.js",
    "/__proto__.js",
  ])("has no %s", async (url) => {
    const response = await page(url);
    expect([400, 404]).toContain(response.statusCode);
    expect(response.json()).toMatchObject({ error: { code: expect.any(String) as string } });
  });

  it("says what to do when it is not built", async () => {
    const ui = await loadStaticUi(join(dir, "nowhere"));
    const bare = await startTestServer({ ui });
    expect((await bare.app.inject("/")).body).toContain("npm run build");
    await bare.close();
  });
});
