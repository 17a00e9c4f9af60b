// SPDX-License-Identifier: Apache-2.0
// `npm run simulate:year`: a year of events with a clock of its own, through the real log and the real retain code.
// Exit 1 unless nothing was deleted early, nothing kept late but what is held, and every proof kept from before still
// verifies. Settings: TELLTALE_EVENTS (5,000,000), TELLTALE_SEED, TELLTALE_DIR (where the log is made).
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt, ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();

const load = (file) => import(pathToFileURL(path.join(root, "packages", file)).href);
const { hashLeaves, openLog, splitLines, verifyLog } = await load("log/dist/index.js");
const { verifyConsistency, verifyReceipt } = await load("merkle/dist/index.js");
const { nodeCrypto } = await load("merkle/dist/node.js");
const { Random } = await load("testkit/dist/index.js");
const { Retain } = await load("server/dist/follow/retain/retain.js");
const { DirectoryArchive } = await load("server/dist/follow/retain/archive.js");

const EVENTS = Number(process.env.TELLTALE_EVENTS ?? 5_000_000);
const SEED = Number(process.env.TELLTALE_SEED ?? Date.now() % 1_000_000);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const DAYS = 365;
const STEPS_A_DAY = 8;
const POLICY = { searchableDays: 90, keptDays: 180 };
const START = Date.UTC(2026, 0, 1);
const random = new Random(SEED);
if (!Number.isSafeInteger(EVENTS) || EVENTS < 100_000) {
  console.error("TELLTALE_EVENTS must be a whole number from 100000");
  process.exit(64);
}

const problems = [];
const fail = (problem) => {
  if (problems.length < 20) console.error(`FAIL  ${problem}`);
  problems.push(problem);
};

const base = process.env.TELLTALE_DIR ?? tmpdir();
const directory = mkdtempSync(path.join(base, "telltale-year-"));
let now = START;
let id = 0;

/** A line as the server would seal it. */
function line(action, data) {
  const received = new Date(now).toISOString();
  return `{"received":"${received}","via":"telltale","v":1,"id":"${id++}","action":"${action}","data":${JSON.stringify(data)}}`;
}

function toBatch(lines) {
  const batch = splitLines(Buffer.from(lines.map((each) => `${each}\n`).join("")));
  return { ...batch, leafHashes: hashLeaves(batch) };
}

async function openAll(holds, memory) {
  const log = await openLog({
    dataDir: directory,
    create: { originName: "example.com/year" },
    now: () => now,
    onFatal: (error) => fail(`the log failed: ${error.message}`),
    onWarning: (error) => fail(`the log warned: ${error.message}`),
  });
  const batches = [];
  log.onCommit((committed) => batches.push({ log: "main", ...committed }));
  // A certificate that was sealed before is not sealed again: ids, as the pipeline does it.
  const sealed = new Set();
  const retain = new Retain({
    log,
    logName: "main",
    selfLog: {
      emit: () => undefined,
      seal: async (events) => {
        const fresh = events.filter((event) => event.id === undefined || !sealed.has(event.id));
        for (const event of fresh) sealed.add(event.id);
        if (fresh.length > 0) await log.append(toBatch(fresh.map(({ action, data }) => line(action, data))));
      },
    },
    holds,
    cursors: memory.cursors,
    policy: POLICY,
    memory: memory.policy,
    archive: new DirectoryArchive(path.join(directory, "archive"), log.origin),
    onError: (error) => fail(`retain: ${error.message}`),
    now: () => now,
    everyMs: Number.POSITIVE_INFINITY,
  });
  for (let next = await retain.start(); next < log.size; ) {
    const batch = await log.read(next, log.size);
    await retain.handle({ log: "main", ...batch });
    next += batch.count;
  }
  return { log, retain, batches };
}

/** Holds in memory: the store is another part's business. */
function memoryHolds() {
  const rows = [];
  return {
    list: async () => rows.map((row) => ({ ...row })),
    add: async (hold) => void rows.push({ ...hold }),
    release: async (which, at, by) => {
      const row = rows.find((each) => each.id === which && each.released === undefined);
      if (row !== undefined) Object.assign(row, { released: at, releasedBy: by });
      return row !== undefined;
    },
    revision: async () => rows.length + rows.filter(({ released }) => released !== undefined).length,
  };
}

