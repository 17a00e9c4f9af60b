// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, TestServer } from "../../test/http-fixture.js";
import { startTestServer } from "../../test/http-fixture.js";
import { ERROR_CATALOGUE } from "../errors.js";

let server: TestServer;
let owner: Browser;
const seed = Date.now();

beforeAll(async () => {
  server = await startTestServer();
  owner = await server.browser("owner");
  await server.append({ action: "a" });
});
afterAll(() => server.close());

const toSafe = (value: string): string => value.replace(/\p{Surrogate}/gu, "");

/** True when the answer is a success or one of the documented errors, with its status. */
function isDocumented(response: { statusCode: number; body: string }): boolean {
  if (response.statusCode < 400) return true;
  const { error } = JSON.parse(response.body) as {
    error: { code: keyof typeof ERROR_CATALOGUE; message: string };
  };
  return error.code !== "internal" && ERROR_CATALOGUE[error.code].status === response.statusCode;
}

// Field names that exist, so that the values reach what is behind them.
const field = fc.oneof(
  fc.constantFrom(
    "role",
    "name",
    "app",
    "status",
    "verdict",
    "comment",
    "assignee",
    "token",
    "password",
    "__proto__",
    "constructor",
  ),
  fc.string(),
);
const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(field, fc.jsonValue({ maxDepth: 3 })));
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.constantFrom("..", "%00", "\u202e", "null", "NaN", "-1", "1e999"),
);

describe(`hostile input (seed ${seed})`, () => {
  it("in bodies gets a documented answer, never a 500", async () => {
    const routes = [
      ["POST", "/v1/keys"],
      ["POST", "/v1/setup"],
      ["PATCH", "/v1/alerts/x"],
      ["POST", "/v1/reviews"],
      ["POST", "/v1/reviews/x/comments"],
      ["POST", "/v1/reviews/x/sign"],
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), json, async ([method, url], value) => {
        const headers = {
          cookie: owner.cookie,
          "x-csrf-token": owner.csrf,
          "content-type": "application/json",
        };
        expect(
          isDocumented(await server.app.inject({ method, url, headers, payload: JSON.stringify(value) })),
        ).toBe(true);
      }),
      { seed, numRuns: 400 },
    );
    expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
  });

  it("in addresses and queries gets a documented answer, never a 500", async () => {
    const routes = [
      "/v1/events",
      "/v1/histogram",
      "/v1/alerts",
      "/v1/events/",
      "/v1/alerts/",
      "/v1/reviews",
      "/v1/reviews/",
      "/log/tile/",
      "/log/tile/entries/",
      "/v1/keys/",
      "/",
    ];
    const parameter = fc.tuple(
      fc.constantFrom("q", "from", "to", "limit", "cursor", "buckets", "status", "x"),
      text,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        text,
        fc.array(parameter, { maxLength: 4 }),
        async (route, rest, given) => {
          const path = route.endsWith("/") ? `${route}${encodeURIComponent(toSafe(rest))}` : route;
          const query = new URLSearchParams(given).toString();
          expect(
            isDocumented(
              await server.app.inject({ url: `${path}?${query}`, headers: { cookie: owner.cookie } }),
            ),
          ).toBe(true);
        },
      ),
      { seed, numRuns: 600 },
    );
  });

  it("in headers is refused or ignored, never a 500", async () => {
    const header = fc.string({
      unit: fc.constantFrom(..." abcABC019._-=;,:%/\"'\\\t~".split("")),
      maxLength: 200,
    });
    const name = fc.constantFrom(
      "authorization",
      "cookie",
      "x-csrf-token",
      "origin",
      "accept",
      "if-none-match",
      "x-forwarded-for",
      "accept-encoding",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(name, header),
        fc.constantFrom("", "Bearer ", "telltale_session="),
        async (headers, prefix) => {
          const sent = Object.fromEntries(
            Object.entries(headers).map(([key, value]) => [key, `${prefix}${value}`]),
          );
          expect(isDocumented(await server.app.inject({ url: "/v1/status", headers: sent }))).toBe(true);
        },
      ),
      { seed, numRuns: 300 },
    );
  });
});
