// SPDX-License-Identifier: Apache-2.0
// What the documentation promises for bad input, against the real server; it stays up and loses nothing.
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, serve, temporaryDirectory, until, type ServerProcess } from "./harness.js";

const { dir, clean } = temporaryDirectory();
let server: ServerProcess;
let ingest: string;
let bound: string;
let read: string;

beforeAll(async () => {
  ingest = await createKey(dir, "ingest");
  bound = await createKey(dir, "ingest", ["--app", "shop-api"]);
  read = await createKey(dir, "read");
  server = await serve(dir);
});
afterAll(async () => {
  await server.kill("SIGTERM");
  clean();
});

interface Answer {
  status: number;
  retryAfter: string | null;
  body: {
    error?: { code: string; message: string };
    accepted?: number;
    duplicates?: number;
    rejected?: { line: number; code: string; message: string }[];
    first?: number | null;
    last?: number | null;
    checkpoint?: string;
  };
}

async function post(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  key: string | null = ingest,
): Promise<Answer> {
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === "string" ? body : Buffer.from(body),
  });
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: (await response.json()) as Answer["body"],
  };
}

async function eventAt(index: number): Promise<Record<string, unknown> & { data?: Record<string, unknown> }> {
  return until(`event ${index}`, async () => {
    const response = await fetch(`${server.url}/v1/events/${index}`, {
      headers: { authorization: `Bearer ${read}` },
    });
    return response.ok ? ((await response.json()) as { event: Record<string, unknown> }).event : undefined;
  });
}

const good = (n: number): string => JSON.stringify({ action: "authn_login_fail", message: `event ${n}` });

describe("refused as a whole", () => {
  it.each([
    ["not JSON", "hello", {}, 400, "not_json"],
    ["half an array", '[{"action":"x"}', {}, 400, "not_json"],
    ["an unknown media type", good(1), { "content-type": "text/plain" }, 415, "unsupported_media_type"],
    ["an unknown encoding", good(1), { "content-encoding": "br" }, 415, "unsupported_encoding"],
    ["gzip that is none", good(1), { "content-encoding": "gzip" }, 400, "bad_gzip"],
  ])("%s", async (_name, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect(answer).toMatchObject({ status, body: { error: { code } } });
  });

  it("names the media types that are taken", async () => {
    const answer = await post(good(1), { "content-type": "text/plain" });
    expect(answer.body.error?.message).toMatch(/application\/json .*application\/x-ndjson/);
  });
  it("no key, a wrong key and a key for something else", async () => {
    expect(await post(good(1), {}, null)).toMatchObject({
      status: 401,
      body: { error: { code: "unauthorized" } },
    });
    expect(await post(good(1), {}, `${ingest}x`)).toMatchObject({ status: 401 });
    expect(await post(good(1), {}, read)).toMatchObject({
      status: 403,
      body: { error: { code: "forbidden" } },
    });
  });
  it("a body of 11 MiB", async () => {
    expect(await post("x".repeat(11 * 1024 * 1024)).catch(() => ({ status: 413 }))).toMatchObject({
      status: 413,
    });
  });
  it("a gzip bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20));
    expect(await post(bomb, { "content-encoding": "gzip" })).toMatchObject({
      status: 413,
      body: { error: { code: "body_too_large" } },
    });
  });
});

describe("refused line by line, the rest is kept", () => {
  it("names line and code", async () => {
    const nested = `{"action":"x","data":${'{"a":'.repeat(100)}1${"}".repeat(100)}}`;
    const large = JSON.stringify({ action: "x", message: "m".repeat(62_000) });
    const body = [good(1), "nonsense", "", "[1]", '{"no":"action"}', nested, large, good(2)].join("\n");
    const answer = await post(body, { "content-type": "application/x-ndjson" });
    expect(answer.status).toBe(200);
    expect(answer.body.accepted).toBe(2);
    expect(answer.body.rejected?.map(({ line, code }) => [line, code])).toEqual([
      [2, "not_json"],
      [4, "not_an_object"],
      [5, "no_action"],
      [6, "too_deep"],
      [7, "event_too_large"],
    ]);
    expect(answer.body.last! - answer.body.first!).toBe(1);
    expect(answer.body.checkpoint).toMatch(/^.+\/[0-9a-f]{32}\n\d+\n/);
  });
  it("answers an empty array", async () => {
    expect(await post("[]")).toMatchObject({ status: 200, body: { accepted: 0, first: null, last: null } });
  });
});

describe("kept, whatever is wrong with it", () => {
  it.each<[string, string]>([
    ["wrong types", '{"action":"x","actor":5,"client":{"ip":[]},"time":"yesterday"}'],
    ["__proto__", '{"action":"x","__proto__":{"polluted":1},"data":{"constructor":{"prototype":{"a":1}}}}'],
    ["NUL and control characters", '{"action":"x","message":"a\\u0000b\\u001b[31mc"}'],
    ["lone surrogates", '{"action":"x","message":"\\ud800"}'],
    ["duplicate keys", '{"action":"x","action":"y","message":"z"}'],
    ["huge numbers", '{"action":"x","data":{"n":123456789012345678901234567890}}'],
  ])("%s", async (_name, body) => {
    const answer = await post(body);
    expect(answer.body).toMatchObject({ accepted: 1, rejected: [] });
    const event = await eventAt(answer.body.first!);
    expect(event["via"]).toMatch(/./);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
  it("bytes that are no UTF-8", async () => {
    const answer = await post(
      Buffer.from([...Buffer.from('{"action":"x","message":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
    );
    expect(answer.body.accepted).toBe(1);
  });
  it("takes gzip", async () => {
    expect((await post(gzipSync(good(3)), { "content-encoding": "gzip" })).body.accepted).toBe(1);
  });
});

describe("never believed", () => {
  it("what only the server may say", async () => {
    const forged = {
      action: "log_pruned",
      received: "1999-01-01T00:00:00.000Z",
      via: "telltale",
      tenant: "other",
    };
    const answer = await post(JSON.stringify(forged));
    const event = await eventAt(answer.body.first!);
    expect(event["action"]).toBe("claimed_log_pruned");
    expect(event["received"]).not.toBe(forged.received);
    expect(event["via"]).not.toBe("telltale");
    expect(event["tenant"]).toBeUndefined();
    expect(event.data?.["_claimed"]).toMatchObject({ received: forged.received, via: "telltale" });
  });
  it("another application's name, and reports it", async () => {
    const answer = await post(
      JSON.stringify({ action: "user_created", source: { app: "billing" } }),
      {},
      bound,
    );
    const event = await eventAt(answer.body.first!);
    expect(event["source"]).toMatchObject({ app: "shop-api" });
    expect(event.data?.["_claimed"]).toMatchObject({ app: "billing" });
    const report = await until("the report", async () => {
      const response = await fetch(`${server.url}/v1/events?q=action:log_tamper_suspected&limit=10`, {
        headers: { authorization: `Bearer ${read}` },
      });
      const page = (await response.json()) as { events: { event: { via: string } }[] };
      return page.events[0];
    });
    expect(report.event.via).toBe("telltale");
  });
});

it("is still up and has lost nothing", async () => {
  const before = await post(good(9));
  expect(before.body.accepted).toBe(1);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});
