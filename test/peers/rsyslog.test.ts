// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createSyslog } from "../../packages/server/src/follow/forward/to/syslog.js";
import { Secret } from "../../packages/server/src/config/secrets.js";
import { Rig } from "../../packages/server/test/forward/rig.js";

// rsyslog as others run it, over TLS with certificates on both sides. It is an ordinary process here, with a
// configuration, a port and a folder of its own.

const tls = (name: string): string =>
  new URL(`../../packages/server/test/fixtures/tls/${name}`, import.meta.url).pathname;

/** The version, or why there is none to test against. */
function findRsyslog(): { version: string } | { missing: string } {
  try {
    const version = execFileSync("rsyslogd", ["-v"], { encoding: "utf8" }).split("\n")[0] ?? "";
    return { version };
  } catch (error) {
    return { missing: `rsyslogd cannot be run (${(error as NodeJS.ErrnoException).code ?? "failed"})` };
  }
}
const found = findRsyslog();
const hasRsyslog = "version" in found;
console.log(hasRsyslog ? `against ${found.version}` : `rsyslog is left out: ${found.missing}`);

const dir = tempDir("rsyslog");
const output = path.join(dir.path, "out.log");
const running: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function configure(port: number): string {
  const file = path.join(dir.path, "rsyslog.conf");
  writeFileSync(
    file,
    `global(workDirectory="${dir.path}" maxMessageSize="64k"
  defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="${tls("a.crt")}"
  defaultNetstreamDriverCertFile="${tls("a.crt")}"
  defaultNetstreamDriverKeyFile="${tls("a.key")}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
template(name="parts" type="string"
  string="%pri%|%timestamp:::date-rfc3339%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg%\\n")
input(type="imtcp" address="127.0.0.1" port="${port}")
action(type="omfile" file="${output}" template="parts")
`,
  );
  return file;
}

/** Resolves when it listens: the file of its process id is written last. */
async function startRsyslog(config: string, port: number): Promise<ChildProcess> {
  const child = spawn("rsyslogd", ["-n", "-f", config, "-i", path.join(dir.path, "pid")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  running.push(child);
  const end = Date.now() + 10_000;
  while (!(await isListening(port))) {
    if (Date.now() > end || child.exitCode !== null) throw new Error("rsyslogd does not listen");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return child;
}

async function isListening(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => resolve(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // In order: what it has read, it writes.
  child.kill("SIGTERM");
  await gone;
}

afterEach(async () => {
  for (const child of running.splice(0)) await stop(child);
});
afterAll(() => dir.dispose());

const linesOf = (file: string): string[] => readFileSync(file, "utf8").trimEnd().split("\n");
const addressOf = (line: string): string =>
  (JSON.parse(line.slice(line.indexOf("|{") + 1)) as { telltale: { address: string } }).telltale.address;

describe.runIf(hasRsyslog)("rsyslog over TLS", () => {
  it("gets every event, also those in the middle of which it was stopped", async () => {
    const EVENTS = 100_000;
    const port = await freePort();
    const config = configure(port);
    let child = await startRsyslog(config, port);
    const rig = new Rig(EVENTS);
    const target = createSyslog({
      name: "rsyslog",
      host: "127.0.0.1",
      port,
      tls: {
        insecure: false,
        ca: readFileSync(tls("a.crt"), "utf8"),
        cert: readFileSync(tls("a.crt"), "utf8"),
        key: new Secret(readFileSync(tls("a.key"), "utf8")),
      },
      form: { host: "log-1", software: "0.1.0", enterprise: undefined, maxBytes: 8192 },
      confirm: "close",
    });
    const began = Date.now();
    await rig.start(target, { batch: { events: 1000, bytes: 1024 * 1024, waitMs: 0 } });
    const until = async (delivered: number): Promise<void> => {
      while (rig.forwarder.status().counts.delivered < delivered) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    for (const share of [0.2, 0.5, 0.8]) {
      await until(EVENTS * share);
      await stop(child);
      child = await startRsyslog(config, port);
    }
    await until(EVENTS);
    const seconds = (Date.now() - began) / 1000;
    await rig.stop();
    await stop(child);
    const lines = linesOf(output);
    const { retried } = rig.forwarder.status().counts;
    console.log(
      `${EVENTS} events, 3 stops: ${lines.length - EVENTS} twice, ${retried} retried, ${Math.round(EVENTS / seconds)} events/s`,
    );
    expect(new Set(lines.map(addressOf)).size).toBe(EVENTS);
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
    await startRsyslog(configure(port), port);
    const rig = new Rig(10);
    const target = createSyslog({
      name: "rsyslog",
      host: "127.0.0.1",
      port,
      tls: {
        insecure: false,
        ca: readFileSync(tls("a.crt"), "utf8"),
        cert: readFileSync(tls("b.crt"), "utf8"),
        key: new Secret(readFileSync(tls("b.key"), "utf8")),
      },
      form: { host: "log-1", software: "0.1.0", enterprise: undefined, maxBytes: 8192 },
      confirm: "close",
    });
    const forwarder = await rig.start(target);
    while (forwarder.status().lastError === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log(`a certificate that is not trusted: ${JSON.stringify(forwarder.status().lastError)}`);
    expect(forwarder.status()).toMatchObject({ next: 0, lag: 10, counts: { delivered: 0, refused: 0 } });
    await rig.stop();
    rig.dir.dispose();
  });
});
