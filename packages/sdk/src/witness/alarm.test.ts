// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Alarms, createPostAlarm, type PostAlarm } from "./alarm.js";

let reports: string[];
const report = (code: string, text: () => string): void => {
  reports.push(`${code}: ${text()}`);
};
beforeEach(() => {
  reports = [];
});

const never: PostAlarm = (_json, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });

describe("Alarms", () => {
  test("tells one after another, again until it is taken", async () => {
    const told: string[] = [];
    const answers = [500, 302, 401, 204, 200];
    const post: PostAlarm = async (json) => {
      told.push(json);
      return answers.shift() ?? 200;
    };
    const alarms = new Alarms(post, report, () => -1);
    alarms.send("a");
    alarms.send("b");
    await expect.poll(() => told).toEqual(["a", "a", "a", "a", "b"]);
    await alarms.close(1000);
    expect(reports).toEqual(
      [500, 302, 401].map((status) => expect.stringContaining(String(status)) as string),
    );
    alarms.send("late");
    expect(told).toHaveLength(5);
  });

  test("gives up at some time, and holds only so many", async () => {
    let attempts = 0;
    const post: PostAlarm = async () => {
      attempts++;
      throw new Error("nobody");
    };
    // Pauses of nothing.
    const alarms = new Alarms(post, report, () => -1);
    for (let i = 0; i < 100; i++) alarms.send(String(i));
    await expect.poll(() => attempts, { timeout: 5000 }).toBe(8 * 35);
    await alarms.close(1000);
    expect(attempts).toBe(8 * 35);
  });

  test("ends in time whoever does not answer", async () => {
    const alarms = new Alarms(never, report);
    alarms.send("a");
    const start = performance.now();
    await alarms.close(50);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("createPostAlarm", () => {
  let server: Server;
  const seen: string[] = [];
  beforeEach(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      // An answer that has no end is not read.
      response.writeHead(request.url === "/moved" ? 307 : 200, { location: "/elsewhere" });
      response.write("x".repeat(1000));
      if (request.url === "/moved") response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test("follows nobody with the key, and reads no answer", async () => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { signal } = new AbortController();
    expect(await createPostAlarm({ url: new URL("/moved", base), key: "k" }, fetch)("{}", signal)).toBe(307);
    expect(
      await createPostAlarm({ url: new URL("/endless", base), key: undefined }, fetch)("{}", signal),
    ).toBe(200);
    expect(seen).toEqual(["POST /moved Bearer k", "POST /endless undefined"]);
  });
});
