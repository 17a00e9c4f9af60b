// SPDX-License-Identifier: Apache-2.0
// What the learn stage costs per event, and how much memory a user takes. Figures are of this machine only.
import { canonicalJson } from "@telltale/event";
import { Traffic } from "@telltale/testkit";
import { bundledDatabase, openPlaces, prefixPlaces } from "../dist/follow/learn/places.js";
import { LearnFollower } from "../dist/follow/learn/learn.js";
import { Learner } from "../dist/follow/learn/learner.js";
import { LEARN_DEFAULTS } from "../dist/follow/learn/settings.js";

const EVENTS = Number(process.env.TELLTALE_BENCH_EVENTS ?? 400_000);
const USERS = 20_000;
const DAYS = 30;
const BATCH = 1000;
const START = Date.parse("2026-08-31T00:00:00.000Z");

function* lines() {
  const stepMs = (DAYS * 86_400_000) / EVENTS;
  const traffic = new Traffic({ seed: 11, start: START, stepMs, users: USERS });
  for (let i = 0; i < EVENTS; i++) {
    const event = traffic.next();
    yield `{"received":"${event.time}","via":"ingest_a",${canonicalJson(event).slice(1)}\n`;
  }
}

function toBatches() {
  const batches = [];
  let texts = [];
  for (const line of lines()) {
    texts.push(Buffer.from(line));
    if (texts.length < BATCH) continue;
    let end = 0;
    const ends = Uint32Array.from(texts, (each) => (end += each.length));
    batches.push({
      log: "main",
      first: batches.length * BATCH,
      count: BATCH,
      bytes: Buffer.concat(texts),
      ends,
    });
    texts = [];
  }
  return batches;
}

/** Microseconds of CPU per event. */
async function micros(count, work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

const batches = toBatches();
const events = batches.length * BATCH;
const file = bundledDatabase();
const places = file === undefined ? prefixPlaces : await openPlaces(file);
console.log(
  `${events} events of ${USERS} users in ${DAYS} days; countries ${file === undefined ? "not installed" : places.describe()}`,
);

const parsed = batches.flatMap(({ bytes }) =>
  bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line)),
);
const learner = new Learner(LEARN_DEFAULTS, places);
const alone = await micros(events, () => {
  for (let i = 0; i < parsed.length; i++) learner.observe(parsed[i], i);
});
parsed.length = 0;

let anomalies = 0;
const follower = new LearnFollower({
  selfLog: { seal: async (found) => void (anomalies += found.length) },
  cursors: { get: async () => undefined, put: async () => undefined },
  snapshots: { load: async () => undefined, save: async (_name, { pieces }) => void [...pieces] },
  places,
  now: () => 0,
});
await follower.start();
globalThis.gc?.();
const whole = await micros(events, async () => {
  for (const batch of batches) await follower.handle(batch);
});

const { users } = learner.counts;
let bytes = 0;
const snapshot = await micros(1, () => {
  for (const piece of learner.snapshotPieces()) bytes += piece.length;
});
console.log(`  learn alone            ${alone.toFixed(2).padStart(8)} µs CPU per event`);
console.log(`  with reading the line  ${whole.toFixed(2).padStart(8)} µs CPU per event`);
console.log(
  `  snapshot of ${users} users ${(snapshot / 1000).toFixed(0).padStart(8)} ms, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${(bytes / users / 1024).toFixed(2)} KiB a user`,
);
console.log(`  anomalies              ${String(anomalies).padStart(8)}`);
