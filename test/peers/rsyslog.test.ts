// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createSyslog } from "../../packages/server/src/follow/forward/to/syslog.js";
import type { Target } from "../../packages/server/src/follow/forward/target.js";
import { Secret } from "../../packages/server/src/config/secrets.js";
import { Rig } from "../../packages/server/test/forward/rig.js";
import { countArrivals, findPeer, freePort, isTaken, killAmid, PeerProcess } from "./peer.js";

// rsyslog as others run it, over TLS with certificates on both sides. It is an ordinary process here, with a
// configuration, a port and a folder of its own.

const found = findPeer("rsyslog");
const tls = (name: string): string =>
  new URL(`../../packages/server/test/fixtures/tls/${name}`, import.meta.url).pathname;
const pem = (name: string): string => readFileSync(tls(name), "utf8");

const dir = tempDir("rsyslog");
const output = path.join(dir.path, "out.log");
let running: PeerProcess | undefined;

function configure(port: number): string {
  const file = path.join(dir.path, "rsyslog.conf");
  writeFileSync(
    file,
    `global(workDirectory="${dir.path}" maxMessageSize="64k"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="${tls("a.crt")}"
  defaultNetstreamDriverCertFile="${tls("a.crt")}"
  defaultNetstreamDriverKeyFile="${tls("a.key")}")
# Without a queue in memory: what rsyslog has read it has written, so that nothing is lost when it is killed.
main_queue(queue.type="Direct")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="parts" type="string"
  string="%pri%|%timestamp:::date-rfc3339%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg%\\n")
input(type="imtcp" address="127.0.0.1" port="${port}")
action(type="omfile" file="${output}" template="parts" asyncWriting="off")
`,
  );
  return file;
}

async function startRsyslog(port: number): Promise<PeerProcess> {
  const args = ["-n", "-f", configure(port), "-i", path.join(dir.path, "pid")];
  running = new PeerProcess(found?.program ?? "", args, () => isTaken(port));
  await running.start();
  return running;
}

function targetWith(port: number, certificate: "a" | "b"): Target {
  return createSyslog({
    name: "rsyslog",
    host: "127.0.0.1",
    port,
    tls: {
      insecure: false,
      ca: pem("a.crt"),
      cert: pem(`${certificate}.crt`),
      key: new Secret(pem(`${certificate}.key`)),
    },
    form: { host: "log-1", software: "0.1.0", enterprise: undefined, maxBytes: 8192 },
    confirm: "close",
  });
}

afterEach(async () => {
  await running?.end("SIGTERM");
});
afterAll(() => dir.dispose());

const linesOf = (file: string): string[] => readFileSync(file, "utf8").trimEnd().split("\n");
/** Of the last event in a line: behind half a line, which was being written when it was killed, stands a whole one. */
const addressOf = (line: string): string =>
  (JSON.parse(line.slice(line.lastIndexOf("|{") + 1)) as { telltale: { address: string } }).telltale.address;

describe.runIf(found !== undefined)("rsyslog over TLS", () => {
  it("gets every event, also those in the middle of which it was killed", async () => {
    const EVENTS = 100_000;
    const port = await freePort();
    const rsyslog = await startRsyslog(port);
    const rig = new Rig(EVENTS);
    const forwarder = await rig.start(targetWith(port, "a"), {
      batch: { events: 1000, bytes: 1024 * 1024, waitMs: 0 },
    });
    const seconds = await killAmid(rsyslog, forwarder, EVENTS, [0.2, 0.5, 0.8]);
    await rig.stop();
    await rsyslog.end("SIGTERM");
    const lines = linesOf(output);
    const { twice, missing } = countArrivals(lines.map(addressOf), EVENTS);
    const { retried } = forwarder.status().counts;
    console.log(
      `${found?.version}: ${EVENTS} events, killed 3 times: ${missing.length} lost, ${twice} delivered again, ${retried} retried, ${Math.round(EVENTS / seconds)} events/s`,
    );
    expect(missing).toHaveLength(0);
    const firsts = [...new Set(lines.map(addressOf))];
    expect(firsts).toEqual(Array.from({ length: EVENTS }, (_, i) => `main:${i}`));
    expect(lines[3]).toMatch(
      /^108\|2026-11-22T10:00:00\.123Z\|log-1\|telltale\|-\|authn_login_fail\|\[origin software="Telltale" swVersion="0\.1\.0"\]\[meta sequenceId="4"\]\|\{/,
    );
    expect(lines[3]).toContain('"name":"Zo\\u00eb"');
    rig.dir.dispose();
  });

  it("shows a receiver that does not trust our certificate, and loses nothing to it", async () => {
    const port = await freePort();
    await startRsyslog(port);
    const rig = new Rig(10);
    const forwarder = await rig.start(targetWith(port, "b"));
    while (forwarder.status().lastError === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(forwarder.status()).toMatchObject({ next: 0, lag: 10, counts: { delivered: 0, refused: 0 } });
    await rig.stop();
    rig.dir.dispose();
  });
});
