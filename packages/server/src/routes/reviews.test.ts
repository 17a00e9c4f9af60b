// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, TestServer } from "../../test/http-fixture.js";
import { startTestServer } from "../../test/http-fixture.js";
import type { Action } from "../access/permissions.js";
import { isAllowed, KEY_ROLES, USER_ROLES } from "../access/permissions.js";
import type { Review } from "../review/review.js";

let server: TestServer;
let review: Review;
const browsers: Record<string, Browser> = {};
const keys: Record<string, string> = {};
const PERIOD = { from: "2025-12-31T00:00:00Z", to: "2026-01-01T00:00:00Z" };

beforeAll(async () => {
  server = await startTestServer();
  for (const role of USER_ROLES) browsers[role] = await server.browser(role);
  for (const role of KEY_ROLES) keys[role] = await server.key(role);
  review = (await send("POST", "/v1/reviews", "analyst", PERIOD)).json<Review>();
});
afterAll(() => server.close());

function headersOf(who: string): Record<string, string> {
  if (who.startsWith("key:")) return { authorization: `Bearer ${keys[who.slice(4)]}` };
  return { cookie: browsers[who]?.cookie ?? "", "x-csrf-token": browsers[who]?.csrf ?? "" };
}
function send(method: "GET" | "POST", url: string, who: string, payload?: object) {
  const options: InjectOptions = { method, url, headers: headersOf(who) };
  return server.app.inject(payload === undefined ? options : { ...options, payload });
}
const STATEMENT = "I have looked and found nothing.";

describe("who may", () => {
  const callers = [
    ...USER_ROLES.map((role) => ({ kind: "user" as const, role, who: role as string })),
    ...KEY_ROLES.map((role) => ({ kind: "key" as const, role, who: `key:${role}` })),
  ];
  const routes: [Action, "GET" | "POST", string, object?][] = [
    ["reviews.read", "GET", "/v1/reviews"],
    ["reviews.read", "GET", "/v1/reviews/ID"],
    ["reviews.read", "GET", "/v1/reviews/ID/content"],
    ["reviews.read", "GET", "/v1/reviews/ID/report.html"],
    ["reviews.write", "POST", "/v1/reviews", PERIOD],
    ["reviews.write", "POST", "/v1/reviews/ID/comments", { text: "seen" }],
  ];
  it.each(routes)("%s: %s %s", async (action, method, url, payload) => {
    for (const { kind, role, who } of callers) {
      const { statusCode } = await send(method, url.replace("ID", review.id), who, payload);
      expect(statusCode < 300, who).toBe(isAllowed({ kind, role }, action));
      if (statusCode >= 300) expect(statusCode, who).toBe(403);
    }
  });

  it("reviews.sign: people who decide, and no key, auditor or viewer", async () => {
    const body = { statement: STATEMENT, contentSha256: "0".repeat(64) };
    for (const { kind, role, who } of callers) {
      const { statusCode } = await send("POST", `/v1/reviews/${review.id}/sign`, who, body);
      // The hash is wrong on purpose: who may is told so, who may not never gets that far.
      expect(statusCode, who).toBe(isAllowed({ kind, role }, "reviews.sign") ? 409 : 403);
    }
    expect(["auditor", "viewer"].some((role) => isAllowed({ kind: "user", role }, "reviews.sign"))).toBe(
      false,
    );
  });

  it("nobody without a name, and nobody from another site", async () => {
    const url = `/v1/reviews/${review.id}/sign`;
    const body = { statement: STATEMENT, contentSha256: review.contentSha256 };
    expect((await server.app.inject({ method: "POST", url, payload: body })).statusCode).toBe(401);
    const { cookie } = browsers["owner"] as Browser;
    expect(
      (await server.app.inject({ method: "POST", url, headers: { cookie }, payload: body })).statusCode,
    ).toBe(403);
  });
});

