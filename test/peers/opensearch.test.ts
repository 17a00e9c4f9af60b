// SPDX-License-Identifier: Apache-2.0
import { chmodSync, chownSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createElastic } from "../../packages/server/src/follow/forward/to/elastic.js";
import type { Target } from "../../packages/server/src/follow/forward/target.js";
import { Rig } from "../../packages/server/test/forward/rig.js";
import { makeOutgoing } from "../../packages/server/test/forward/sealed.js";
import { countArrivals, findPeer, freePort, killAmid, PeerProcess } from "./peer.js";

// OpenSearch as one node, with data stream, index template and bulk requests as the `elastic` target makes them.

const found = findPeer("opensearch");
const STREAM = "logs-telltale.audit-default";
const EVENTS = 100_000;
/** It refuses to run as root. */
const NOBODY = 65_534;
const FOLDERS = ["bin", "config", "data", "extensions", "logs"];

const dir = tempDir("opensearch");
const home = path.join(dir.path, "home");
let url = "";
let peer: PeerProcess;

function layOut(from: string, ports: { http: number; transport: number }): void {
  cpSync(from, home, { recursive: true });
  for (const name of FOLDERS) mkdirSync(path.join(home, name));
  writeFileSync(
    path.join(home, "config/opensearch.yml"),
    `cluster.name: telltale-peers
discovery.type: single-node
network.host: 127.0.0.1
http.port: ${ports.http}
transport.port: ${ports.transport}
cluster.routing.allocation.disk.threshold_enabled: false
`,
  );
  writeFileSync(
    path.join(home, "config/log4j2.properties"),
    `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`,
  );
  if (process.getuid?.() !== 0) return;
  chmodSync(dir.path, 0o755);
  for (const name of FOLDERS) chownSync(path.join(home, name), NOBODY, NOBODY);
}

