// SPDX-License-Identifier: Apache-2.0
// How fast the index takes events in, and how fast it answers. Figures are of this machine only.
// `TELLTALE_BENCH_EVENTS=10000000 npm run bench -- index` for the sizes of the specification.
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { canonicalJson } from "@telltale/event";
import { Traffic } from "@telltale/testkit";
import { openIndex } from "../dist/follow/index/index-follower.js";

const EVENTS = Number(process.env.TELLTALE_BENCH_EVENTS ?? 500_000);
const BATCH = Number(process.env.TELLTALE_BENCH_BATCH ?? 1000);
const DAYS = 10;
const START = Date.now() - DAYS * 86_400_000;
const STEP = (DAYS * 86_400_000) / EVENTS;

/** A log that makes its lines when they are asked for: ten days of ordinary traffic in any number of events. */
class MadeLog {
  #bodies = [];
  size = 0;

  constructor() {
    const traffic = new Traffic({ seed: 7, start: START, stepMs: 0, users: 20_000 });
    for (let v = 0; v < 64; v++) {
      this.#bodies.push(Array.from({ length: BATCH }, () => canonicalJson(traffic.next())));
    }
  }

  #line(index) {
    const body = this.#bodies[((index / BATCH) | 0) % this.#bodies.length][index % BATCH];
    const received = new Date(START + index * STEP).toISOString();
    const id = index.toString(16).padStart(12, "0");
    const fresh = body
      .replace(/"id":"([0-9a-f-]{24})[0-9a-f]{12}"/, `"id":"$1${id}"`)
      .replace(/"time":"[^"]*"/, `"time":"${received}"`);
    return `{"received":"${received}","via":"key1",${fresh.slice(1)}\n`;
  }

  batch(first, to = Math.min(first + BATCH, EVENTS)) {
    const lines = Array.from({ length: to - first }, (_, i) => this.#line(first + i));
    const ends = new Uint32Array(lines.length);
    let at = 0;
    for (const [i, line] of lines.entries()) ends[i] = at += Buffer.byteLength(line);
    return { log: "main", first, count: lines.length, bytes: Buffer.from(lines.join("")), ends };
  }

  async read(from, to) {
    return this.batch(from, Math.min(to, from + BATCH));
  }
}

const folder = mkdtempSync(path.join(tmpdir(), "telltale-index-bench-"));
const log = new MadeLog();
const { follower, search } = await openIndex({
  dir: folder,
  log,
  logName: "main",
  origin: "bench",
  onError: (error) => console.error(error),
  search: { timeoutMs: 120_000, catchUpMs: 120_000 },
});

async function take(from, to) {
  let bytes = 0;
  const made = process.cpuUsage();
  const started = performance.now();
  for (let first = from; first < to; first += BATCH) {
    const batch = log.batch(first);
    bytes += batch.bytes.length;
    await follower.handle(batch);
    log.size = batch.first + batch.count;
  }
  await search.count({ query: "_exists_:tenant" });
  const used = process.cpuUsage(made);
  return { bytes, ms: performance.now() - started, cpu: used.user + used.system };
}

/** What making the lines costs alone, to be taken off. */
function costOfMaking() {
  const cpu = process.cpuUsage();
  let events = 0;
  for (let first = 0; first < Math.min(EVENTS, 50_000); first += BATCH) events += log.batch(first).count;
  const used = process.cpuUsage(cpu);
  return (used.user + used.system) / events;
}

const made = costOfMaking();
const result = await take(0, EVENTS);
const files = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
const size = files.reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
const perEvent = (value) => (value / EVENTS).toFixed(2);
console.log(`${EVENTS} events of ${perEvent(result.bytes)} bytes, batches of ${BATCH}`);
console.log(`taken in        ${Math.round(EVENTS / (result.ms / 1000))} events/s`);
console.log(
  `CPU             ${(result.cpu / EVENTS - made).toFixed(2)} µs/event (making the lines, ${made.toFixed(2)}, taken off)`,
);
console.log(`on disk         ${perEvent(size)} bytes/event in ${files.length} files`);
console.log(`resident memory ${Math.round(process.memoryUsage().rss / 1_048_576)} MB`);

const started = performance.now();
for (let i = 0; i < 40; i++) await follower.idle();
const merged = readdirSync(folder).filter((name) => name.endsWith(".parquet")).length;
console.log(`merged          into ${merged} files in ${Math.round(performance.now() - started)} ms`);

const end = START + EVENTS * STEP;
const day = { from: Math.floor(end - 86_400_000), to: Math.ceil(end) };
const questions = [
  ["newest 100", () => search.hits({ query: "", limit: 100 })],
  ["newest 100 failed sign-ins", () => search.hits({ query: "action:authn_login_fail", limit: 100 })],
  ["newest 100 of one user", () => search.hits({ query: "user:u100", limit: 100 })],
  ["a user that does not exist", () => search.hits({ query: "user:nobody", limit: 100 })],
  ["status 5xx and an address", () => search.hits({ query: "status:>=500 ip:10.0.0.0/8", limit: 100 })],
  ["free text that is nowhere", () => search.hits({ query: "zebra", limit: 100 })],
  ["message substring that is nowhere", () => search.hits({ query: "message:zebra", limit: 100 })],
  ["data field", () => search.hits({ query: "data.nothing:1", limit: 100 })],
  ["histogram of 24 h, filter", () => search.histogram({ query: "outcome:failure", ...day, buckets: 60 })],
  [
    "histogram of 10 d",
    () => search.histogram({ query: "", from: Math.floor(START), to: day.to, buckets: 60 }),
  ],
  ["count of 10 d, filter", () => search.count({ query: "action:authn_*" })],
  [
    "by event id",
    () => search.hits({ query: `id:*${(EVENTS >> 1).toString(16).padStart(12, "0")}`, limit: 1 }),
  ],
];
console.log(`\n${"question".padEnd(36)}cold ms  median ms  p95 ms  hits`);
for (const [name, ask] of questions) {
  const times = [];
  let answer;
  for (let i = 0; i < 15; i++) {
    const at = performance.now();
    answer = await ask();
    times.push(performance.now() - at);
  }
  const [cold, ...warm] = times;
  warm.sort((a, b) => a - b);
  const hits = answer.hits?.length ?? answer.total;
  const cells = [cold, warm[7], warm[13]].map((ms) => ms.toFixed(1).padStart(8)).join(" ");
  console.log(
    `${name.padEnd(34)} ${cells}  ${hits}${answer.complete ? "" : ` (incomplete: ${answer.reason})`}`,
  );
}
await follower.close();
rmSync(folder, { recursive: true });