describe("what comes in", () => {
  it.each([
    ["comments", { text: "" }],
    ["comments", { text: "  \n " }],
    ["comments", { text: "a\u0000b" }],
    ["comments", { text: "\u001b[31m" }],
    ["comments", { text: "\ud800" }],
    ["comments", { text: "x".repeat(4001) }],
    ["comments", { text: 1 }],
    ["comments", { text: "x", more: 1 }],
    ["sign", { statement: "x" }],
    ["sign", { statement: " ", contentSha256: "0".repeat(64) }],
    ["sign", { statement: "x".repeat(2001), contentSha256: "0".repeat(64) }],
    ["sign", { statement: "x", contentSha256: "0".repeat(63) }],
  ])("is refused in %s: %j", async (what, body) => {
    const answer = await send("POST", `/v1/reviews/${review.id}/${what}`, "owner", body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: "bad_request" } });
  });

  it("is refused when it is a megabyte", async () => {
    const answer = await send("POST", `/v1/reviews/${review.id}/comments`, "owner", {
      text: "x".repeat(1 << 20),
    });
    expect(answer.statusCode).toBe(413);
  });

  it.each([
    [{ from: "2026-01-02", to: "2026-01-03" }, "to: must not be in the future."],
    [{ from: "2025-01-02", to: "2025-01-01" }, "from: must be before to."],
    [{ from: "2020-01-01", to: "2025-01-01" }, "366 days"],
    [{ from: "soon", to: "now" }, "from: not a time"],
    [{ from: "-1d" }, "body: to"],
  ])("is refused as a period: %j", async (body, message) => {
    const answer = await send("POST", "/v1/reviews", "owner", body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ error: { message: string } }>().error.message).toContain(message);
  });

  it("is refused as an id", async () => {
    for (const id of ["x", "__proto__", "..%2f", "%00"]) {
      for (const rest of ["", "/content", "/report.html"])
        expect((await send("GET", `/v1/reviews/${id}${rest}`, "owner")).statusCode).toBe(404);
      expect((await send("POST", `/v1/reviews/${id}/comments`, "owner", { text: "x" })).statusCode).toBe(404);
    }
  });

  it("is shown as text, with secrets masked and what deceives as marks", async () => {
    const text = `<img src=x onerror=alert(1)>\u202e AKIAIOSFODNN7EXAMPLE https://a:hunter2secret@b.example/`;
    const answer = await send("POST", `/v1/reviews/${review.id}/comments`, "owner", { text });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).not.toContain("hunter2secret");
    const page = await send("GET", `/v1/reviews/${review.id}/report.html`, "auditor");
    expect(page.body).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(page.body).not.toMatch(/<img|hunter2secret|\u202e/);
  });
});

describe("opening", () => {
  it("is an event, folded, that says who and how", async () => {
    const opened = () =>
      server.events.filter(({ action, actor }) => action === "log_review_opened" && actor?.name === "viewer");
    const before = opened().length;
    for (let i = 0; i < 3; i++) await send("GET", `/v1/reviews/${review.id}`, "viewer");
    server.clock.now += 6 * 60_000;
    await send("GET", `/v1/reviews/${review.id}`, "viewer");
    expect(opened().length - before).toBe(1);
    expect(opened().at(-1)).toMatchObject({
      targets: [{ type: "review", id: review.id, name: "2025-12-31" }],
      data: { how: "page", repeats: expect.any(Number) as number },
    });
  });

  it("the report loads and runs nothing, whatever it holds", async () => {
    const { headers } = await send("GET", `/v1/reviews/${review.id}/report.html`, "owner");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    const csp = String(headers["content-security-policy"]);
    expect(csp).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
    expect(csp).toMatch(/; frame-ancestors 'none'; sandbox$/);
    expect(csp).not.toMatch(/unsafe|script-src|\*/);
  });
});

it("what is signed can be computed again from the bytes that are served", async () => {
  const made = await send("POST", "/v1/reviews", "admin", {
    from: "2025-12-30T00:00:00Z",
    to: "2025-12-31T00:00:00Z",
  });
  expect(made.statusCode).toBe(201);
  const { id, contentSha256 } = made.json<Review>();
  const again = await send("POST", "/v1/reviews", "owner", { from: "2025-12-30", to: "2025-12-31" });
  expect([again.statusCode, again.json<Review>().id]).toEqual([200, id]);
  const signed = await send("POST", `/v1/reviews/${id}/sign`, "analyst", {
    statement: STATEMENT,
    contentSha256,
  });
  expect(signed.json()).toMatchObject({ status: "signed", signedBy: "analyst" });
  const { rawPayload } = await send("GET", `/v1/reviews/${id}/content`, "auditor");
  expect(createHash("sha256").update(rawPayload).digest("hex")).toBe(contentSha256);
  expect(server.events.find(({ action }) => action === "log_review_signed")).toMatchObject({
    data: { contentSha256 },
  });
  const late = await send("POST", `/v1/reviews/${id}/sign`, "owner", { statement: "me too", contentSha256 });
  expect(late.statusCode).toBe(409);
  expect(late.json<{ error: { message: string } }>().error.message).toContain(
    "analyst has signed this review",
  );
  const list = await send("GET", "/v1/reviews?status=signed&limit=5", "viewer");
  expect(list.json()).toMatchObject({ reviews: [{ id, status: "signed" }], next: null });
  expect((await send("GET", "/v1/status", "viewer")).json()).toMatchObject({ reviews: { open: 1 } });
});
