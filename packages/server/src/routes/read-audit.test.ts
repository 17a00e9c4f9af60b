// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../test/http-fixture.js";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
  await server.append(...Array.from({ length: 600 }, () => ({ action: "order_placed" })));
});
afterEach(() => server.close());

const copies = () => server.events.filter(({ action }) => action === "log_exported");

async function copy(key: string, bundle = "000", remoteAddress = "10.0.0.1"): Promise<void> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await server.app.inject({ url: `/log/tile/entries/${bundle}`, headers, remoteAddress });
  expect(answer.statusCode).toBe(200);
}

describe("copying the log", () => {
  it("is one event an hour, however often and however much, so that a mirror that copies it too comes to rest", async () => {
    const key = await server.key("read");
    for (let minute = 0; minute < 60; minute++) {
      for (const bundle of ["000", "001", "002.p/88"]) await copy(key, bundle);
      server.clock.now += 59_000;
    }
    expect(copies()).toHaveLength(1);
    expect(copies()[0]).toMatchObject({ targets: [{ id: "main:0" }], client: { ip: "10.0.0.1" } });
    server.clock.now += 60_000;
    await copy(key);
    expect(copies()).toHaveLength(2);
    expect(copies()[1]).toMatchObject({ data: { repeats: 179 } });
  });

  it("by another caller, or with the same key from another address, is an event of its own", async () => {
    const [key, other] = [await server.key("read"), await server.key("admin")];
    await copy(key);
    await copy(other);
    await copy(key, "001", "10.0.0.2");
    expect(copies()).toHaveLength(3);
  });
});
