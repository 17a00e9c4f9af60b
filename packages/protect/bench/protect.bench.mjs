// SPDX-License-Identifier: Apache-2.0
// Prints the CPU time of protecting one event: `node packages/protect/bench/protect.bench.mjs` after a build.
import { cpus } from "node:os";
import { createProtector } from "../dist/index.js";

const COUNT = 20_000;
const ROUNDS = 15;

/** Deterministic, so that two runs measure the same events. */
function createRandom(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const random = createRandom(7);
const hex = (length) => Array.from({ length }, () => random(16).toString(16)).join("");
const pick = (values) => values[random(values.length)];

/** An event of about 480 bytes as an SDK sends it, with nothing to hide. */
function ordinary(index) {
  return {
    received: "2026-11-22T10:00:00.123Z",
    via: "ingest_k3f7a2b4c5d6",
    v: 1,
    id: `019c${hex(4)}-${hex(4)}-7${hex(3)}-a${hex(3)}-${hex(12)}`,
    time: "2026-11-22T10:00:00.120Z",
    source: { app: "shop-api", env: "production", instance: `shop-api-${hex(5)}`, boot: hex(16), seq: index },
    action: pick(["authn_login_fail", "authn_login_success", "authz_fail", "user_updated", "api_request"]),
    outcome: "failure",
    level: "warn",
    reason: "bad_password",
    message: pick(["User login attempt", "Access to order denied", "password reset requested", "profile changed"]),
    actor: { type: "user", id: `u-${random(100_000)}`, name: "Alice Example", roles: ["customer"] },
    client: { ip: `203.0.113.${random(255)}`, userAgent: pick(["Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "curl/8.5.0"]) },
    request: { id: hex(16), method: "POST", path: `/api/orders/${random(100_000)}`, status: 401, durationMs: 12 },
  };
}

/** The same with a password, a token and an address to hide. */
function withSecrets(index) {
  const event = ordinary(index);
  event.data = { email: "alice@example.com", password: "correct horse", note: `Authorization: Bearer ${hex(40)}` };
  return event;
}

function measure(name, make, keep) {
  const protector = createProtector();
  const texts = Array.from({ length: COUNT }, (_, index) => JSON.stringify(make(index)));
  const bytes = texts.reduce((sum, text) => sum + text.length, 0) / COUNT;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const events = texts.map((text) => JSON.parse(text));
    let hidden = 0;
    const start = process.cpuUsage();
    for (const event of events) if (protector.protect(event) !== null) hidden++;
    const used = process.cpuUsage(start);
    if ((hidden > 0) === keep) throw new Error(`${name}: ${hidden} events were changed`);
    best = Math.min(best, (used.user + used.system) / COUNT);
  }
  console.log(`${name.padEnd(28)} ${best.toFixed(2)} µs/event  (${bytes.toFixed(0)} bytes, best of ${ROUNDS})`);
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores`);
measure("nothing to hide", ordinary, true);
measure("three secrets", withSecrets, false);
