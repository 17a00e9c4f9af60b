// SPDX-License-Identifier: Apache-2.0
import { get as httpGet } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestServer } from "../../test/http-fixture.js";
import { startTestServer } from "../../test/http-fixture.js";

let server: TestServer;
let port: number;
let token: string;

beforeEach(async () => {
  server = await startTestServer();
  await server.app.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = server.app.server.address() as AddressInfo);
  token = await server.key("read");
});
afterEach(() => server.close());

interface Stream {
  response: IncomingMessage;
  text(): string;
  ended(): boolean;
  events(): { event: string; data: unknown }[];
}

async function open(
  query = "",
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
): Promise<Stream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpGet({ port, host: "127.0.0.1", path: `/v1/stream${query}`, headers }, resolve).on("error", reject);
  });
  let text = "";
  let isEnded = false;
  response.setEncoding("utf8");
  response.on("data", (part: string) => (text += part));
  response.on("close", () => (isEnded = true));
  response.on("error", () => {});
  return {
    response,
    text: () => text,
    ended: () => isEnded,
    events: () =>
      [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(([, event = "", data = ""]) => ({
        event,
        data: JSON.parse(data) as unknown,
      })),
  };
}

describe("stream", () => {
  it("brings events, alerts and checkpoints as they come", async () => {
    const stream = await open();
    expect(stream.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    await server.append({ action: "first", message: "line\nbreak" }, { action: "second" });
    server.stream.checkpoint({ size: 2, root: "AAAA", time: 5 });
    await server.alerts.record(
      [
        {
          ruleId: "r",
          title: "T",
          level: "low",
          tags: [],
          key: "k",
          group: {},
          count: 1,
          fresh: 1,
          value: 1,
          firstTime: 1,
          lastTime: 1,
          evidence: [1],
          trigger: 1,
        },
      ],
      { follower: "detect", next: 2 },
    );
    await expect.poll(() => stream.events().length).toBe(4);
    expect(stream.events()).toMatchObject([
      { event: "event", data: { index: 0, event: { action: "first", message: "line\nbreak" } } },
      { event: "event", data: { index: 1, event: { action: "second" } } },
      { event: "checkpoint", data: { size: 2, root: "AAAA", time: 5 } },
      { event: "alert", data: { title: "T", status: "new" } },
    ]);
    expect(server.events).toContainEqual(
      expect.objectContaining({ action: "log_searched", data: { query: "", live: true } }),
    );
    stream.response.destroy();
    await expect.poll(() => server.stream.clients).toBe(0);
  });

  it("filters, and can leave events out", async () => {
    const filtered = await open("?q=action%3Asecond");
    const news = await open("?events=none");
    await server.append({ action: "first" }, { action: "second" });
    server.stream.checkpoint({ size: 2, root: "AAAA", time: 5 });
    await expect.poll(() => news.events().length).toBe(1);
    await expect.poll(() => filtered.events().length).toBe(2);
    expect(filtered.events()[0]).toMatchObject({ data: { index: 1 } });
    expect(news.events()).toMatchObject([{ event: "checkpoint" }]);
  });

  it("tells a checkpoint at most once a second, and the last one in the end", async () => {
    const stream = await open();
    for (let size = 1; size <= 50; size++) server.stream.checkpoint({ size, root: "AAAA", time: size });
    await expect.poll(() => stream.events().at(-1)).toMatchObject({ data: { size: 50 } });
    expect(stream.events()).toHaveLength(2);
  });

  it("shows the newest of a flood and counts the rest", async () => {
    const stream = await open();
    await server.append(...Array.from({ length: 3_000 }, (_, i) => ({ action: "flood", id: String(i) })));
    await expect.poll(() => stream.events().length).toBe(2_001);
    expect(stream.events()[0]).toEqual({ event: "lost", data: { count: 1_000 } });
    expect(stream.events().at(-1)).toMatchObject({ data: { index: 2_999 } });
  });

  it("keeps little for a client that does not read, and goes on for the others", async () => {
    const deaf = connect(port, "127.0.0.1");
    await new Promise<void>((resolve) => deaf.once("connect", resolve));
    deaf.write(`GET /v1/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`);
    deaf.pause();
    await expect.poll(() => server.stream.clients).toBe(1);
    const other = await open();
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 60; round++) {
      await server.append(
        ...Array.from({ length: 20 }, () => ({ action: "big", message: "x".repeat(20_000) })),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    await server.append({ action: "last" });
    await expect.poll(() => other.text().includes('"action":"last"'), { timeout: 5_000 }).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1_048_576);
    expect(server.app.server.listening).toBe(true);
    deaf.destroy();
  });

  it("ends when the key is revoked or the person signs out", async () => {
    const id = token.split("_").slice(1, 3).join("_");
    const byKey = await open();
    const browser = await server.browser("viewer");
    const byCookie = await open("", { cookie: browser.cookie });
    await server.access.keys.revoke(id, { kind: "system", id: "test" });
    await expect.poll(() => byKey.ended()).toBe(true);
    expect(byCookie.ended()).toBe(false);
    await server.app.inject({ method: "DELETE", url: "/v1/session", headers: { cookie: browser.cookie } });
    await expect.poll(() => byCookie.ended()).toBe(true);
  });

  it("needs a key that may read", async () => {
    expect((await open("", {})).response.statusCode).toBe(401);
    const ingest = await server.key("ingest");
    expect((await open("", { authorization: `Bearer ${ingest}` })).response.statusCode).toBe(403);
  });

  it("ends at once when the server stops", async () => {
    const stream = await open();
    const start = Date.now();
    await server.app.close();
    await expect.poll(() => stream.ended()).toBe(true);
    expect(Date.now() - start).toBeLessThan(1_000);
  });

  it("is refused when too many are open", async () => {
    for (let i = 0; i < 100; i++) await open("?events=none");
    const response = await open();
    expect(response.response.statusCode).toBe(503);
    expect(response.response.headers["retry-after"]).toBe("10");
  });
});
