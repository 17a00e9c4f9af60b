// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, serve, type ServerProcess, temporaryDirectory } from "../harness.js";
import { countEvents, findEvents } from "./events.js";
import { findPeer, freePort, isTaken, PeerProcess, until } from "./peer.js";

// The OpenTelemetry Collector's own `otlphttp` exporter sends log records to POST /v1/logs.

const found = findPeer("collector");
const EVENTS = 10_000;
const PER_REQUEST = 500;
const dir = tempDir("collector");
const { dir: data, clean } = temporaryDirectory();

function configure(receiver: number, server: string, key: string): string {
  const file = path.join(dir.path, "collector.yaml");
  writeFileSync(
    file,
    `receivers:
  otlp:
    protocols:
      http: { endpoint: "127.0.0.1:${receiver}" }
exporters:
  otlphttp:
    logs_endpoint: ${server}/v1/logs
    encoding: json
    headers: { authorization: "Bearer ${key}" }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlphttp] }
`,
    { mode: 0o600 },
  );
  return file;
}

const record = (n: number): object => ({
  timeUnixNano: `${1_763_805_600_000 + n}000000`,
  observedTimeUnixNano: `${1_763_805_600_000 + n}000000`,
  eventName: "authn_login_fail",
  severityNumber: 13,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  body: { stringValue: `sign-in ${n} failed` },
  attributes: [{ key: "user.id", value: { stringValue: `user-${n}` } }],
});

async function send(url: string, from: number): Promise<void> {
  const logRecords = Array.from({ length: PER_REQUEST }, (_, i) => record(from + i));
  const attributes = [{ key: "service.name", value: { stringValue: "billing" } }];
  const response = await fetch(`${url}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] }),
  });
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
}

describe.runIf(found !== undefined)("the OpenTelemetry Collector's otlphttp exporter", () => {
  let server: ServerProcess;
  let read: string;
  let collector: PeerProcess;
  let url: string;
  beforeAll(async () => {
    const ingest = await createKey(data, "ingest");
    read = await createKey(data, "read");
    server = await serve(data);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const args = ["--config", `file:${configure(port, server.url, ingest)}`];
    collector = new PeerProcess(found?.program ?? "", args, () => isTaken(port));
    await collector.start();
  });
  afterAll(async () => {
    await collector.end("SIGTERM");
    await server.kill("SIGTERM");
    clean();
    dir.dispose();
  });

  it(`has its ${EVENTS} log records sealed as events, once each`, async () => {
    const began = Date.now();
    for (let from = 0; from < EVENTS; from += PER_REQUEST) await send(url, from);
    const all = "source.app:billing";
    await until("all events", async () => (await countEvents(server.url, read, all)) >= EVENTS, {
      everyMs: 200,
    });
    console.log(
      `${found?.version}: ${EVENTS} log records, ${Math.round((EVENTS * 1000) / (Date.now() - began))} events/s until they are found`,
    );
    expect(await countEvents(server.url, read, all)).toBe(EVENTS);
    const [one] = await findEvents(server.url, read, "actor.id:user-4711");
    expect(one).toMatchObject({
      action: "authn_login_fail",
      level: "warn",
      time: "2025-11-22T10:00:04.711Z",
      source: { app: "billing" },
      request: { trace: "4bf92f3577b34da6a3ce929d0e0e4736" },
    });
  });
});