function memoryState() {
  let cursor;
  let inForce;
  return {
    cursors: { get: async () => cursor, put: async (next) => void (cursor = next) },
    policy: { read: async () => inForce, write: async (next) => void (inForce = next) },
  };
}

// What is known of the events without asking the code that is tested: when each was received.
const times = new Float64Array(EVENTS + 100_000);
const held = (index) =>
  activeHolds.some(({ first, next, from, to }) =>
    first === undefined ? times[index] >= from && times[index] < to : index >= first && index < next,
  );
let activeHolds = [];
const known = { pruned: 0, checks: 0, receipts: [], heads: [], removed: 0 };

function remember({ first, count }) {
  for (let i = first; i < first + count; i++) times[i] = now;
}

/** Everything that went since the last look was old enough and not held. */
function checkRemoved(log, before) {
  for (const range of log.pruned) {
    for (let index = range.first; index < range.next; index++) {
      if (before.some(({ first, next }) => index >= first && index < next)) {
        index = before.find(({ first, next }) => index >= first && index < next).next - 1;
        continue;
      }
      known.removed += 1;
      if (times[index] + POLICY.keptDays * DAY > now) fail(`event ${index} was deleted early`);
      if (held(index)) fail(`event ${index} was deleted although it is held`);
    }
  }
}

/** What is still there is young enough, or shares a segment with something that is young or held. */
function checkKept(log) {
  for (const { first, count, closed } of log.segments()) {
    if (!closed) continue;
    let newest = 0;
    let isHeld = false;
    for (let index = first; index < first + count; index++) {
      newest = Math.max(newest, times[index]);
      isHeld ||= held(index);
    }
    known.checks += 1;
    if (newest + POLICY.keptDays * DAY <= now && !isHeld) {
      fail(
        `the segment at ${first} was kept late: its newest event is ${((now - newest) / DAY).toFixed(1)} days old`,
      );
    }
  }
}

async function takeReceipt(log, index) {
  const { bytes } = await log.read(index, index + 1);
  known.receipts.push({ index, entry: Buffer.from(bytes.subarray(0, -1)), proof: await log.proof(index) });
}

/** All receipts and checkpoints that were ever taken, against the log as it is now. */
async function checkProofs(log) {
  for (const { index, entry, proof } of known.receipts) {
    try {
      verifyReceipt({ proof, entry, vkey: log.vkey, crypto: nodeCrypto });
      // And the log can still prove the event that it has forgotten.
      verifyReceipt({ proof: await log.proof(index), entry, vkey: log.vkey, crypto: nodeCrypto });
    } catch (error) {
      fail(`the receipt of event ${index} does not verify: ${error.message}`);
    }
  }
  const head = log.checkpoint();
  for (const { size, root: old } of known.heads) {
    const sizes = { size1: BigInt(size), size2: BigInt(head.size) };
    try {
      verifyConsistency(nodeCrypto, {
        ...sizes,
        root1: old,
        root2: head.root,
        proof: await log.consistency(size, head.size),
      });
    } catch (error) {
      fail(`the checkpoint of ${size} events is not a prefix any more: ${error.message}`);
    }
  }
}

async function follow({ retain, batches }) {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
    remember(batch);
    await retain.handle(batch);
  }
}

