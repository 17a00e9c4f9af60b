// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { findOcsfFaults } from "../../packages/event/test/published-ocsf.js";
import { createSplunk, SOURCETYPE } from "../../packages/server/src/follow/forward/to/splunk.js";
import type { Target } from "../../packages/server/src/follow/forward/target.js";
import { Rig } from "../../packages/server/test/forward/rig.js";
import { secretOf } from "../../packages/server/test/forward/secret.js";
import { countArrivals, findPeer, freePort, isTaken, killAmid, PeerProcess, until } from "./peer.js";

// Fluent Bit's `splunk` input: an HTTP Event Collector that others wrote. What it has accepted it keeps in files, so that
// being killed loses nothing.

const found = findPeer("fluentbit");
const TOKEN = "5a1b6c2e-peer";
const dir = tempDir("fluent-bit");
let running: PeerProcess | undefined;

function configure(port: number): string {
  const file = path.join(dir.path, "fluent-bit.conf");
  writeFileSync(
    file,
    `[SERVICE]
    flush 0.2
    grace 5
    log_level warn
    storage.path ${dir.path}/store
    storage.backlog.mem_limit 500M
[INPUT]
    name splunk
    listen 127.0.0.1
    port ${port}
    splunk_token ${TOKEN}
    storage.type filesystem
[OUTPUT]
    name file
    match *
    path ${dir.path}
    file out.log
    format plain
`,
  );
  return file;
}

async function startFluentBit(port: number): Promise<PeerProcess> {
  running = new PeerProcess(found?.program ?? "", ["-q", "-c", configure(port)], () => isTaken(port));
  await running.start();
  return running;
}

const targetWith = (port: number, token: string): Target =>
  createSplunk({
    name: "hec",
    url: new URL(`http://127.0.0.1:${port}`),
    token: secretOf(token),
    tls: { insecure: false },
    ack: false,
    gzip: true,
  });

interface Envelope {
  readonly time: number;
  readonly host: string;
  readonly source: string;
  readonly sourcetype: string;
  readonly event: { readonly metadata: { readonly log_name: string } };
}

/** What arrived. A line that was being written when it was killed is torn; its event comes again from the store. */
function readEnvelopes(): { envelopes: Envelope[]; torn: number } {
  const envelopes: Envelope[] = [];
  let torn = 0;
  for (const line of readFileSync(path.join(dir.path, "out.log"), "utf8").trimEnd().split("\n")) {
    // Behind half a line stands the first line that was written after the start, whole.
    const begin = line.lastIndexOf('{"time":');
    if (begin > 0) torn++;
    envelopes.push(JSON.parse(line.slice(begin)) as Envelope);
  }
  return { envelopes, torn };
}

afterEach(async () => {
  await running?.end("SIGTERM");
});
afterAll(() => dir.dispose());

describe.runIf(found !== undefined)("an HTTP Event Collector", () => {
  it("gets every event, also those in the middle of which it was killed", async () => {
    const EVENTS = 100_000;
    const port = await freePort();
    const peer = await startFluentBit(port);
    const rig = new Rig(EVENTS);
    const forwarder = await rig.start(targetWith(port, TOKEN), {
      batch: { events: 500, bytes: 1024 * 1024, waitMs: 0 },
    });
    const seconds = await killAmid(peer, forwarder, EVENTS, [0.2, 0.5, 0.8]);
    await rig.stop();
    const arrived = (): string[] => readEnvelopes().envelopes.map(({ event }) => event.metadata.log_name);
    await until("the rest to be written", () => countArrivals(arrived(), EVENTS).missing.length === 0, {
      ms: 30_000,
      everyMs: 500,
    }).catch(() => undefined);
    await peer.end("SIGTERM");
    const { envelopes, torn } = readEnvelopes();
    const { twice, missing } = countArrivals(
      envelopes.map(({ event }) => event.metadata.log_name),
      EVENTS,
    );
    console.log(
      `${found?.version}: ${EVENTS} events, killed 3 times: ${missing.length} lost, ${twice} delivered again, ${torn} torn lines, ${forwarder.status().counts.retried} retried, ${Math.round(EVENTS / seconds)} events/s`,
    );
    expect(missing).toHaveLength(0);
    const first = envelopes.find(({ event }) => event.metadata.log_name === "main:3");
    expect(first).toMatchObject({
      time: 1795341600.123,
      host: "web-1",
      source: "shop-api",
      sourcetype: SOURCETYPE,
    });
    expect(findOcsfFaults(first?.event ?? {})).toEqual([]);
    rig.dir.dispose();
  });

  it("refuses a wrong token, which stops the target and loses nothing", async () => {
    const port = await freePort();
    await startFluentBit(port);
    const rig = new Rig(10);
    const forwarder = await rig.start(targetWith(port, "another"));
    await until("an error", () => forwarder.status().lastError !== undefined);
    expect(forwarder.status()).toMatchObject({ state: "failed", next: 0, lag: 10, counts: { refused: 0 } });
    await rig.stop();
    rig.dir.dispose();
  });
});
