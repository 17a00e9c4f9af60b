// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../test/http-fixture.js";

let server: TestServer;
let headers: Record<string, string>;

beforeAll(async () => {
  server = await startTestServer();
  headers = { authorization: `Bearer ${await server.key("read")}` };
});
afterAll(() => server.close());

const SECRET = "hunter2hunter2";
const preview = (payload: object | string, more: Record<string, string> = {}) =>
  server.app.inject({
    method: "POST",
    url: "/v1/protect/preview",
    headers: { ...headers, "content-type": "application/json", ...more },
    payload,
  });

describe("POST /v1/protect/preview", () => {
  it("says what would be stored, and no cache keeps it", async () => {
    const answer = await preview({ event: { action: "x", data: { password: SECRET } } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.json()).toMatchObject({
      event: { action: "x", data: { password: "[removed:password]" } },
      fields: [{ path: "data.password", how: "removed", kind: "password" }],
    });
    expect(await preview({ text: `pwd: ${SECRET}` }).then((each) => each.json<unknown>())).toMatchObject({
      text: "pwd: [masked:password]",
      found: [{ kind: "password", count: 1 }],
    });
  });
  it("keeps nothing of it: no event, no line in the process log, no answer with it", async () => {
    const events = server.events.length;
    const size = server.log.size;
    const answers = [
      await preview({ event: { action: "x", data: { password: SECRET } } }),
      await preview({ event: { data: { password: SECRET } } }),
      await preview({ event: { action: "x" }, text: SECRET }),
      await preview({ [SECRET]: 1, event: { action: "x" } }),
      await preview(`{"event":{"action":"x","message":"${SECRET}`),
      await preview({ text: SECRET.repeat(5_000) }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 400, 400, 400, 413]);
    expect(answers[1]?.json()).toMatchObject({ error: { code: "no_action" } });
    expect(server.events.length).toBe(events);
    expect(server.log.size).toBe(size);
    expect(server.logText()).not.toContain(SECRET);
  });
  it("is for those who may read events", async () => {
    const ingest = { authorization: `Bearer ${await server.key("ingest")}` };
    expect((await preview({ text: "x" }, ingest)).statusCode).toBe(403);
  });
});

const get = (query: string) =>
  server.app.inject({ method: "GET", url: `/v1/protect/hidden${query}`, headers });

describe("GET /v1/protect/hidden", () => {
  it("asks the index about a span of time, a day when none is given", async () => {
    server.searches.length = 0;
    expect((await get("")).json()).toMatchObject({
      rows: [],
      sources: [],
      events: 0,
      touched: 0,
      complete: true,
    });
    const { now } = server.clock;
    expect(server.searches[0]).toMatchObject({ from: now - 86_400_000, to: now });
    await get("?from=-7d");
    expect(server.searches.at(-1)).toMatchObject({ from: now - 7 * 86_400_000 });
  });
  it("refuses a time that is none", async () => {
    expect((await get("?from=yesterday")).statusCode).toBe(400);
  });
});