/** Closed segments are compressed beside; a day is over when that is done. */
async function compressed({ log }) {
  const isPlain = () => log.segments().some(({ closed, path: file }) => closed && !file.endsWith(".zst"));
  while (isPlain()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function step(world, count) {
  const received = new Date(now).toISOString();
  const lines = Array.from(
    { length: count },
    () => `{"received":"${received}","via":"k","v":1,"id":"${id++}","action":"a"}`,
  );
  await world.log.append(toBatch(lines));
  await follow(world);
}

const BY = { kind: "user", id: "counsel" };

/** Some ranges are held: one for good, one that is released, one on a time, one placed long before it is due. */
async function changeHolds(world, day) {
  const place = async (scope) =>
    world.retain.place({ name: `matter ${day}`, reason: "simulated", scope }, BY);
  const size = world.log.size;
  if (day === 40) {
    const first = random.below(size);
    const next = first + 1 + random.below(5000);
    await place({ first, next });
    activeHolds.push({ first, next });
  } else if (day === 100) {
    const from = START + 60 * DAY + random.below(DAY);
    const to = from + random.below(2 * DAY) + HOUR;
    await place({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    activeHolds.push({ from, to });
  } else if (day === 150) {
    const first = Math.floor(size / 2) + random.below(1000);
    const hold = await place({ first, next: first + 1 });
    activeHolds.push({ first, next: first + 1, id: hold.id });
  } else if (day === 330) {
    const { id: which } = activeHolds.find((hold) => hold.id !== undefined);
    await world.retain.release(which, BY);
    activeHolds = activeHolds.filter((hold) => hold.id !== which);
  }
  await follow(world);
}

async function oneDay(world, day) {
  const share = Math.floor(EVENTS / DAYS / STEPS_A_DAY);
  for (let i = 0; i < STEPS_A_DAY; i++) {
    now = START + day * DAY + (i * DAY) / STEPS_A_DAY;
    const last = day === DAYS - 1 && i === STEPS_A_DAY - 1;
    await step(world, last ? EVENTS - share * (DAYS * STEPS_A_DAY - 1) : share);
  }
  await compressed(world);
  await changeHolds(world, day);
  for (let i = 0; i < 3; i++) await takeReceipt(world.log, world.log.size - 1 - random.below(share));
  known.heads.push(world.log.checkpoint());
  const before = world.log.pruned.map((range) => ({ ...range }));
  now += HOUR;
  let run;
  do {
    run = await world.retain.run();
    await follow(world);
  } while (run.certified > 0);
  checkRemoved(world.log, before);
  checkKept(world.log);
}

const began = performance.now();
console.log(`A year of ${EVENTS.toLocaleString("en")} events, kept ${POLICY.keptDays} days, seed ${SEED}`);
const holds = memoryHolds();
const memory = memoryState();
let world = await openAll(holds, memory);
try {
  for (let day = 0; day < DAYS; day++) {
    await oneDay(world, day);
    if (day % 73 === 72) {
      // The process is started again, as it would be.
      await world.retain.close();
      await world.log.close();
      world = await openAll(holds, memory);
      const gone = world.log.pruned.reduce((sum, { first, next }) => sum + next - first, 0);
      console.log(
        `  day ${day + 1}: ${world.log.size.toLocaleString("en")} events, ${gone.toLocaleString("en")} pruned in ${world.log.pruned.length} ranges`,
      );
    }
  }
  await checkProofs(world.log);
  const { vkey, size } = world.log;
  const root64 = createHash("sha256").update(world.log.checkpoint().text).digest("hex").slice(0, 16);
  const gone = world.log.pruned.reduce((sum, { first, next }) => sum + next - first, 0);
  await world.retain.close();
  await world.log.close();
  const verdict = await verifyLog({ dataDir: directory, vkey });
  if (verdict.verdict !== "intact") fail(`the verifier says ${verdict.verdict}: ${verdict.message}`);
  if (verdict.checked !== size - gone) fail(`${verdict.checked} of ${size - gone} kept events were verified`);
  if (gone !== known.removed) fail(`${gone} events are gone, ${known.removed} were checked`);
  if (gone === 0) fail("nothing was pruned, so nothing was shown");
  if (!existsSync(path.join(directory, "archive"))) fail("nothing was archived");
  console.log(
    `  deleted early: ${problems.filter((each) => each.includes("early")).length} of ${gone.toLocaleString("en")} pruned events`,
  );
  console.log(
    `  deleted although held: ${problems.filter((each) => each.includes("although")).length}; ${activeHolds.length} holds in force`,
  );
  console.log(
    `  kept late: ${problems.filter((each) => each.includes("late:")).length} in ${known.checks.toLocaleString("en")} looks at a closed segment`,
  );
  console.log(
    `  receipts that verify: ${known.receipts.length - problems.filter((each) => each.includes("receipt")).length} of ${known.receipts.length}, ${known.receipts.filter(({ index }) => world.log.firstKept(index) !== index).length} of them of pruned events`,
  );
  console.log(
    `  checkpoints that are a prefix: ${known.heads.length - problems.filter((each) => each.includes("prefix")).length} of ${known.heads.length}`,
  );
  console.log(`  verdict: ${verdict.verdict}: ${verdict.message} (head ${root64})`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `${problems.length === 0 ? "PASS" : `FAIL: ${problems.length} problems`} in ${((performance.now() - began) / 1000).toFixed(0)} s`,
);
process.exit(problems.length === 0 ? 0 : 1);
