// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../../test/http-fixture.js";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

async function ask(token: string, method: "GET" | "POST", url: string) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ method, url, headers });
  return { status: answer.statusCode, body: answer.body === "" ? undefined : (answer.json() as never) };
}

it("lists channels, pauses, resumes and tests them, and tells of it", async () => {
  const admin = await server.key("admin");
  expect(await ask(admin, "GET", "/v1/notifications")).toMatchObject({
    status: 200,
    body: { channels: [{ name: "chat", kind: "slack", state: "running", counts: { waiting: 0 } }] },
  });
  expect(await ask(admin, "POST", "/v1/notifications/chat/pause")).toMatchObject({
    body: { channels: [{ state: "paused" }] },
  });
  expect(await ask(admin, "POST", "/v1/notifications/chat/test")).toMatchObject({
    body: { delivered: true, answer: "taken" },
  });
  expect(await ask(admin, "POST", "/v1/notifications/chat/resume")).toMatchObject({ status: 200 });
  expect(await ask(admin, "POST", "/v1/notifications/nobody/test")).toMatchObject({ status: 404 });
  expect(await ask(admin, "POST", "/v1/notifications/deliveries/x/retry")).toMatchObject({ status: 404 });
  expect(await ask(admin, "GET", "/v1/notifications/deliveries?state=failed")).toMatchObject({
    body: { deliveries: [] },
  });
  expect(await ask(admin, "GET", "/v1/notifications/deliveries?state=nonsense")).toMatchObject({
    status: 400,
  });
  const told = server.events.filter(({ action }) => action === "log_notification_changed");
  expect(told.map(({ reason }) => reason)).toEqual(["paused", "tested", "resumed"]);
});

it("lets readers look and nobody else do anything", async () => {
  const reader = await server.key("read");
  expect(await ask(reader, "GET", "/v1/notifications")).toMatchObject({ status: 200 });
  for (const act of ["pause", "resume", "test"])
    expect(await ask(reader, "POST", `/v1/notifications/chat/${act}`)).toMatchObject({ status: 403 });
  expect(await ask(await server.key("ingest"), "GET", "/v1/notifications")).toMatchObject({ status: 403 });
});
