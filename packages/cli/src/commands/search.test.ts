// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { runCommand } from "../../test/test-io.js";

let server: FakeServer | undefined;
afterEach(() => server?.close());

const DECEPTIVE = ["\u001b", "\u009b", "\u202e"];
const NOW = Date.UTC(2026, 10, 22, 12);

function found(index: number, more: Record<string, unknown> = {}): unknown {
  const event = {
    received: "2026-11-22T10:00:00.000Z",
    via: "k",
    v: 1,
    id: `id-${index}`,
    time: "2026-11-22T10:00:00.000Z",
    source: { app: "shop" },
    action: "authn_login_fail",
    outcome: "failure",
    level: "warn",
    actor: { type: "user", id: "alice" },
    ...more,
  };
  return { index, event };
}

async function serve(pages: Record<string, unknown>): Promise<void> {
  server = await startFakeServer((request, response) =>
    answerJson(response, 200, pages[request.query.get("cursor") ?? ""]),
  );
}

const run = (...argv: string[]) =>
  runCommand(["search", "--url", server?.url ?? "", "--key", "tt_read_a_b", ...argv], { now: () => NOW });

describe("search", () => {
  it("follows pages up to the limit and prints one JSON object a line", async () => {
    await serve({
      "": { events: [found(9), found(8)], next: "c1", complete: true },
      c1: { events: [found(7), found(6)], next: "c2", complete: true },
    });
    const ran = await run("action:authn_login_fail", "alice", "--json", "--limit", "3");
    expect(ran.code).toBe(0);
    const lines = ran.stdout
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each) as { index: number });
    expect(lines.map((each) => each.index)).toEqual([9, 8, 7]);
    expect(server?.requests[0]?.query.get("q")).toBe("action:authn_login_fail alice");
  });
  it("prints a table that hostile events cannot break", async () => {
    const hostile = found(1, {
      actor: { type: "user", id: "a\u001b[31m\nFAKE" },
      message: "x\u202e\u009b2J",
    });
    await serve({ "": { events: [hostile], next: null, complete: true } });
    const ran = await run();
    expect(ran.stdout.trim().split("\n")).toHaveLength(2);
    for (const bad of DECEPTIVE) expect(ran.stdout).not.toContain(bad);
    expect(ran.stdout).toContain("authn_login_fail");
    const json = await run("--json");
    for (const bad of DECEPTIVE) expect(json.stdout).not.toContain(bad);
    expect(JSON.parse(json.stdout)).toEqual(hostile);
  });
  it("sends times as RFC 3339 and says when the answer is not complete", async () => {
    await serve({ "": { events: [], next: null, complete: false } });
    const ran = await run("--from", "24h", "--to", "2026-11-22");
    expect(server?.requests[0]?.query.get("from")).toBe("2026-11-21T12:00:00.000Z");
    expect(server?.requests[0]?.query.get("to")).toBe("2026-11-22T00:00:00.000Z");
    expect(ran.stderr).toContain("Not complete");
  });
  it("says when nothing was found, and what --from and --to mean if they were given", async () => {
    await serve({ "": { events: [], next: null, complete: true } });
    const plain = await run("nobody", "--json");
    expect([plain.code, plain.stdout, plain.stderr]).toEqual([0, "", "Nothing found.\n"]);
    const ranged = await run("--from", "2025-12-10");
    expect(ranged.stderr).toMatch(/^Nothing found\.\n.*time of arrival.*time:>=2025-12-10/);
  });
  it("leaves out what is no event instead of failing on it", async () => {
    await serve({
      "": { events: [null, { index: "x" }, found(3), { index: 4, event: {} }], next: null, complete: true },
    });
    expect((await run("--json")).stdout.trim().split("\n")).toHaveLength(1);
  });
  it.each([
    [["--from", "yesterday"], 64],
    [["--limit", "0"], 64],
    [["--limit", "many"], 64],
  ])("refuses %j", async (argv, code) => {
    await serve({});
    expect((await run(...argv)).code).toBe(code);
  });
  it("passes on what the server says about a bad query", async () => {
    server = await startFakeServer((_request, response) =>
      answerJson(response, 400, { error: { code: "bad_query", message: "Unknown field at 3." } }),
    );
    const ran = await run("a:b");
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain("Unknown field at 3.");
  });
  it("shows the place of a mistake under the query", async () => {
    server = await startFakeServer((_request, response) =>
      answerJson(response, 400, {
        error: { code: "bad_query", message: 'There is no field "b".', position: 6 },
      }),
    );
    const ran = await run("alice b:c");
    expect(ran.code).toBe(64);
    expect(ran.stderr.split("\n").slice(1, 3)).toEqual(["  alice b:c", "        ^"]);
    expect(ran.stderr).toContain("docs/reference/search.md");
  });
  it("tells that something else answers", async () => {
    server = await startFakeServer((_request, response) => {
      response.writeHead(404);
      response.end("<html>nginx\u001b[2J</html>");
    });
    const ran = await run();
    expect(ran.code).toBe(69);
    expect(ran.stderr).toContain("not as a Telltale server");
    expect(ran.stderr).not.toContain("\u001b");
  });
});
