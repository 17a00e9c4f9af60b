// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEvidence } from "@telltale/log";
import { verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestServer } from "../../test/http-fixture.js";
import { startTestServer } from "../../test/http-fixture.js";

let server: TestServer;
let key: string;
const dir = tempDir("bundle");

beforeAll(async () => {
  server = await startTestServer();
  key = await server.key("read");
  await server.append(...Array.from({ length: 30 }, (_, i) => ({ action: "order_placed", data: { n: i } })));
});
beforeEach(() => {
  server.hits.length = 0;
});
afterAll(async () => {
  await server.close();
  dir.dispose();
});

const get = (query: string, token = key) =>
  server.app.inject({
    method: "GET",
    url: `/v1/evidence${query}`,
    headers: { authorization: `Bearer ${token}` },
  });

async function verify(body: Buffer) {
  const file = join(dir.path, "bundle.zip");
  writeFileSync(file, body);
  const { files, close } = await openEvidence(file);
  const report = await verifyEvidence(files, { crypto: nodeCrypto, vkey: server.log.vkey });
  await close();
  return report;
}

describe("GET /v1/evidence", () => {
  it("gives what was found, each event proven, and the log's own record of the export", async () => {
    server.hits.push(9, 7, 3);
    const size = server.log.size;
    const answer = await get("?q=action:order_placed&from=2025-01-01");
    expect(answer.headers).toMatchObject({ "content-type": "application/zip", "telltale-events": "4" });
    expect(answer.headers["content-disposition"]).toMatch(
      /attachment; filename="telltale-evidence-\d{8}-\d{6}\.zip"/,
    );
    const report = await verify(answer.rawPayload);
    expect(report).toMatchObject({ verdict: "intact", findings: [], checked: 4 });
    expect(report.notes.join()).toContain("none was taken out since");
    expect(report.manifest).toMatchObject({
      selection: { query: "action:order_placed", from: "2025-01-01T00:00:00.000Z" },
      record: size,
      limited: false,
    });
    const [told] = server.events.filter(({ action }) => action === "log_exported").slice(-1);
    expect(told).toMatchObject({
      actor: { type: "service" },
      data: { query: "action:order_placed", events: 3 },
    });
  });

  it("says that the limit left something out, and takes the newest", async () => {
    server.hits.push(9, 7, 3);
    const answer = await get("?limit=2");
    expect(answer.headers).toMatchObject({ "telltale-events": "3", "telltale-limited": "true" });
    const report = await verify(answer.rawPayload);
    expect(report.manifest).toMatchObject({ limited: true });
    expect(report.proven.map(({ first }) => first)).toEqual([7, 9, server.log.size - 1]);
    expect(report.notes.join()).toContain("limit");
  });

  it("gives one event, and the evidence of an alert", async () => {
    expect((await verify((await get("?index=main:4")).rawPayload)).manifest?.selection).toEqual({ index: 4 });
    const [alert] = await server.alerts.record(
      [
        {
          ruleId: "brute",
          title: "Password brute force",
          level: "high",
          tags: [],
          key: "alice",
          group: { "actor.id": "alice" },
          count: 2,
          fresh: 1,
          value: 2,
          firstTime: 1_000,
          lastTime: 2_000,
          evidence: [5, 6],
          trigger: 6,
        },
      ],
      { follower: "detect", next: 7 },
    );
    const report = await verify((await get(`?alert=${alert?.id}`)).rawPayload);
    expect(report).toMatchObject({
      verdict: "intact",
      checked: 3,
      manifest: { selection: { alert: alert?.id } },
    });
  });

  it.each([
    ["?q=nothing", 404, "not_found"],
    ["?alert=no-such-alert", 404, "not_found"],
    ["?index=100000", 404, "not_found"],
    ["?index=1&q=x", 400, "bad_request"],
    ["?limit=0", 400, "bad_request"],
    ["?limit=50000", 400, "bad_request"],
    ["?q=((", 400, "bad_query"],
    ["?from=x", 400, "bad_request"],
    ["?other=1", 400, "bad_request"],
  ])("refuses %s, and writes no export down", async (query, status, code) => {
    const before = server.events.length;
    const answer = await get(query);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ error: { code } });
    expect(server.events.slice(before).filter(({ action }) => action === "log_exported")).toEqual([]);
  });

  it("needs the permission to read events", async () => {
    server.hits.push(1);
    expect((await get("", await server.key("ingest"))).statusCode).toBe(403);
    expect((await server.app.inject({ method: "GET", url: "/v1/evidence" })).statusCode).toBe(401);
    expect((await get("")).statusCode).toBe(200);
  });
});