async function isReady(): Promise<boolean> {
  try {
    // Yellow: the one copy of each index is there.
    return (await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`)).status === 200;
  } catch {
    // It does not listen yet.
    return false;
  }
}

function toProcess(): PeerProcess {
  const args = [
    "-Xms1g",
    "-Xmx1g",
    `-Dopensearch.path.home=${home}`,
    `-Dopensearch.path.conf=${home}/config`,
    `-Djava.io.tmpdir=${home}/data`,
    "-Dopensearch.distribution.type=tar",
    "-Djava.security.manager=allow",
    "-Dlog4j2.disable.jmx=true",
    "-cp",
    `${home}/lib/*`,
    "org.opensearch.bootstrap.OpenSearch",
  ];
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  return new PeerProcess("java", args, isReady, { cwd: home, ...user });
}

const target = (): Target =>
  createElastic({
    name: "opensearch",
    url: new URL(url),
    auth: { kind: "none" },
    tls: { insecure: false },
    stream: STREAM,
    setup: true,
    gzip: true,
  });

async function ask<T>(method: string, where: string, body?: object): Promise<T> {
  const response = await fetch(`${url}/${where}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function countOf(query: object = { match_all: {} }): Promise<number> {
  await ask("POST", `${STREAM}/_refresh`);
  return (await ask<{ count: number }>("POST", `${STREAM}/_count`, { query })).count;
}

/** Every address that is stored, in pages. */
async function readAddresses(): Promise<string[]> {
  interface Page {
    _scroll_id: string;
    hits: { hits: { _id: string; _source: { telltale: { address: string } } }[] };
  }
  await ask("POST", `${STREAM}/_refresh`);
  const question = { size: 10_000, _source: ["telltale.address"], sort: ["_doc"] };
  const addresses: string[] = [];
  let page = await ask<Page>("POST", `${STREAM}/_search?scroll=1m`, question);
  while (page.hits.hits.length > 0) {
    for (const hit of page.hits.hits) {
      expect(hit._id).toBe(hit._source.telltale.address);
      addresses.push(hit._id);
    }
    page = await ask<Page>("POST", "_search/scroll", { scroll: "1m", scroll_id: page._scroll_id });
  }
  return addresses;
}

describe.runIf(found !== undefined)("OpenSearch", () => {
  beforeAll(async () => {
    const ports = { http: await freePort(), transport: await freePort() };
    url = `http://127.0.0.1:${ports.http}`;
    layOut(found?.program ?? "", ports);
    peer = toProcess();
    await peer.start();
  });
  afterAll(async () => {
    await peer.end("SIGKILL");
    dir.dispose();
  });

  it("has every event exactly once, although it was killed amid them", async () => {
    const rig = new Rig(EVENTS);
    const forwarder = await rig.start(target(), {
      batch: { events: 1000, bytes: 4 * 1024 * 1024, waitMs: 0 },
    });
    const seconds = await killAmid(peer, forwarder, EVENTS, [0.3, 0.7]);
    await rig.stop();
    const { twice, missing } = countArrivals(await readAddresses(), EVENTS);
    const { retried, refused } = forwarder.status().counts;
    console.log(
      `${found?.version}: ${EVENTS} events, killed twice: ${missing.length} lost, ${twice} stored twice, ${retried} sent again, ${Math.round(EVENTS / seconds)} events/s with two starts`,
    );
    expect({ twice, lost: missing.length, refused }).toEqual({ twice: 0, lost: 0, refused: 0 });
    // Nothing is remembered of what was sent: all goes again, each is answered 409, and nothing is added.
    const again = new Rig(2000);
    await again.start(target(), { batch: { events: 1000, bytes: 4 * 1024 * 1024, waitMs: 0 } });
    while (again.forwarder.status().counts.delivered < 2000)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(again.forwarder.status().counts).toMatchObject({ delivered: 2000, refused: 0 });
    await again.stop();
    expect(await countOf()).toBe(EVENTS);
    for (const each of [rig, again]) each.dir.dispose();
  });

  it("finds them by the types of the index template", async () => {
    const streams = await ask<{ data_streams: { template: string; indices: object[] }[] }>(
      "GET",
      `_data_stream/${STREAM}`,
    );
    expect(streams.data_streams).toMatchObject([{ template: STREAM, indices: [{}] }]);
    expect(await countOf({ term: { "source.ip": "203.0.113.0/24" } })).toBe(EVENTS);
    expect(
      await countOf({ range: { "@timestamp": { gte: "2026-11-22T10:00:00Z", lt: "2026-11-22T10:00:01Z" } } }),
    ).toBe(EVENTS);
    expect(await countOf({ term: { "event.action": "authn_login_fail" } })).toBe(33_334);
    expect(await countOf({ term: { "telltale.data.n": "77" } })).toBe(1);
    expect(await countOf({ term: { "user.id": "u77" } })).toBe(1);
  });

  it("takes what is no address and no date as an event with the rest of its fields", async () => {
    const odd = [
      makeOutgoing(EVENTS, { client: { ip: "proxy.internal", port: 7 }, actor: { type: "user", id: "odd" } }),
      makeOutgoing(EVENTS + 1, { data: { a: { b: [1, "x", { c: null }] }, "a.b": 1, "": 2 } }),
      makeOutgoing(EVENTS + 2, { message: "m".repeat(40_000), reason: "r".repeat(40_000) }),
    ];
    const one = target();
    expect(await one.deliver(odd, new AbortController().signal)).toMatchObject({ again: [] });
    await one.close();
    expect(await countOf({ term: { "client.address": "proxy.internal" } })).toBe(1);
    expect(await countOf({ ids: { values: [`main:${EVENTS + 2}`] } })).toBe(1);
  });

  // What docs/reference/forwarding.md says about a rollover.
  it("stores an event again that comes again after a rollover, under the same id", async () => {
    const before = await countOf();
    await ask("POST", `${STREAM}/_rollover`);
    const one = target();
    const events = [makeOutgoing(0), makeOutgoing(1)];
    for (let i = 0; i < 2; i++)
      expect(await one.deliver(events, new AbortController().signal)).toMatchObject({
        refused: [],
        again: [],
      });
    await one.close();
    expect(await countOf()).toBe(before + 2);
    expect(await countOf({ term: { "telltale.address": "main:0" } })).toBe(2);
  });
});
