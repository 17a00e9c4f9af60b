// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeRequest, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { type Ran, runCommand } from "../../test/test-io.js";

const ALERT = {
  id: "a1",
  title: "Brute\u001b[31m force",
  level: "high",
  status: "new",
  risk: 73,
  group: { "actor.id": "alice\u202e" },
  key: "alice",
  count: 14,
  lastTime: 0,
  evidence: [3, 4],
  history: [
    {
      at: "2026-11-23T10:00:00.000Z",
      by: { id: "u", name: "ada" },
      field: "status",
      from: "new",
      to: "resolved",
    },
  ],
};
const PREVIEW = {
  days: 30,
  alerts: 4,
  vanishing: 1,
  shrinking: 2,
  unknown: 0,
  complete: true,
  truePositives: [],
};
const EXCEPTION = {
  id: "e1",
  title: "Except",
  state: "active",
  owner: "ada",
  reason: "r",
  expiresAt: "2027-01-01T00:00:00.000Z",
  hits: 3,
};

let server: FakeServer | undefined;
afterEach(() => server?.close());

async function start(preview: object = PREVIEW): Promise<void> {
  server = await startFakeServer(({ method, path }: FakeRequest, response: ServerResponse): void => {
    if (path === "/v1/alerts/bulk") return answerJson(response, 200, { changed: ["a1"] });
    if (path === "/v1/alerts/a1/exception")
      return answerJson(response, 200, { rule: "r1", where: { "actor.id": ["alice"] } });
    if (path === "/v1/alerts/a1") return answerJson(response, 200, ALERT);
    if (path === "/v1/exceptions/preview") return answerJson(response, 200, preview);
    if (path === "/v1/exceptions" && method === "POST") return answerJson(response, 201, EXCEPTION);
    if (path === "/v1/exceptions") return answerJson(response, 200, { exceptions: [EXCEPTION] });
    if (path === "/v1/exceptions/e1/end") return answerJson(response, 200, { ...EXCEPTION, state: "ended" });
    if (path === "/v1/rules/precision")
      return answerJson(response, 200, {
        rules: [{ title: "Brute", alerts: 2, hits: 20, open: 1, lastHit: 0, precision: 0.5 }],
      });
    return answerJson(response, 200, { alerts: [ALERT], next: null, total: 7 });
  });
}

function run(...argv: string[]): Promise<Ran> {
  const env = { TELLTALE_URL: server?.url ?? "", TELLTALE_KEY: "tt_admin_a_b" };
  return runCommand(["alerts", ...argv], { env, now: () => Date.UTC(2026, 10, 23, 12) });
}
const bodyOf = (path: string): unknown =>
  JSON.parse(
    String(server?.requests.find((request) => request.path === path && request.method === "POST")?.body),
  );

describe("alerts", () => {
  it("lists what is open, without what deceives a terminal", async () => {
    await start();
    const ran = await run("list", "--level", "high", "--order", "risk");
    expect(ran.stdout).toMatch(/high +73 +new +14 +a1 +Brute/);
    for (const deceptive of ["\u001b", "\u202e"]) expect(ran.stdout).not.toContain(deceptive);
    expect(ran.stderr).toBe("1 of 7.\n");
    expect(server?.requests[0]?.query.get("status")).toBe("open");
    expect(server?.requests[0]?.query.get("order")).toBe("risk");
  });

  it("shows one with its history", async () => {
    await start();
    const ran = await run("show", "a1");
    expect(ran.stdout).toContain("ada  status new → resolved");
    expect(ran.stdout).toContain("14 events; evidence: 3 4");
  });

  it("decides several in one request", async () => {
    await start();
    const ran = await run("decide", "a1", "a2", "--verdict", "none", "--assign", "", "--snooze", "8h");
    expect(ran.stderr).toContain("1 changed");
    expect(bodyOf("/v1/alerts/bulk")).toEqual({
      ids: ["a1", "a2"],
      change: { verdict: null, assignee: null, snooze: "2026-11-23T20:00:00.000Z" },
    });
  });

  it.each([
    [["decide", "a1"], "nothing to decide"],
    [["decide", "a1", "--snooze", "soon"], "is no time"],
    [["except", "a1"], "needs a reason"],
    [["except", "a1", "--reason", "x", "--where", "nothing"], "is no condition"],
  ])("refuses %j", async (argv, words) => {
    await start();
    const ran = await run(...argv);
    expect(ran.stderr).toContain(words);
    expect(ran.code).not.toBe(0);
    expect(server?.requests).toEqual([]);
  });

  it("says how good the rules are", async () => {
    await start();
    expect((await run("precision")).stdout).toMatch(/50 % +2 +20 +1 +1970-01-01T00:00 +Brute/);
  });
});

describe("exceptions", () => {
  it("are made after what they would have hidden was said", async () => {
    await start();
    const ran = await run(
      "except",
      "a1",
      "--reason",
      "load test",
      "--days",
      "30",
      "--where",
      "a=b=c",
      "--where",
      "a=d",
    );
    expect(ran.stdout).toBe("e1\n");
    expect(ran.stderr).toContain("1 would not be there, 2 would be smaller");
    expect(bodyOf("/v1/exceptions")).toEqual({
      rule: "r1",
      where: { a: ["b=c", "d"] },
      reason: "load test",
      days: 30,
    });
  });

  it("are only previewed when asked, loudly where an attack is among it", async () => {
    await start({ ...PREVIEW, truePositives: [{ id: "a9", title: "Break-in" }] });
    const ran = await run("except", "a1", "--preview");
    expect(ran.stderr).toContain("WARNING: 1 CONFIRMED");
    expect(ran.stderr).toContain("Break-in");
    expect(server?.requests.some(({ path }) => path === "/v1/exceptions")).toBe(false);
  });

  it("are listed and ended", async () => {
    await start();
    expect((await run("exceptions")).stdout).toMatch(/active +2027-01-01 +3 +ada +e1 +Except: r/);
    expect((await run("end-exception", "e1", "--reason", "over")).stderr).toContain("It has ended");
    expect(bodyOf("/v1/exceptions/e1/end")).toEqual({ reason: "over" });
  });
});
