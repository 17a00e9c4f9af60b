// SPDX-License-Identifier: Apache-2.0
// Prints the CPU time of protecting one event: `node packages/protect/bench/protect.bench.mjs` after a build.
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { classesOf } from "../dist/find/chars.js";
import { createDetectors } from "../dist/find/registry.js";
import { createFinder } from "../dist/find/find.js";
import { Literals } from "../dist/find/literals.js";
import { createProtector } from "../dist/index.js";
import { createActs } from "../dist/keyed/index.js";
import { createNameJudges } from "../dist/names/verdict.js";

const COUNT = 2_000;
const ROUNDS = 300;

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
    v: 1,
    id: `019c${hex(4)}-${hex(4)}-7${hex(3)}-a${hex(3)}-${hex(12)}`,
    time: "2026-11-22T10:00:00.120Z",
    source: { app: "shop-api", env: "production", boot: hex(16), seq: index },
    action: pick(["authn_login_fail", "authn_login_success", "authz_fail", "user_updated", "api_request"]),
    outcome: "failure",
    level: "warn",
    reason: "bad_password",
    message: pick([
      "User login attempt",
      "Access to order denied",
      "password reset requested",
      "profile changed",
    ]),
    actor: { type: "user", id: `u-${random(100_000)}`, name: "Alice Example" },
    client: {
      ip: `203.0.113.${random(255)}`,
      userAgent: pick(["Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "curl/8.5.0"]),
    },
    request: {
      id: hex(16),
      method: "POST",
      path: `/api/orders/${random(100_000)}`,
      status: 401,
      durationMs: 12,
    },
  };
}

/** The same with a password, a token and an address to hide. */
function withSecrets(index) {
  const event = ordinary(index);
  event.data = {
    email: "alice@example.com",
    password: "correct horse",
    note: `Authorization: Bearer ${hex(40)}`,
  };
  return event;
}

/** The best of many short rounds: what the code costs, not what else the machine did meanwhile. */
function best(run, rounds = ROUNDS) {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) fastest = Math.min(fastest, run());
  return fastest;
}

function timed(work) {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / COUNT;
}

const KEY = new Uint8Array(32).fill(7);
const acts = createActs({
  epoch: () => 1,
  tokenKey: () => KEY,
  ipKey: KEY,
  classKey: () => ({ id: "k".repeat(22), key: KEY }),
});
const CONTEXT = { tenant: "acme", received: "2026-11-22T10:00:00.200Z" };

/** The same with a session, of which a server with keys makes a token. */
function withSession(index) {
  const event = ordinary(index);
  event.actor.session = hex(32);
  return event;
}

function measure(name, make, changes, options = {}) {
  const protector = createProtector(options);
  const texts = Array.from({ length: COUNT }, (_, index) => JSON.stringify(make(index)));
  const bytes = texts.reduce((sum, text) => sum + text.length, 0) / COUNT;
  let hidden = 0;
  const protecting = best(() => {
    const events = texts.map((text) => JSON.parse(text));
    return timed(() => {
      for (const event of events) if (protector.protect(event, CONTEXT) !== null) hidden++;
    });
  });
  const parsing = best(() => timed(() => texts.forEach((text) => JSON.parse(text))));
  if (hidden > 0 !== changes) throw new Error(`${name}: ${hidden} events were changed`);
  const line = `${protecting.toFixed(2)} µs/event (JSON.parse of the same: ${parsing.toFixed(2)} µs)`;
  console.log(`${name.padEnd(24)} ${bytes.toFixed(0).padStart(4)} bytes  ${line}`);
}

/** Fields that name somebody, and fields with free text; detectors of personal data look at the second only. As the walk has it. */
const NAMES = new Set(["actor", "targets", "client"]);
const FREE = new Set(["message", "reason", "request", "changes", "data"]);

/** `[text, scope]` of each text of an event. */
function textsOf(value, scope, texts = []) {
  if (typeof value === "string") texts.push([value, scope]);
  else if (typeof value === "object" && value !== null)
    for (const [name, each] of Object.entries(value))
      textsOf(each, scope ?? (NAMES.has(name) ? "name" : FREE.has(name) ? "text" : "id"), texts);
  return texts;
}

/** What the parts cost for all texts of an event: every detector on every text, the look at its characters alone, and both as they are combined. */
function measureParts(name, make) {
  const events = Array.from({ length: COUNT }, (_, index) => textsOf(make(index)));
  const detectors = createDetectors(createNameJudges().secretOf);
  const find = createFinder(detectors);
  const { wanted } = new Literals();
  const each = (work, rounds) =>
    best(() => timed(() => events.forEach((texts) => texts.forEach(work))), rounds).toFixed(2);
  const hits = [];
  const rules = each(([text]) => {
    hits.length = 0;
    for (const detector of detectors) detector.find(text, hits);
  }, 5);
  const prefilter = each(([text]) => classesOf(text, wanted), 50);
  const whole = each(([text, scope]) => find(text, scope), 50);
  console.log(
    `${name.padEnd(24)} rules alone ${rules} µs, prefilter alone ${prefilter} µs, prefilter and rules ${whole} µs`,
  );
}

console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores`);
measure("nothing to hide", ordinary, false);
measure("three secrets", withSecrets, true);
measure("nothing to hide, keys", ordinary, false, { acts });
measure("a session, keys", withSession, true, { acts });

/** Milliseconds that no text of 40 kB may take; what seems to take longer is tried more often. */
const WORST = 5;

/** Milliseconds for the worst of three texts made of a shape. */
function worstOf(shape, work) {
  const text = shape.repeat(Math.ceil(40_000 / shape.length)).slice(0, 40_000);
  const texts = [text, `password=${text}`, `x ${text.replaceAll(shape, `${shape}!`).slice(0, 40_000)}`];
  return Math.max(
    ...texts.map((each) => {
      let fastest = Number.POSITIVE_INFINITY;
      for (let round = 0; round < (fastest > WORST ? 25 : 5); round++) {
        const start = process.cpuUsage();
        work(each);
        const used = process.cpuUsage(start);
        fastest = Math.min(fastest, (used.user + used.system) / 1000);
      }
      return fastest;
    }),
  );
}

/** What each shape costs that a hostile text can have, whatever is found in it. */
function measureShapes(name, work) {
  const file = new URL("../test/worst-shapes.json", import.meta.url);
  const shapes = Object.entries(JSON.parse(readFileSync(file, "utf8")).default);
  const figures = shapes.map(([shape, text]) => ({ shape, ms: worstOf(text, work) }));
  figures.sort((a, b) => b.ms - a.ms);
  const over = figures.filter(({ ms }) => ms > WORST).length;
  const worst = figures.slice(0, 5).map(({ shape, ms }) => `${shape} ${ms.toFixed(1)} ms`);
  console.log(`${name}: ${over} of ${figures.length} shapes over 5 ms; the worst: ${worst.join(", ")}`);
}

measureParts("nothing to hide", ordinary);
measureParts("three secrets", withSecrets);
const find = createFinder(createDetectors(createNameJudges().secretOf));
const protector = createProtector();
measureShapes("hostile texts of 40 kB, found", (text) => find(text, "text"));
measureShapes("hostile texts of 40 kB, found and hidden", (text) => protector.protectText(text));
