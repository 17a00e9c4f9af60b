// SPDX-License-Identifier: Apache-2.0
// Cost of detection per event, parsing excluded: the shipped rules with their correlations, and 3,000 generated rules.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileRules, createCorrelator, parseSigma } from "../dist/index.js";

/** A small generator with a fixed seed (mulberry32), so that every run measures the same. */
let seed = 42;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const words = Array.from({ length: 3000 }, () =>
  Array.from({ length: 6 + Math.floor(random() * 8) }, () =>
    pick(Array.from("abcdefghijklmnopqrstuvwxyz")),
  ).join(""),
);

const ordinary = [
  "api_request",
  "sensitive_read",
  "session_created",
  "authn_login_success",
  "transaction_captured",
  "user_updated",
  "data_exported",
  "upload_complete",
];

/** An ordinary event of about 500 bytes; two in a hundred are failed sign-ins, one is a refusal. */
function makeEvent(i) {
  const dice = random();
  const action = dice < 0.02 ? "authn_login_fail" : dice < 0.03 ? "authz_fail" : pick(ordinary);
  const time = new Date(Date.UTC(2026, 2, 2) + i * 10).toISOString();
  const user = `user-${Math.floor(random() * 5000)}`;
  return {
    received: time,
    via: "k_shop",
    v: 1,
    id: `0190000-${i}`,
    time,
    source: { app: "shop-api", env: "production", version: "3.4.1", instance: "web-7", boot: "b81f", seq: i },
    action,
    outcome: action.endsWith("fail") ? "failure" : "success",
    level: "info",
    message: `${pick(words)} ${pick(words)} ${pick(words)} ${pick(words)}`,
    actor: { type: "user", id: user, name: pick(words), roles: ["customer"], session: pick(words) },
    targets: [{ type: "order", id: String(Math.floor(random() * 100_000)) }],
    client: {
      ip: `10.${Math.floor(random() * 20)}.${Math.floor(random() * 256)}.7`,
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
    },
    request: {
      id: pick(words),
      method: pick(["GET", "POST"]),
      path: `/${pick(words)}/${pick(words)}`,
      route: `/${pick(words)}/:id`,
      status: 200,
      durationMs: 12,
    },
    data: Object.fromEntries(Array.from({ length: 6 }, (_, k) => [`f${(i + k) % 24}`, pick(words)])),
  };
}

/** One to four predicates over thirty fields: half equals, three tenths contains, two tenths ends-with (feasibility study, section I). */
function makeRule(i) {
  const fields = [
    "message",
    "request.path",
    "actor.name",
    "client.userAgent",
    "action",
    "request.id",
    ...Array.from({ length: 24 }, (_, k) => `data.f${k}`),
  ];
  const selection = {};
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    const dice = random();
    const word = pick(words);
    const field = pick(fields);
    if (dice < 0.5) selection[field] = word;
    else if (dice < 0.8) selection[`${field}|contains`] = word.slice(0, 5);
    else selection[`${field}|endswith`] = word.slice(-5);
  }
  return {
    title: `rule ${i}`,
    name: `rule_${i}`,
    logsource: { product: "telltale" },
    detection: { selection, condition: "selection" },
  };
}

function figure(value) {
  return value.toFixed(2).padStart(8);
}

function measure(name, list, passes, work) {
  let n = 0;
  const pass = () => {
    for (const event of list) work(event, n++);
  };
  for (let i = 0; i < Math.max(1, passes / 4); i++) pass();
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const started = process.cpuUsage();
    for (let i = 0; i < passes; i++) pass();
    const { user, system } = process.cpuUsage(started);
    rounds.push((user + system) / (passes * list.length));
  }
  rounds.sort((a, b) => a - b);
  const rate = Math.round(1e6 / rounds[2]).toLocaleString("en");
  console.log(
    `${name.padEnd(60)} ${figure(rounds[2])} µs CPU/event median ${figure(rounds[0])} best ${rate.padStart(10)} events/s a core`,
  );
  return n;
}

// Few enough to stay in the cache, as an event does that was parsed a moment ago; each is seen many times.
const events = Array.from({ length: 4_000 }, (_, i) => makeEvent(i));
console.log(
  `${events.length} events, ${Math.round(JSON.stringify(events).length / events.length)} bytes on average`,
);

const lines = events.map((event) => JSON.stringify(event));
measure("for comparison: JSON.parse of the event", lines, 10, (line) => JSON.parse(line));

const rulesRoot = fileURLToPath(new URL("../../../rules", import.meta.url));
const files = readdirSync(rulesRoot, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("rule.yml"))
  .sort();
const shipped = compileRules(
  files.flatMap((file) => parseSigma(readFileSync(join(rulesRoot, file), "utf8"), file)),
);
let findings = 0;
measure(`shipped: ${shipped.rules.length} rules, matching only`, events, 10, (event) => shipped.match(event));
let correlator = createCorrelator(shipped);
measure(
  `shipped: ${shipped.rules.length} rules, ${shipped.correlations.length} correlations`,
  events,
  10,
  (event, i) => {
    findings += correlator.observe({ index: i, time: i * 10, event, matches: shipped.match(event) }).length;
  },
);
console.log(
  `  ${findings} findings, ${JSON.stringify(correlator.stats())}, snapshot ${Math.round(correlator.snapshot().length / 1000)} kB`,
);

correlator = createCorrelator(shipped, { maxKeys: 100_000 });
const flood = Array.from({ length: 40_000 }, (_, i) => ({
  ...events[i % events.length],
  action: "authn_login_fail",
  actor: { id: `u${i * 7}` },
  client: { ip: `10.0.${i % 256}.${i % 250}` },
}));
measure("shipped: nothing but failed sign-ins, new users all the time", flood, 3, (event, i) => {
  correlator.observe({ index: i, time: i * 10, event, matches: shipped.match(event) });
});
console.log(`  ${JSON.stringify(correlator.stats())}`);

const sources = Array.from({ length: 3000 }, (_, i) => JSON.stringify(makeRule(i)));
const started = performance.now();
const many = compileRules(sources.flatMap((text, i) => parseSigma(text, `generated-${i}.yml`)));
console.log(`3,000 generated rules: parsed and compiled in ${Math.round(performance.now() - started)} ms`);
let matches = 0;
const seen = measure("3,000 generated rules, with the index", events, 10, (event) => {
  matches += many.match(event).length;
});
console.log(`  ${(matches / seen).toFixed(3)} matches an event`);
const few = events.slice(0, 300);
measure("3,000 generated rules, each asked", few, 1, (event) => {
  for (const rule of many.rules) if (rule.matches(event)) matches++;
});
