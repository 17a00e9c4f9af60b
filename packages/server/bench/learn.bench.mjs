// SPDX-License-Identifier: Apache-2.0
// What the learn stage costs per event, and how much memory a user takes. Figures are of this machine only.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { canonicalJson } from "@telltale/event";
import { Traffic } from "@telltale/testkit";
import { LocalHost } from "../dist/follow/learn/learner-host.js";
import { LearnFollower } from "../dist/follow/learn/learn.js";
import { Learner } from "../dist/follow/learn/learner.js";
import { bundledDatabase, openPlaces, prefixPlaces } from "../dist/follow/learn/places.js";
import { LEARN_DEFAULTS } from "../dist/follow/learn/settings.js";

const EVENTS = Number(process.env.TELLTALE_BENCH_EVENTS ?? 400_000);
const BATCH = 1000;
const START = Date.parse("2026-08-31T00:00:00.000Z");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Batches of sealed lines, made one at a time. */
function* batchesOf({ users, days }) {
  const traffic = new Traffic({ seed: 11, start: START, stepMs: (days * 86_400_000) / EVENTS, users });
  for (let first = 0; first < EVENTS; first += BATCH) {
    const lines = Array.from({ length: BATCH }, () => {
      const event = traffic.next();
      return Buffer.from(`{"received":"${event.time}","via":"ingest_a",${canonicalJson(event).slice(1)}\n`);
    });
    let end = 0;
    const ends = Uint32Array.from(lines, (each) => (end += each.length));
    yield { log: "main", first, count: BATCH, bytes: Buffer.concat(lines), ends };
  }
}

/** Microseconds of CPU that `work` takes per event, without what `prepare` takes. */
async function micros(shape, prepare, work) {
  let used = 0;
  for (const batch of batchesOf(shape)) {
    const input = prepare(batch);
    const before = process.cpuUsage();
    await work(input, batch.first);
    const { user, system } = process.cpuUsage(before);
    used += user + system;
  }
  return used / EVENTS;
}

function parse({ bytes }) {
  return bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const file = bundledDatabase();
const places = file === undefined ? prefixPlaces : await openPlaces(file);
console.log(`${EVENTS} events; countries: ${file === undefined ? "not installed" : places.describe()}`);

async function measure(name, shape) {
  collect();
  const empty = process.memoryUsage().heapUsed;
  const learner = new Learner(LEARN_DEFAULTS, places);
  const alone = await micros(shape, parse, (events, first) => {
    for (const [i, event] of events.entries()) learner.observe(event, first + i);
  });
  collect();
  const heap = process.memoryUsage().heapUsed - empty;
  const follower = new LearnFollower({
    selfLog: { seal: async () => undefined },
    cursors: { get: async () => undefined, put: async () => undefined },
    host: new LocalHost({
      snapshots: { load: async () => undefined, save: async () => undefined },
      settings: LEARN_DEFAULTS,
      places,
    }),
  });
  await follower.start();
  const whole = await micros(
    shape,
    (batch) => batch,
    (batch) => follower.handle(batch),
  );
  let bytes = 0;
  const began = performance.now();
  for (const piece of learner.snapshotPieces()) bytes += piece.length;
  const ms = performance.now() - began;
  const { users } = learner.counts;
  console.log(`${name}, ${users} users remembered`);
  console.log(`  learn alone            ${alone.toFixed(2).padStart(8)} µs CPU per event`);
  console.log(`  with reading the line  ${whole.toFixed(2).padStart(8)} µs CPU per event`);
  console.log(`  memory                 ${(heap / users / 1024).toFixed(2).padStart(8)} KiB a user`);
  console.log(
    `  snapshot               ${ms.toFixed(0).padStart(8)} ms, ${(bytes / users / 1024).toFixed(2)} KiB a user`,
  );
}

await measure("a busy hour", { users: 20_000, days: 1 / 24 });
await measure("a quiet month: nearly each event is a user's first in an hour", { users: 5_000, days: 30 });
