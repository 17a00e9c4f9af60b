// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findOcsfFaults } from "../../packages/event/test/published-ocsf.js";
import { createSplunk, SOURCETYPE } from "../../packages/server/src/follow/forward/to/splunk.js";
import type { Target } from "../../packages/server/src/follow/forward/target.js";
import { Rig } from "../../packages/server/test/forward/rig.js";
import { secretOf } from "../../packages/server/test/forward/secret.js";
import { countArrivals, findPeer, freePort, isTaken, killAmid, PeerProcess } from "./peer.js";

// The OpenTelemetry Collector's `splunk_hec` receiver, with and without acknowledgement. It hands everything on as OTLP
// before it answers, so what it has said yes to has arrived here.

const found = findPeer("heccollector");
const EVENTS = 100_000;
const dir = tempDir("hec-collector");
let running: PeerProcess | undefined;

/** A value of OTLP's JSON encoding. */
interface AnyValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
}
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface Export {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly timeUnixNano: string; readonly body: AnyValue }[];
    }[];
  }[];
}

const toObject = (pairs: readonly KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, toPlain(value)]));

function toPlain(value: AnyValue): unknown {
  if (value.kvlistValue !== undefined) return toObject(value.kvlistValue.values);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(toPlain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}

interface Arrived {
  readonly address: string;
  /** Milliseconds since 1970; the receiver computes with 64-bit floats. */
  readonly time: number;
  readonly resource: Record<string, unknown>;
  readonly event: Record<string, unknown>;
}

/** Behind the collector: keeps what it is handed. */
class Sink {
  readonly arrived: Arrived[] = [];
  readonly #server: Server = createServer((request, response) => void this.#take(request, response));

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: string;
    try {
      body = await readBody(request);
    } catch {
      // The collector was killed while it sent.
      response.destroy();
      return;
    }
    this.#keep(JSON.parse(body) as Export);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }

  #keep({ resourceLogs }: Export): void {
    for (const { resource, scopeLogs } of resourceLogs) {
      const attributes = toObject(resource.attributes);
      for (const { timeUnixNano, body } of scopeLogs.flatMap(({ logRecords }) => logRecords)) {
        const event = toPlain(body) as Record<string, unknown>;
        const { log_name: address } = event["metadata"] as { log_name: string };
        // Whole events only of the first: a hundred thousand objects are not needed.
        this.arrived.push(
          address === "main:3"
            ? { address, time: Math.round(Number(timeUnixNano) / 1e6), resource: attributes, event }
            : { address, time: 0, resource: {}, event: {} },
        );
      }
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

function configure(port: number, sink: number): string {
  const file = path.join(dir.path, "hec-collector.yaml");
  writeFileSync(
    file,
    `extensions:
  ack: {}
receivers:
  splunk_hec:
    endpoint: 127.0.0.1:${port}
    ack: { extension: ack }
exporters:
  otlphttp:
    logs_endpoint: http://127.0.0.1:${sink}/v1/logs
    encoding: json
    compression: none
    sending_queue: { enabled: false }
service:
  telemetry: { metrics: { level: none }, logs: { level: warn } }
  extensions: [ack]
  pipelines:
    logs: { receivers: [splunk_hec], exporters: [otlphttp] }
`,
  );
  return file;
}

const targetWith = (port: number, ack: boolean): Target =>
  createSplunk({
    name: "hec",
    url: new URL(`http://127.0.0.1:${port}`),
    token: secretOf("5a1b6c2e-peer"),
    tls: { insecure: false },
    ack,
    gzip: true,
    // What was sent before it was killed is never acknowledged after it.
    ackTimeoutMs: 1000,
    ackPollMs: 5,
  });

describe.runIf(found !== undefined)("the OpenTelemetry Collector's splunk_hec receiver", () => {
  let sink: Sink;
  let sinkPort: number;
  beforeAll(async () => {
    sink = new Sink();
    sinkPort = await sink.start();
  });
  afterEach(async () => {
    await running?.end("SIGTERM");
  });
  afterAll(async () => {
    await sink.stop();
    dir.dispose();
  });

  it.each([false, true])("gets every event, also amid being killed (acknowledgement: %s)", async (ack) => {
    sink.arrived.length = 0;
    const port = await freePort();
    running = new PeerProcess(found?.program ?? "", ["--config", `file:${configure(port, sinkPort)}`], () =>
      isTaken(port),
    );
    await running.start();
    const rig = new Rig(EVENTS);
    const forwarder = await rig.start(targetWith(port, ack), {
      batch: { events: 500, bytes: 1024 * 1024, waitMs: 0 },
    });
    const seconds = await killAmid(running, forwarder, EVENTS, [0.2, 0.5, 0.8]);
    await rig.stop();
    const { twice, missing } = countArrivals(
      sink.arrived.map(({ address }) => address),
      EVENTS,
    );
    console.log(
      `${found?.version}, acknowledgement ${ack}: ${EVENTS} events, killed 3 times: ${missing.length} lost, ${twice} delivered again, ${forwarder.status().counts.retried} retried, ${Math.round(EVENTS / seconds)} events/s`,
    );
    expect(missing).toHaveLength(0);
    const whole = sink.arrived.find(({ address }) => address === "main:3");
    expect(whole).toMatchObject({
      time: 1_795_341_600_123,
      resource: {
        "host.name": "web-1",
        "com.splunk.source": "shop-api",
        "com.splunk.sourcetype": SOURCETYPE,
      },
    });
    expect(findOcsfFaults(whole?.event ?? {})).toEqual([]);
    rig.dir.dispose();
  });
});
