// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../test/http-fixture.js";
import type { BacktestNews } from "../rules/backtest.js";

let server: TestServer;
let authorization: string;

beforeAll(async () => {
  server = await startTestServer();
  authorization = `Bearer ${await server.key("read")}`;
  const fail = { action: "authn_login_fail", actor: { type: "user" as const, id: "alice" } };
  await server.append(fail, fail, fail, { action: "order_placed" }, fail);
});
afterAll(() => server.close());

const post = (payload: object) =>
  server.app.inject({ method: "POST", url: "/v1/rules/backtest", headers: { authorization }, payload });
const since = "2025-12-01T00:00:00Z";
const until = "2026-01-02T00:00:00Z";

it("answers progress and the report, line by line", async () => {
  const response = await post({ id: "many", since, until });
  expect(response.headers["content-type"]).toBe("application/x-ndjson");
  const news = response.body
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as BacktestNews);
  expect(news[0]).toEqual({ kind: "progress", done: 0, total: 5 });
  expect(news.at(-1)).toMatchObject({
    kind: "report",
    report: {
      path: "log",
      because: "there is no index",
      complete: true,
      events: 5,
      matched: 4,
      findings: 2,
      alerts: 1,
      first: [{ key: "alice", trigger: 2, evidence: [0, 1, 2] }],
    },
  });
});

it("tries a rule that is not in force, with what it refers to", async () => {
  const rule =
    "title: Two\ncorrelation: {type: event_count, rules: [failed], group-by: [actor.id], timespan: 1h, condition: {gte: 2}}\n";
  const response = await post({ rule, since, until });
  expect(response.body).toContain('"title":"Two"');
  expect(response.body).toContain('"findings":3');
});

it("is written down as a look at events", async () => {
  await post({ id: "failed", since, until });
  expect(server.events.filter(({ action }) => action === "log_searched")).toContainEqual(
    expect.objectContaining({ data: { query: "failed", backtest: true } }),
  );
});

const error = async (payload: object): Promise<unknown> =>
  (await post(payload)).json<{ error: unknown }>().error;

it("says what is wrong, and where", async () => {
  expect(
    await error({ rule: "title: x\nlogsource: {product: t}\ndetection: {s: {a|like: 1}, condition: s}\n" }),
  ).toMatchObject({
    code: "bad_request",
    message: 'rule:3: detection.s.a|like: unknown modifier "like"',
  });
  expect(await error({ rule: "a: &a [*a]" })).toMatchObject({ code: "bad_request" });
  expect(await error({ id: "nobody" })).toMatchObject({ code: "not_found" });
  expect(await error({})).toMatchObject({ code: "bad_request", message: "body: name either `rule` or `id`" });
  expect(await error({ id: "failed", rule: "x" })).toMatchObject({ code: "bad_request" });
  expect(await error({ id: "failed", since: until, until: since })).toMatchObject({
    message: "since: must be before until.",
  });
  expect(await error({ id: "failed", since: "soon" })).toMatchObject({ code: "bad_request" });
});

it("runs one at a time and gives the place free", async () => {
  const answers = await Promise.all([1, 2, 3].map(() => post({ id: "failed", since, until })));
  expect(answers.map(({ statusCode }) => statusCode)).toContain(200);
  for (const { statusCode, body } of answers) if (statusCode !== 200) expect(body).toContain("overloaded");
  expect((await post({ id: "failed", since, until })).statusCode).toBe(200);
});
