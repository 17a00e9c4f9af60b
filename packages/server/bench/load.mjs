// SPDX-License-Identifier: Apache-2.0
// A load generator: realistic events, made once and given a fresh id each time they are sent.
import http from "node:http";
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

/** Posts bodies over `connections` until `events` are acknowledged; resolves with figures. */
export async function load({ url, key, bodies, size, events, connections }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const target = new URL("/v1/events", url);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" };
  const latencies = [];
  let sent = 0;
  let accepted = 0;
  let number = 0;
  const post = () =>
    new Promise((resolve, reject) => {
      const body = bodies.next(number++);
      const began = performance.now();
      const request = http.request(
        target,
        { method: "POST", agent, headers: { ...headers, "content-length": body.length } },
        (response) => {
          const chunks = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("end", () => {
            if (response.statusCode !== 200)
              return reject(new Error(`${response.statusCode}: ${Buffer.concat(chunks)}`));
            latencies.push(performance.now() - began);
            resolve(JSON.parse(Buffer.concat(chunks).toString()).accepted);
          });
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  const began = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (sent < events) {
        sent += size;
        const count = await post();
        accepted += count;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))];
  return { accepted, seconds, perSecond: accepted / seconds, p50: at(0.5), p99: at(0.99) };
}
