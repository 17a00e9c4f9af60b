// SPDX-License-Identifier: Apache-2.0
// Prints the time of each step over an ordinary event of 480 bytes, beside parsing and writing it with JSON itself.
import { canonicalJson, formatLine, isCanonical, normalizeEvent, toSentence } from "../dist/index.js";

const COUNT = 1000;
const ROUNDS = 60;

const event = {
  v: 1,
  id: "0193a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop-api", env: "production", boot: "a1b2c3d4e5f60718", seq: 48213 },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  reason: "bad_password",
  actor: { type: "user", id: "user-18273", name: "alice" },
  client: { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (X11; Linux x86_64)" },
  request: { id: "r-88a1b2c3", method: "POST", path: "/login", route: "/login", status: 401 },
  data: { attempt: 3, mfa: false },
};
const line = canonicalJson(event);
const bytes = Buffer.from(`${line}\n`.repeat(COUNT));
const stride = line.length + 1;
const events = Array.from({ length: COUNT }, () => JSON.parse(line));
const context = { now: event.time, makeId: () => event.id };

const steps = {
  isCanonical: (i) => isCanonical(bytes, i * stride, (i + 1) * stride - 1),
  normalizeEvent: (i) => !normalizeEvent(events[i], context).changed,
  canonicalJson: (i) => canonicalJson(events[i]).length > 0,
  formatLine: (i) => formatLine(events[i]).length > 0,
  toSentence: (i) => toSentence(events[i]).length > 0,
  "JSON.parse": () => JSON.parse(line).v === 1,
  "JSON.stringify": (i) => JSON.stringify(events[i]).length > 0,
};

console.log(`${line.length} bytes; best of ${ROUNDS} rounds of ${COUNT}`);
for (const [name, step] of Object.entries(steps)) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    let right = 0;
    const start = performance.now();
    for (let i = 0; i < COUNT; i++) if (step(i)) right++;
    best = Math.min(best, ((performance.now() - start) * 1000) / COUNT);
    if (right !== COUNT) throw new Error(`${name} gave a wrong answer`);
  }
  console.log(`${name.padEnd(16)} ${best.toFixed(2).padStart(6)} us`);
}
