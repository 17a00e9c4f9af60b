// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../config/secrets.js";
import { makeOutgoing } from "../../../../test/forward/sealed.js";
import { until } from "../../../../test/forward/rig.js";
import { describeTarget, type Mood, type SuitePeer } from "../../../../test/forward/target.suite.js";
import { toSyslogMessage, type SyslogForm } from "./syslog-message.js";
import { createSyslog, toFrame, type SyslogOptions } from "./syslog.js";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");

const FORM: SyslogForm = { host: "log-1", software: "0.1.0", enterprise: undefined, maxBytes: 8192 };

/** RFC 5424 section 6, as far as it limits what may stand where. */
const MESSAGE =
  /^<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) ((?:\[[!#-<>-\\^-~]{1,32}(?: [!#-<>-\\^-~]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\])+) ([\x20-\x7e]*)$/;

/** Messages of a stream with octet counting; throws on anything else. */
function readFrames(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(bytes.toString("latin1", at, space));
    if (!Number.isInteger(length) || space + 1 + length > bytes.length) throw new Error("a torn frame");
    found.push(bytes.toString("utf8", space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return found;
}

const addressOf = (message: string): string => {
  const json = MESSAGE.exec(message)?.[8];
  if (json === undefined) throw new Error(`not RFC 5424: ${message}`);
  return (JSON.parse(json) as { telltale: { address: string } }).telltale.address;
};

/** A receiver that reads to the end, keeps it and closes, as the RFC wants it. */
class Receiver implements SuitePeer {
  mood: Mood = "well";
  readonly taken: string[] = [];
  readonly refused = new Set<string>();
  /** What was no syslog. */
  readonly failures: unknown[] = [];
  readonly #server: Server;
  readonly #isTls: boolean;
  readonly #sockets = new Set<Socket>();

  constructor(isTls: boolean) {
    this.#isTls = isTls;
    const listener = (socket: Socket): void => this.#take(socket);
    this.#server = isTls
      ? createTlsServer({ cert: fixture("a.crt"), key: fixture("a.key"), allowHalfOpen: true }, listener)
      : createServer({ allowHalfOpen: true }, listener);
    // Below TLS, too: a handshake that fails gives no TLS socket.
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
  }
  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }
  target(name: string, over: Partial<SyslogOptions> = {}) {
    return createSyslog({
      name,
      host: "127.0.0.1",
      port: (this.#server.address() as AddressInfo).port,
      tls: this.#isTls ? { insecure: false, ca: fixture("a.crt") } : undefined,
      form: FORM,
      confirm: "close",
      timeoutMs: 300,
      ...over,
    });
  }
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    socket.on("error", () => {});
    const { mood } = this;
    if (mood === "dead") {
      socket.destroy();
      return;
    }
    if (mood === "huge") {
      const timer = setInterval(() => socket.write("x".repeat(100_000)), 1);
      socket.on("close", () => clearInterval(timer));
    }
    const pieces: Buffer[] = [];
    socket.on("data", (piece) => {
      pieces.push(piece);
      // Dies after it has read something.
      if (mood === "half") socket.destroy();
    });
    socket.on("end", () => {
      if (mood !== "well") return;
      try {
        this.taken.push(...readFrames(Buffer.concat(pieces)).map(addressOf));
      } catch (error) {
        this.failures.push(error);
      }
      socket.end();
    });
  }
}

const moods = { dead: "waiting", slow: "waiting", huge: "waiting" } as const;
describeTarget({
  name: "syslog over TCP",
  start: () => new Receiver(false).start(),
  moods,
  refuses: false,
  secrets: [],
});
describeTarget({
  name: "syslog over TLS",
  start: () => new Receiver(true).start(),
  moods,
  refuses: false,
  secrets: [],
});

describe("syslog", () => {
  const signal = new AbortController().signal;

  it("writes RFC 5424 with facility, severity, origin, sequence and ECS", () => {
    const message = toSyslogMessage(makeOutgoing(3), FORM);
    const [, priority, time, host, app, process, id, data, json] = MESSAGE.exec(message) ?? [];
    expect([priority, time, host, app, process, id]).toEqual([
      String(13 * 8 + 4),
      "2026-11-22T10:00:00.123Z",
      "log-1",
      "telltale",
      "-",
      "authn_login_fail",
    ]);
    expect(data).toBe('[origin software="Telltale" swVersion="0.1.0"][meta sequenceId="4"]');
    expect(JSON.parse(json!)).toMatchObject({ user: { name: "Zoë" }, telltale: { address: "main:3" } });
    const levels = (["critical", "warn", "info"] as const).map(
      (level) => MESSAGE.exec(toSyslogMessage(makeOutgoing(1, { level }), FORM))?.[1],
    );
    expect(levels).toEqual(["106", "108", "110"]);
    const own = toSyslogMessage(makeOutgoing(1, { id: 'a"]\\' }), { ...FORM, enterprise: 64_000 });
    expect(own).toContain('[telltale@64000 address="main:1" id="a\\"\\]\\\\"]');
    expect(toSyslogMessage({ ...makeOutgoing(1), index: 2_147_483_647 }, FORM)).toContain('sequenceId="1"');
  });

  it("stays within the grammar and the limit, whatever the event holds", () => {
    const text = fc.string({ unit: "binary", maxLength: 4000 });
    fc.assert(
      fc.property(text, text, text, text, (action, id, message, time) => {
        const form = { ...FORM, enterprise: 1, host: message.slice(0, 300), maxBytes: 16_384 };
        const outgoing = makeOutgoing(1, { action, id, message, time, data: { [action]: message } });
        const written = toSyslogMessage(outgoing, form);
        expect(written).toMatch(MESSAGE);
        expect(Buffer.byteLength(written)).toBeLessThanOrEqual(16_384);
        expect(readFrames(Buffer.from(toFrame(written)))).toEqual([written]);
      }),
      { numRuns: 150 },
    );
  });

  it("does not take a batch for delivered that the receiver has not read to the end", async () => {
    const receiver = await new Receiver(false).start();
    receiver.mood = "half";
    const large = Array.from({ length: 500 }, (_, n) => makeOutgoing(n, { message: "m".repeat(4000) }));
    await expect(receiver.target("t").deliver(large, signal)).rejects.toMatchObject({ code: "unreachable" });
    await receiver.close();
  });

  it("takes what was written for delivered where the receiver never closes and the operator says so", async () => {
    const receiver = await new Receiver(false).start();
    receiver.mood = "slow";
    await expect(receiver.target("t").deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({
      code: "timeout",
    });
    await receiver.target("t", { confirm: "write" }).deliver([makeOutgoing(0)], signal);
    await receiver.close();
  });

  it("stops at a certificate that it cannot trust", async () => {
    const receiver = await new Receiver(true).start();
    for (const tls of [{ insecure: false }, { insecure: false, ca: fixture("b.crt") }]) {
      await expect(receiver.target("t", { tls }).deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({
        code: "no_access",
      });
    }
    await expect(
      receiver
        .target("t", { tls: { insecure: false, ca: fixture("a.crt"), serverName: "elsewhere.example" } })
        .deliver([makeOutgoing(0)], signal),
    ).rejects.toMatchObject({ code: "no_access" });
    expect(receiver.taken).toEqual([]);
    await receiver.close();
  });

  it("is not misled by a receiver that is slow to refuse our certificate", async () => {
    const server = createTlsServer({ cert: fixture("a.crt"), key: fixture("a.key") }, (socket) => {
      // With TLS 1.3 our handshake is complete before the receiver has looked at our certificate (RFC 8446, section 2).
      setTimeout(() => socket.end(), 150);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const secret = new Secret(fixture("b.key"));
    const target = createSyslog({
      name: "t",
      host: "127.0.0.1",
      port: (server.address() as AddressInfo).port,
      tls: { insecure: false, ca: fixture("a.crt"), cert: fixture("b.crt"), key: secret },
      form: FORM,
      confirm: "close",
    });
    await expect(target.deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({ code: "unreachable" });
    server.close();
  });

  it("does not speak TLS to a receiver without it", async () => {
    const receiver = await new Receiver(false).start();
    const tls = { insecure: true };
    await expect(receiver.target("t", { tls }).deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({
      name: "TargetError",
    });
    expect(receiver.taken).toEqual([]);
    await until(() => receiver.failures.length === 1, "the greeting of TLS seen as it is");
    await receiver.close();
  });
});
