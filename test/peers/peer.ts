// SPDX-License-Identifier: Apache-2.0
// What the peer tests share: finding a peer, starting it as a process of its own, killing it.
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import type { Forwarder } from "../../packages/server/src/follow/forward/forwarder.js";

export interface Peer {
  readonly version: string;
  readonly program: string;
}

/** The peer of that name; undefined when it is not installed, which scripts/test-peers.mjs has said then. */
export function findPeer(name: string): Peer | undefined {
  const text = process.env["TELLTALE_PEERS"];
  if (text === undefined) throw new Error("run these tests with: npm run test:peers");
  return (JSON.parse(text) as Record<string, Peer>)[name];
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const LISTENING = "0A";

/**
 * Whether somebody listens there, by Linux's own table (proc(5), /proc/net/tcp: local address, state). Neither a connection, which
 * is a message to some, nor an attempt to bind, which could be what keeps the peer from its port.
 */
export function isTaken(port: number): boolean {
  const local = new RegExp(
    `^\\s*\\d+: [0-9A-F]+:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ ${LISTENING} `,
    "m",
  );
  return ["/proc/net/tcp", "/proc/net/tcp6"].some((table) => local.test(readFileSync(table, "utf8")));
}

/** Asks again until it holds, for at most `ms`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { ms = 120_000, everyMs = 20 } = {},
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** A program of others that is started, and started again with the same configuration after it was killed. */
export class PeerProcess {
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #options: SpawnOptions;
  readonly #isReady: () => boolean | Promise<boolean>;
  #child: ChildProcess | undefined;
  #printed = "";

  constructor(
    program: string,
    args: readonly string[],
    isReady: () => boolean | Promise<boolean>,
    options: SpawnOptions = {},
  ) {
    this.#program = program;
    this.#args = args;
    this.#isReady = isReady;
    this.#options = options;
  }

  async start(): Promise<void> {
    const child = spawn(this.#program, this.#args, { ...this.#options, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    const keep = (piece: Buffer): void => {
      this.#printed = (this.#printed + piece.toString()).slice(-20_000);
    };
    child.stdout?.on("data", keep);
    child.stderr?.on("data", keep);
    let failure: string | undefined;
    child.once("error", (error) => (failure = error.message));
    child.once("exit", (code, signal) => (failure = `it ended (${code ?? signal})`));
    try {
      await until(
        `${this.#program} to be ready`,
        async () => {
          if (failure !== undefined) throw new Error(failure);
          return this.#isReady();
        },
        { ms: 90_000, everyMs: 50 },
      );
    } catch (error) {
      await this.end("SIGKILL");
      throw new Error(`${this.#program} did not start:\n${this.#printed}`, { cause: error });
    }
  }

  /** Ends it, by SIGKILL without a chance to write anything. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (
      child === undefined ||
      child.pid === undefined ||
      child.exitCode !== null ||
      child.signalCode !== null
    )
      return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }
}

/** Kills the peer each time that a share of the events was delivered; gives the seconds until all were. */
export async function killAmid(
  peer: PeerProcess,
  forwarder: Forwarder,
  events: number,
  shares: readonly number[],
): Promise<number> {
  const began = Date.now();
  const delivered = (share: number): Promise<void> =>
    until(`${events * share} events`, () => forwarder.status().counts.delivered >= events * share, {
      everyMs: 1,
    });
  for (const [i, share] of shares.entries()) {
    await delivered(share);
    // Not between two batches, but somewhere in the next one.
    await new Promise((resolve) => setTimeout(resolve, 10 + 10 * i));
    await peer.end("SIGKILL");
    await peer.start();
  }
  await delivered(1);
  return (Date.now() - began) / 1000;
}

/** How many events a peer got, how many different ones, and which are missing. */
export function countArrivals(
  addresses: readonly string[],
  events: number,
): { twice: number; missing: string[] } {
  const different = new Set(addresses);
  const wanted = Array.from({ length: events }, (_, i) => `main:${i}`);
  return {
    twice: addresses.length - different.size,
    missing: wanted.filter((address) => !different.has(address)),
  };
}
