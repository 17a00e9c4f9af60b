// SPDX-License-Identifier: Apache-2.0
// The chain of a source from its bytes to the alert, through the threads of the real program, a kill and a restart.
import { ChainSender } from "@telltale/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKey, serve, temporaryDirectory, until, type ServerProcess } from "./harness.js";

const { dir, clean } = temporaryDirectory();
let server: ServerProcess;
let ingest: string;
let read: string;
beforeAll(async () => {
  server = await serve(dir);
  ingest = await createKey(dir, "ingest");
  read = await createKey(dir, "read");
});
afterAll(async () => {
  await server.kill("SIGTERM");
  clean();
});

async function send(lines: readonly string[]): Promise<void> {
  const response = await fetch(`${server.url}/v1/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${ingest}`, "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  expect(response.status, await response.text()).toBe(200);
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(`${server.url}${url}`, { headers: { authorization: `Bearer ${read}` } });
  return (await response.json()) as T;
}

async function findings(): Promise<string[]> {
  const { events } = await get<{ events: { event: { data: Record<string, unknown> } }[] }>(
    "/v1/events?q=action:log_gap_detected&limit=100",
  );
  return events
    .map(({ event: { data } }) => `${String(data.kind)} ${String(data.from)}-${String(data.to)}`)
    .toReversed();
}

it("finds on every thread, over a kill, what was lost and changed, and raises alerts", async () => {
  const source = new ChainSender({ key: ingest, instance: "pod-1" });
  // Small bodies stay on the main thread, large ones go to workers.
  for (const count of [1, 400, 2, 700, 1, 1, 900]) await send(source.take(count));
  const [lost, ...rest] = source.take(300);
  await send(rest);
  const changed = source.next().replace("success", "failure");
  await send([changed]);
  await send(source.take(500));
  await until("the findings", async () => ((await findings()).length >= 2 ? true : undefined));
  expect(await findings()).toEqual(["gap 2006-2006", "broken 2306-2306"]);

  await server.kill("SIGKILL");
  server = await serve(dir);
  await send(source.take(600));
  source.next();
  await send(source.take(2));
  await send([lost!]);
  const expected = ["gap 2006-2006", "broken 2306-2306", "gap 3407-3407", "reordered 2006-2006"];
  await until("more findings", async () => ((await findings()).length >= 4 ? true : undefined));
  expect(await findings()).toEqual(expected);

  await server.kill("SIGTERM");
  server = await serve(dir);
  await send(source.take(50));
  const { alerts } = await until("the alerts", async () => {
    const answer = await get<{ alerts: { title: string; level: string }[] }>("/v1/alerts");
    return answer.alerts.length >= 2 ? answer : undefined;
  });
  expect(alerts.map(({ title, level }) => `${level}: ${title}`).toSorted()).toEqual([
    "critical: The chain of a source was forged",
    "high: Events of a source are missing",
  ]);
  expect(await findings()).toEqual(expected);
  // The hash of the key's secret is in no line that the process printed.
  expect(server.output()).not.toMatch(/chainKey|[0-9a-f]{64}/);
}, 60_000);
