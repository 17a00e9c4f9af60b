// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { makeIo, runCommand } from "../../test/test-io.js";
import { runCli } from "../run.js";
import { formatAlert } from "./tail.js";

let server: FakeServer | undefined;
afterEach(() => server?.close());

function found(index: number, level = "info"): unknown {
  return {
    index,
    event: {
      v: 1,
      id: `id-${index}`,
      time: "2026-11-22T10:00:00.123Z",
      source: { app: "shop" },
      action: "authn_login_fail",
      outcome: "failure",
      level,
      actor: { type: "user", id: "admin" },
    },
  };
}

const message = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

async function until(check: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(check()).toBe(true);
}

describe("tail", () => {
  it("shows the past, then the present once, and connects again when it is cut off", async () => {
    let connections = 0;
    let log = [found(0), found(1)];
    const streams: ServerResponse[] = [];
    server = await startFakeServer((request, response) => {
      if (request.path === "/v1/events") {
        answerJson(response, 200, { events: [...log].reverse(), next: null, complete: true });
        return;
      }
      connections++;
      streams.push(response);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
    });
    const test = makeIo();
    const done = runCli(["tail", "--json", "--alerts", "--url", server.url, "--key", "tt_read_a_b"], test.io);
    await until(() => test.stdout().split("\n").length === 3);
    // Index 1 was shown as the past already; the message is cut in two on its way.
    const text =
      message("event", found(1)) + message("event", found(2)) + message("alert", { title: "Brute force" });
    streams[0]?.write(text.slice(0, 30));
    streams[0]?.write(text.slice(30));
    streams[0]?.write(message("lost", { count: 4 }));
    await until(() => test.stderr().includes("4 events"));
    log = [found(2), found(3)];
    streams[0]?.destroy();
    await until(() => connections === 2 && test.stdout().includes('"index":3'));
    streams[1]?.write(message("event", found(4)));
    await until(() => test.stdout().includes('"index":4'));
    test.stop();
    expect(await done).toBe(0);
    const lines = test
      .stdout()
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each) as { index?: number; alert?: unknown });
    expect(lines.flatMap((each) => each.index ?? [])).toEqual([0, 1, 2, 3, 4]);
    expect(lines.filter((each) => each.alert !== undefined)).toHaveLength(1);
    expect(test.stderr()).toContain("connection was lost");
  });
  it("tells of an alert with its time and where to open it, whatever the server sent", () => {
    const alert = {
      id: "0190-a",
      title: "Brute force",
      level: "high",
      key: "root",
      count: 1,
      lastTime: Date.UTC(2026, 10, 22, 10),
    };
    expect(formatAlert(alert, "http://h:1")).toBe(
      "2026-11-22T10:00:00.000Z ALERT HIGH Brute force (root, 1 event) http://h:1/alerts?alert=0190-a",
    );
    expect(formatAlert({ ...alert, id: "a&b c", lastTime: 1e300, count: 7 }, "u")).toBe(
      "ALERT HIGH Brute force (root, 7 events) u/alerts?alert=a%26b%20c",
    );
    expect(formatAlert(null, "u")).toContain("ALERT");
  });
  it("prints the one-line form", async () => {
    server = await startFakeServer((request, response) => {
      if (request.path === "/v1/events")
        answerJson(response, 200, { events: [found(0, "warn")], next: null, complete: true });
      else {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(": hello\n\n");
      }
    });
    const test = makeIo();
    const done = runCli(
      ["tail", "user:admin", "-n", "5", "--url", server.url, "--key", "tt_read_a_b"],
      test.io,
    );
    await until(() => test.stdout() !== "");
    test.stop();
    expect(await done).toBe(0);
    expect(test.stdout()).toBe(
      "2026-11-22T10:00:00.123Z WARN authn_login_fail failure user=admin app=shop\n",
    );
    expect(server.requests.map((each) => each.query.get("q"))).toEqual(["user:admin", "user:admin"]);
  });
  it("fails at once when the key is wrong or nothing is there", async () => {
    server = await startFakeServer((_request, response) =>
      answerJson(response, 401, { error: { code: "unauthorized", message: "No valid key." } }),
    );
    expect((await runCommand(["tail", "--url", server.url, "--key", "x"])).code).toBe(77);
    expect((await runCommand(["tail", "--url", "http://127.0.0.1:9", "--key", "x"])).code).toBe(69);
  });
});
