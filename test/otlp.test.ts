// SPDX-License-Identifier: Apache-2.0
// OTLP/HTTP with JSON, as an OpenTelemetry exporter speaks it, against the real server.
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, serve, type ServerProcess, temporaryDirectory, until } from "./harness.js";

const { dir, clean } = temporaryDirectory();
let server: ServerProcess;
let ingest: string;
let read: string;

beforeAll(async () => {
  ingest = await createKey(dir, "ingest");
  read = await createKey(dir, "read");
  server = await serve(dir);
});
afterAll(async () => {
  await server.kill("SIGTERM");
  clean();
});

interface Reply {
  status: number;
  body: {
    partialSuccess?: { rejectedLogRecords: string; errorMessage: string };
    error?: { code: string; message: string };
  };
}

async function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> {
  const response = await fetch(`${server.url}/v1/logs`, {
    method: "POST",
    headers: { authorization: `Bearer ${ingest}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : Uint8Array.from(body),
  });
  return { status: response.status, body: (await response.json()) as Reply["body"] };
}

function requestOf(records: object[]): string {
  const attributes = [{ key: "service.name", value: { stringValue: "billing" } }];
  return JSON.stringify({
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: records }] }],
  });
}

const record = (n: number): object => ({
  timeUnixNano: `${1_763_805_600_000 + n}000000`,
  eventName: "authn_login_fail",
  severityNumber: 13,
  body: { stringValue: `sign-in ${n} failed, password=hunter2hunter2` },
  attributes: [{ key: "user.id", value: { stringValue: `user-${n}` } }],
});

async function search(q: string): Promise<{ event: Record<string, unknown> }[]> {
  const response = await fetch(`${server.url}/v1/events?q=${encodeURIComponent(q)}&limit=1000`, {
    headers: { authorization: `Bearer ${read}` },
  });
  return ((await response.json()) as { events: { event: Record<string, unknown> }[] }).events;
}

describe("POST /v1/logs", () => {
  it("seals log records as events, protected, once each although they are sent twice", async () => {
    const body = requestOf(Array.from({ length: 300 }, (_, n) => record(n)));
    for (const sent of [post(body), post(gzipSync(body), { "content-encoding": "gzip" })])
      expect(await sent).toEqual({ status: 200, body: {} });
    const found = await until("300 events", async () => {
      const events = await search("source.app:billing");
      return events.length >= 300 ? events : undefined;
    });
    expect(found).toHaveLength(300);
    expect(JSON.stringify(found)).not.toContain("hunter2");
    const [one] = await search("actor.id:user-7");
    expect(one?.event).toMatchObject({
      action: "authn_login_fail",
      level: "warn",
      time: "2025-11-22T10:00:00.007Z",
    });
  });
  it("answers an empty request, counts what it refuses, and refuses what is no OTLP/JSON", async () => {
    expect(await post("{}")).toEqual({ status: 200, body: {} });
    const partial = await post(
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [7, record(9000)] }] }] }),
    );
    expect(partial).toMatchObject({ status: 200, body: { partialSuccess: { rejectedLogRecords: "1" } } });
    expect(await post("[]")).toMatchObject({ status: 400, body: { error: { code: "not_json" } } });
    expect(await post("\0", { "content-type": "application/x-protobuf" })).toMatchObject({
      status: 415,
      body: {
        error: {
          message:
            "The content type of the body is not supported: use application/json (OTLP as JSON, not as protobuf).",
        },
      },
    });
  });
});
