// SPDX-License-Identifier: Apache-2.0
import { createSocket } from "node:dgram";
import { BlockList, connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { addNetwork, SyslogListener, type SyslogOptions } from "./listener.js";

type Event = Record<string, unknown> & { data?: Record<string, unknown> };

const open: SyslogListener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

interface Started {
  events: Event[];
  lost: [string, number][];
  ports: number[];
  listener: SyslogListener;
}

async function start(more: Partial<SyslogOptions> = {}): Promise<Started> {
  const events: Event[] = [];
  const lost: [string, number][] = [];
  const listener = new SyslogListener({
    addresses: [
      { protocol: "udp", host: "127.0.0.1", port: 0 },
      { protocol: "tcp", host: "127.0.0.1", port: 0 },
    ],
    allow: [],
    async ingest({ bytes }) {
      for (const line of bytes.toString().split("\n")) events.push(JSON.parse(line) as Event);
    },
    onLost: (why, count) => void lost.push([why, count]),
    onError() {},
    now: () => Date.parse("2026-11-22T10:00:00.000Z"),
    ...more,
  });
  open.push(listener);
  return { events, lost, listener, ports: await listener.start() };
}

async function sendUdp(port: number, ...messages: string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const message of messages) await new Promise((done) => socket.send(message, port, "127.0.0.1", done));
  socket.close();
}

function sendTcp(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(text));
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.resume();
  });
}

it("addNetwork knows addresses and prefixes of both families", () => {
  const list = new BlockList();
  for (const network of ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]) addNetwork(list, network);
  const inside = ["10.200.0.1", "192.0.2.7"].map((each) => list.check(each, "ipv4"));
  expect([...inside, list.check("2001:db8:1::1", "ipv6")]).toEqual([true, true, true]);
  const outside = ["11.0.0.1", "192.0.2.8"].map((each) => list.check(each, "ipv4"));
  expect([...outside, list.check("2001:db9::1", "ipv6")]).toEqual([false, false, false]);
});

describe("SyslogListener", () => {
  it("makes events of what comes by UDP and by TCP, in order on a connection", async () => {
    const { events, ports } = await start();
    await sendUdp(
      ports[0]!,
      "<38>Nov 22 09:59:58 web-1 sshd[7]: Failed password for root from 203.0.113.7 port 22 ssh2",
    );
    await sendTcp(
      ports[1]!,
      '<12>1 2026-11-22T09:59:59Z web-1 app 9 - - one\n<14>Nov 22 09:59:59 web-1 app: {"action":"user_created","actor":{"id":"bob"}}\n',
    );
    await expect.poll(() => events.length, { timeout: 5000 }).toBe(3);
    expect(events.find(({ action }) => action === "authn_login_fail")).toMatchObject({
      source: { app: "sshd", instance: "web-1" },
      time: "2026-11-22T09:59:58.000Z",
      client: { ip: "203.0.113.7" },
      data: { syslog: { peer: "127.0.0.1", facility: 4, severity: 6 } },
    });
    expect(events.filter(({ action }) => action !== "authn_login_fail")).toMatchObject([
      { action: "syslog_message", level: "warn", message: "one", source: { app: "app", instance: "web-1" } },
      { action: "user_created", actor: { id: "bob" }, source: { app: "app", instance: "web-1" } },
    ]);
  });
  it.each(["\n", "\r\n", "\0", "\n\0"])(
    "reads a datagram that ends in %j like one that does not",
    async (end) => {
      const { events, ports } = await start();
      await sendUdp(
        ports[0]!,
        `<38>Nov 22 09:59:58 web-1 sshd[7]: Failed password for root from 203.0.113.7 port 22 ssh2${end}`,
      );
      await expect.poll(() => events.length, { timeout: 5000 }).toBe(1);
      expect(events[0]).toMatchObject({ action: "authn_login_fail", client: { ip: "203.0.113.7" } });
    },
  );
  it("makes no event of a datagram of nothing but line ends", async () => {
    const { events, ports } = await start();
    await sendUdp(ports[0]!, "\r\n\0", "<13>after");
    await expect.poll(() => events.length, { timeout: 5000 }).toBeGreaterThan(0);
    expect(events.map(({ message }) => message)).toEqual(["after"]);
  });
  it("loses nothing by TCP while the log cannot take it", async () => {
    let refuse = 3;
    const taken: string[] = [];
    const { ports } = await start({
      maxWaitingBytes: 2000,
      async ingest({ bytes }) {
        if (refuse-- > 0) throw new Error("overloaded");
        taken.push(...bytes.toString().split("\n"));
      },
    });
    const lines = Array.from({ length: 500 }, (_, n) => `<13>Nov 22 09:59:59 h app: message ${n}`);
    await sendTcp(ports[1]!, `${lines.join("\n")}\n`);
    await expect.poll(() => taken.length, { timeout: 10_000 }).toBe(500);
    expect(taken.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(
      lines.map((_, n) => `message ${n}`),
    );
    expect(new Set(taken.map((line) => (JSON.parse(line) as { id: string }).id)).size).toBe(500);
  });
  it("lets this machine send wherever it listens, and refuses a network that is none", async () => {
    const { events, lost, listener, ports } = await start({
      addresses: [{ protocol: "udp", host: "0.0.0.0", port: 0 }],
      allow: ["10.0.0.0/8"],
    });
    await sendUdp(ports[0]!, "<13>hello");
    await expect.poll(() => events.length, { timeout: 5000 }).toBe(1);
    expect(lost).toEqual([]);
    await listener.close();
    open.length = 0;
    expect(
      () =>
        new SyslogListener({
          addresses: [],
          allow: ["everybody"],
          ingest: async () => {},
          onLost() {},
          onError() {},
        }),
    ).toThrow("everybody is no network");
  });
});
