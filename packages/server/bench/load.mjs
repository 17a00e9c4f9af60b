// SPDX-License-Identifier: Apache-2.0
// A load generator: realistic events, made once and given a fresh id each time they are sent.
import { once } from "node:events";
import net from "node:net";
import { canonicalJson } from "@telltale/event";
import { Traffic } from "@telltale/testkit";

const ID_DIGITS = 12;

/** Who fails is somebody else each time a body is sent again: a load without an attack in it. */
const USER = /"id":"u(\d{7})"/;

/** Failures come from everywhere: an address that is sent again and again would be an attack. */
function withoutAddress(event) {
  if (event.outcome === "success") return event;
  const user = String(Number(event.actor.id.slice(1)) % 10_000_000).padStart(7, "0");
  return {
    ...event,
    actor: { ...event.actor, id: `u${user}` },
    client: { userAgent: event.client.userAgent },
  };
}

/** Bodies of `size` events each; `next()` gives one with ids that were never used before. */
export function makeBodies({ size, variants = 8, seed = 1 }) {
  const traffic = new Traffic({ seed, start: Date.now(), stepMs: 0, users: 5_000_000 });
  const bodies = [];
  for (let v = 0; v < variants; v++) {
    const lines = Array.from({ length: size }, () => canonicalJson(withoutAddress(traffic.next())));
    const body = Buffer.from(lines.join("\n") + "\n");
    const places = [];
    const users = [];
    let start = 0;
    for (const line of lines) {
      const user = line.includes('"outcome":"success"') ? null : USER.exec(line);
      if (user !== null) users.push(start + user.index + 7);
      places.push(start + line.indexOf('"id":"') + 6 + 36 - ID_DIGITS);
      start += Buffer.byteLength(line) + 1;
    }
    bodies.push({ body, places, users });
  }
  let counter = 0;
  let failing = 0;
  return {
    bytesPerEvent: bodies.reduce((sum, each) => sum + each.body.length, 0) / (variants * size),
    next(i) {
      const { body, places, users } = bodies[i % variants];
      const copy = Buffer.from(body);
      for (const place of places) copy.latin1Write((counter++).toString(16).padStart(ID_DIGITS, "0"), place);
      for (const place of users) copy.latin1Write(String(failing++ % 10_000_000).padStart(7, "0"), place);
      return copy;
    },
  };
}

/**
 * A keep-alive connection that does nothing but post: Node's own client takes more CPU for a small request than the
 * server has for answering it, and both share the cores.
 */
class Connection {
  #socket;
  #head;
  #text = "";
  #done;

  constructor(socket, head) {
    this.#socket = socket;
    this.#head = head;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    for (const event of ["error", "close"]) {
      socket.on(event, (error) =>
        this.#done?.reject(error instanceof Error ? error : new Error("connection closed")),
      );
    }
  }

  static async open(target, head) {
    const socket = net.connect(Number(target.port), target.hostname);
    await once(socket, "connect");
    return new Connection(socket, head);
  }

  /** Resolves with how many events were accepted. */
  post(body) {
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject };
      const head = `${this.#head}content-length: ${body.length}\r\n\r\n`;
      const request = Buffer.allocUnsafe(head.length + body.length);
      request.latin1Write(head);
      body.copy(request, head.length);
      this.#socket.write(request);
    });
  }

  #take(chunk) {
    this.#text += chunk.latin1Slice();
    const end = this.#text.indexOf("\r\n\r\n");
    if (end === -1) return;
    const at = this.#text.indexOf("content-length: ") + 16;
    if (this.#text.length < end + 4 + Number.parseInt(this.#text.slice(at, at + 8), 10)) return;
    const text = this.#text;
    this.#text = "";
    const accepted = text.indexOf('"accepted":', end);
    if (!text.startsWith("HTTP/1.1 200") || accepted === -1) this.#done.reject(new Error(text));
    else this.#done.resolve(Number.parseInt(text.slice(accepted + 11, accepted + 20), 10));
  }

  close() {
    this.#done = undefined;
    this.#socket.destroy();
  }
}

/** Posts bodies over `connections` until `events` are acknowledged; resolves with figures. */
export async function load({ url, key, bodies, size, events, connections }) {
  const target = new URL("/v1/events", url);
  const head =
    `POST ${target.pathname} HTTP/1.1\r\nhost: ${target.host}\r\nauthorization: Bearer ${key}\r\n` +
    "content-type: application/x-ndjson\r\n";
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(target, head)));
  const latencies = [];
  let sent = 0;
  let accepted = 0;
  let number = 0;
  const began = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      while (sent < events) {
        sent += size;
        const body = bodies.next(number++);
        const posted = performance.now();
        const count = await connection.post(body);
        latencies.push(performance.now() - posted);
        accepted += count;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  for (const connection of open) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))];
  return { accepted, seconds, perSecond: accepted / seconds, p50: at(0.5), p99: at(0.99) };
}
