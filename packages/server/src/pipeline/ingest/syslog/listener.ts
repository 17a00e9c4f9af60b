// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { BlockList, createServer, isIP, type Server, type Socket } from "node:net";
import { uuidV7 } from "@telltale/event";
import type { Body } from "../../pipeline.js";
import { FrameReader, MAX_MESSAGE_BYTES, trimEnd } from "./frames.js";
import { createSyslogReader, type SyslogReader } from "./to-event.js";

/** What stands in `via` of events that came by syslog: the protocol knows no keys. No key's id can be this. */
export const SYSLOG_VIA = "syslog";

export interface SyslogAddress {
  protocol: "udp" | "tcp";
  host: string;
  port: number;
}

export interface SyslogOptions {
  addresses: readonly SyslogAddress[];
  /** Networks that may send, as `10.0.0.0/8`; loopback always may. */
  allow: readonly string[];
  /** Seals a body; rejects when nothing of it was kept. */
  ingest(body: Body): Promise<unknown>;
  /** Messages that were not kept: the memory bound was reached, or the sender is not allowed. */
  onLost(why: "overloaded" | "not_allowed" | "cut", count: number): void;
  onError(error: Error): void;
  now?: () => number;
  /** Bytes of events that may wait. Beyond it TCP senders are not read, and what comes by UDP is lost and counted. */
  maxWaitingBytes?: number;
}

const FLUSH_MS = 20;
const BATCH_BYTES = 512 * 1024;
const MAX_CONNECTIONS = 256;
const IDLE_MS = 30 * 60_000;
const RETRY_MS = 500;
const LOST_MS = 10_000;

/** Receives syslog by UDP (RFC 5426) and TCP (RFC 6587) and hands events to the pipeline, many at a time. */
export class SyslogListener {
  readonly #options: Required<SyslogOptions>;
  readonly #allowed = new BlockList();
  readonly #reader: SyslogReader;
  readonly #servers: (UdpSocket | Server)[] = [];
  readonly #connections = new Set<Socket>();
  readonly #lost = new Map<"overloaded" | "not_allowed" | "cut", number>();
  readonly #lostTimer: NodeJS.Timeout;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #closing = false;

  constructor(options: SyslogOptions) {
    this.#options = { now: Date.now, maxWaitingBytes: 16 * 1024 * 1024, ...options };
    this.#reader = createSyslogReader(this.#options.now);
    for (const network of ["127.0.0.0/8", "::1/128", ...options.allow]) addNetwork(this.#allowed, network);
    this.#lostTimer = setInterval(() => this.#tellLost(), LOST_MS);
    this.#lostTimer.unref();
  }

  /** Rejects when an address cannot be listened on. Resolves with the ports, in the order of the addresses. */
  async start(): Promise<number[]> {
    const ports: number[] = [];
    for (const { protocol, host, port } of this.#options.addresses) {
      ports.push(protocol === "udp" ? await this.#listenUdp(host, port) : await this.#listenTcp(host, port));
    }
    return ports;
  }

  /** Stops receiving; what was received is sealed or given up after a few tries. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#lostTimer);
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
    while (this.#waiting.length > 0 || this.#sending !== undefined) await this.#flush();
    clearTimeout(this.#timer);
    this.#tellLost();
  }

  #listenUdp(host: string, port: number): Promise<number> {
    const socket = createSocket({
      type: isIP(host) === 6 ? "udp6" : "udp4",
      recvBufferSize: 4 * 1024 * 1024,
    });
    this.#servers.push(socket);
    socket.on("message", (bytes, { address }) => {
      if (!this.#isAllowed(address)) return this.#lose("not_allowed");
      if (this.#isFull()) return this.#lose("overloaded");
      // As in a stream, and as many senders do by UDP too: the end of the line is not part of the message.
      const message = trimEnd(bytes).subarray(0, MAX_MESSAGE_BYTES);
      if (message.length > 0) this.#take(message, address);
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, host, () => {
        socket.off("error", reject);
        socket.on("error", (error) => this.#options.onError(error));
        resolve(socket.address().port);
      });
    });
  }

  #listenTcp(host: string, port: number): Promise<number> {
    const server = createServer((socket) => this.#connected(socket));
    server.maxConnections = MAX_CONNECTIONS;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        server.on("error", (error) => this.#options.onError(error));
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  #connected(socket: Socket): void {
    const peer = socket.remoteAddress ?? "";
    if (!this.#isAllowed(peer)) {
      this.#lose("not_allowed");
      socket.destroy();
      return;
    }
    const frames = new FrameReader();
    this.#connections.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk) => {
      const before = frames.cut;
      for (const message of frames.push(chunk)) this.#take(message, peer);
      if (frames.cut > before) this.#lose("cut", frames.cut - before);
      // TCP can wait: the sender keeps what we do not read.
      if (this.#isFull()) socket.pause();
    });
    socket.on("end", () => {
      for (const message of frames.end()) this.#take(message, peer);
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#connections.delete(socket));
  }

  #isAllowed(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    const family = isIP(plain);
    return family !== 0 && this.#allowed.check(plain, family === 4 ? "ipv4" : "ipv6");
  }

  #isFull(): boolean {
    return this.#waitingBytes >= this.#options.maxWaitingBytes;
  }

  #take(bytes: Buffer, peer: string): void {
    for (const event of this.#reader.read(bytes.toString(), peer)) {
      // With an id of its own, so that a second try is recognised.
      const line = JSON.stringify({ id: uuidV7(this.#options.now(), randomBytes(10)), ...event });
      this.#waiting.push(line);
      this.#waitingBytes += line.length;
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS);
  }

  /** Sends what is waiting, one body at a time; never rejects. */
  #flush(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      let bytes = 0;
      let take = 0;
      while (take < this.#waiting.length && bytes < BATCH_BYTES) bytes += this.#waiting[take++]!.length;
      const lines = this.#waiting.splice(0, take);
      await this.#send(lines);
      this.#waitingBytes -= bytes;
      if (!this.#isFull()) for (const socket of this.#connections) socket.resume();
    }
  }

  async #send(lines: readonly string[]): Promise<void> {
    const bytes = Buffer.from(lines.join("\n"));
    for (let tries = 1; ; tries++) {
      try {
        // A copy each time: the pipeline hands the bytes to another thread.
        await this.#options.ingest({ bytes: Buffer.from(bytes), gzip: false, format: "ndjson" });
        return;
      } catch (error) {
        this.#options.onError(error instanceof Error ? error : new Error(String(error)));
        if (this.#closing && tries >= 3) return this.#lose("overloaded", lines.length);
        await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS * tries, 5000)));
      }
    }
  }

  #lose(why: "overloaded" | "not_allowed" | "cut", count = 1): void {
    this.#lost.set(why, (this.#lost.get(why) ?? 0) + count);
  }

  #tellLost(): void {
    for (const [why, count] of this.#lost) this.#options.onLost(why, count);
    this.#lost.clear();
  }
}

/** Throws for what is no network. */
export function addNetwork(list: BlockList, network: string): void {
  const [address = "", bits] = network.split("/");
  const family = isIP(address);
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (family === 0 || !Number.isInteger(prefix))
    throw new Error(`${network} is no network such as 10.0.0.0/8`);
  list.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
}
