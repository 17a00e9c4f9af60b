// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey, serve, type ServerProcess, temporaryDirectory } from "../harness.js";
import { countEvents, findEvents } from "./events.js";
import { findPeer, freePort, PeerProcess, until } from "./peer.js";

// rsyslog reads a file, as on any server, and forwards its lines to our listener: RFC 5424 over TCP.

const found = findPeer("rsyslog");
const EVENTS = 10_000;
const dir = tempDir("rsyslog-sender");
const { dir: data, clean } = temporaryDirectory();
const input = path.join(dir.path, "app.log");

function configure(port: number): string {
  const file = path.join(dir.path, "rsyslog.conf");
  writeFileSync(
    file,
    `global(workDirectory="${dir.path}" maxMessageSize="64k" localHostname="web-1")
module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="${input}" tag="shop[42]:" severity="warning" facility="auth")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" tcp_framing="octet-counted"
  template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1")
`,
  );
  return file;
}

describe.runIf(found !== undefined)("rsyslog's forwarder (omfwd)", () => {
  let server: ServerProcess;
  let read: string;
  let rsyslog: PeerProcess;
  beforeAll(async () => {
    const port = await freePort();
    // The server's process has our environment.
    process.env["TELLTALE_SYSLOG"] = `tcp://127.0.0.1:${port}`;
    read = await createKey(data, "read");
    server = await serve(data);
    const lines = Array.from({ length: EVENTS }, (_, n) =>
      n % 2 === 0
        ? JSON.stringify({
            action: "authn_login_fail",
            actor: { type: "user", id: `user-${n}` },
            data: { n },
          })
        : `Accepted password for user-${n} from 203.0.113.7 port 50123 ssh2`,
    );
    writeFileSync(input, `${lines.join("\n")}\n`);
    rsyslog = new PeerProcess(
      found?.program ?? "",
      ["-n", "-f", configure(port), "-i", path.join(dir.path, "pid")],
      // It listens nowhere; that its lines arrive is what the test waits for.
      () => true,
    );
    await rsyslog.start();
  });
  afterAll(async () => {
    await rsyslog.end("SIGTERM");
    await server.kill("SIGTERM");
    delete process.env["TELLTALE_SYSLOG"];
    clean();
    dir.dispose();
  });

  it(`has its ${EVENTS} lines sealed as events, once each`, async () => {
    const count = (q: string): Promise<number> => countEvents(server.url, read, q);
    const all = "source.instance:web-1";
    await until("all events", async () => (await count(all)) >= EVENTS, { everyMs: 200 });
    expect(await count(all)).toBe(EVENTS);
    expect(await count(`${all} AND action:authn_login_fail`)).toBe(EVENTS / 2);
    const [one] = await findEvents(server.url, read, "actor.id:user-4710");
    expect(one).toMatchObject({
      action: "authn_login_fail",
      source: { app: "shop", instance: "web-1" },
      data: { n: 4710 },
    });
  });
});
