// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashLeaves, openLog, splitLines } from "@telltale/log";
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { runCommand } from "../../test/test-io.js";

const RULE =
  "title: Many failures\nname: mine\ncorrelation: {type: event_count, rules: [failed], group-by: [actor.id], timespan: 10m, condition: {gte: 3}}\n---\n" +
  "title: Failed\nname: failed\nlogsource: {product: telltale}\ndetection: {s: {action: authn_login_fail}, condition: s}\n";

let dir: TempDir;
let server: FakeServer | undefined;
beforeEach(() => {
  dir = tempDir("backtest-cli", true);
  writeFileSync(at("rule.yml"), RULE);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  dir.dispose();
});

const at = (name: string): string => join(dir.path, name);
const backtest = (...args: string[]) => runCommand(["rules", "backtest", ...args]);

async function makeLog(): Promise<void> {
  const log = await openLog({
    dataDir: at("data"),
    create: { originName: "test" },
    onFatal(error) {
      throw error;
    },
  });
  const lines = Array.from({ length: 300 }, (_, i) => {
    const received = new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString();
    const fails = i % 144 === 10;
    const event = {
      received,
      via: "key",
      v: 1,
      id: `e${i}`,
      time: received,
      action: fails ? "authn_login_fail" : "order_placed",
      actor: { type: "user", id: fails ? "eve\u001b[31m" : "bob" },
    };
    // Three failures in one moment, once a day.
    return `${JSON.stringify(event)}\n`.repeat(fails ? 3 : 1);
  });
  const batch = splitLines(Buffer.from(lines.join("")));
  await log.append({ ...batch, leafHashes: hashLeaves(batch) });
  await log.close();
}

const RANGE = ["--since", "2026-01-01", "--until", "2026-01-04"];

describe("telltale rules backtest --data", () => {
  it("counts what the rule would have found, by day and by key", async () => {
    await makeLog();
    const made = await backtest(at("rule.yml"), "--data", at("data"), ...RANGE, "--json");
    expect([made.code, made.stderr]).toEqual([0, ""]);
    expect(JSON.parse(made.stdout)).toMatchObject({
      rules: ["mine", "failed"].reverse(),
      path: "log",
      complete: true,
      events: 306,
      matched: 9,
      findings: 3,
      alerts: 1,
      perWeek: 7,
      perDay: [
        { day: "2026-01-01", alerts: 1 },
        { day: "2026-01-02", alerts: 1 },
        { day: "2026-01-03", alerts: 1 },
      ],
    });
    const shown = await backtest(at("rule.yml"), "--data", at("data"), ...RANGE);
    expect(shown.stdout).toContain("alerts    1 (3 findings)");
    expect(shown.stdout).toContain("about 7 a week");
    // What came with events is made visible.
    expect(shown.stdout).not.toContain("\u001b[31m");
  });

  it("tries a rule that ships, by its title", async () => {
    await makeLog();
    const made = await backtest("Password brute force on one user", "--data", at("data"), ...RANGE, "--json");
    expect(made.stderr).toBe("");
    expect(JSON.parse(made.stdout)).toMatchObject({ findings: 0, complete: true });
  });

  it("says what is wrong with the rule, the directory and the options", async () => {
    await makeLog();
    writeFileSync(
      at("bad.yml"),
      "title: x\nlogsource: {product: t}\ndetection: {s: {a|like: 1}, condition: s}\n",
    );
    const bad = await backtest(at("bad.yml"), "--data", at("data"));
    expect([bad.code, bad.stderr]).toEqual([
      64,
      expect.stringContaining('bad.yml:3: detection.s.a|like: unknown modifier "like"'),
    ]);
    expect((await backtest(at("none.yml"), "--data", at("data"))).code).toBe(66);
    expect((await backtest("no such rule", "--data", at("data"))).code).toBe(66);
    expect((await backtest(at("rule.yml"), "--data", at("nothing"))).code).toBe(66);
    expect((await backtest(at("rule.yml"), "--data", at("data"), "--url", "http://127.0.0.1:1")).code).toBe(
      64,
    );
    expect(
      (await backtest(at("rule.yml"), "--data", at("data"), "--since", "2026-01-04", "--until", "2026-01-01"))
        .code,
    ).toBe(64);
  });
});

const lines = (...news: object[]): string => news.map((each) => `${JSON.stringify(each)}\n`).join("");
const ask = (...args: string[]) => backtest(...args, "--url", server?.url ?? "", "--key", "k");

async function serve(body: string): Promise<void> {
  server = await startFakeServer((_, response) => {
    response.setHeader("content-type", "application/x-ndjson");
    response.end(body);
  });
}

describe("telltale rules backtest, of a server", () => {
  const REPORT = {
    rules: ["r"],
    since: "2026-01-01T00:00:00.000Z",
    until: "2026-01-02T00:00:00.000Z",
    path: "index",
    complete: false,
    missing: ["the newest events: the time was up"],
    events: 10,
    matched: 2,
    findings: 0,
    alerts: 0,
    perWeek: 0,
    perDay: [],
    first: [],
    noisiest: [],
    tookMs: 5,
  };

  it("sends the text of a file or the id, and shows the report", async () => {
    await serve(lines({ kind: "progress", done: 1, total: 10 }, { kind: "report", report: REPORT }));
    const made = await ask(at("rule.yml"), "--since", "2026-01-01", "--until", "2026-01-02");
    expect(made.code).toBe(2);
    expect(made.stdout).toContain("missing   the newest events: the time was up");
    expect(made.stdout).toContain("the index said which events match");
    expect(JSON.parse(server?.requests[0]?.body ?? "")).toEqual({
      rule: RULE,
      since: "2026-01-01T00:00:00.000Z",
      until: "2026-01-02T00:00:00.000Z",
    });
    await ask("some-id");
    expect(JSON.parse(server?.requests[1]?.body ?? "")).toMatchObject({ id: "some-id" });
  });

  it("takes no other answer for one", async () => {
    for (const body of [
      "",
      "{}\n",
      "<html>",
      lines({ kind: "progress", done: 1, total: 2 }),
      lines({ kind: "report", report: { ...REPORT, perDay: 3 } }),
    ]) {
      await serve(body);
      expect((await ask("some-id")).code, body).toBe(69);
      await server?.close();
    }
    server = await startFakeServer((_, response) =>
      answerJson(response, 503, { error: { code: "overloaded", message: "Another backtest is running." } }),
    );
    const busy = await ask("some-id");
    expect([busy.code, busy.stderr]).toEqual([75, expect.stringContaining("Another backtest is running.")]);
  });
});
