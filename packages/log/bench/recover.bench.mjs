// SPDX-License-Identifier: Apache-2.0
// What a large log costs: a process that appends 50,000 events a second is killed, and the next one opens its log.
// TELLTALE_BENCH_MILLIONS says how many million events of 480 bytes the log has (10).
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { hashLeaves, openLog } from "../dist/index.js";
import { BATCH, makeLines } from "./lines.mjs";

/** As much as the server takes; how long it is appended before the kill. */
const BATCHES_A_SECOND = 50;
const AMID_MS = 5000;
const PROOFS = 500;

const number = (n) => Math.round(n).toLocaleString("en");
const megabytes = () => `${Math.round(process.memoryUsage().rss / 1e6)} MB resident`;

function makeBatch(n) {
  const lines = makeLines(n * BATCH);
  return { ...lines, leafHashes: hashLeaves(lines) };
}

async function waitUntilCompressed(log) {
  const isBehind = () => log.segments().some(({ closed, path: file }) => closed && !file.endsWith(".zst"));
  const started = performance.now();
  while (isBehind()) await new Promise((resolve) => setTimeout(resolve, 50));
  return performance.now() - started;
}

/** In a process of its own: fills the log, then appends at a steady pace until it is killed. */
async function fill(dataDir, events) {
  const log = await openLog({ dataDir, create: { originName: "bench" }, onFatal: () => process.exit(70) });
  const batches = Array.from({ length: 16 }, (_, i) => makeBatch(i));
  let next = 0;
  const sender = async () => {
    while (next < events / BATCH) await log.append(batches[next++ % batches.length]);
  };
  await Promise.all([sender(), sender(), sender(), sender()]);
  const ms = await waitUntilCompressed(log);
  console.log(`filled: compression was done ${(ms / 1000).toFixed(1)} s later; ${megabytes()}`);
  setInterval(() => void log.append(batches[next++ % batches.length]), 1000 / BATCHES_A_SECOND);
}

/** Starts the child and kills it amid appending; what it said. */
async function fillAndKill(dataDir, events) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), dataDir, String(events)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  await new Promise((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      said += chunk;
      if (said.includes("\n")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`filling the log ended with ${code}`)));
  });
  await new Promise((resolve) => setTimeout(resolve, AMID_MS));
  child.removeAllListeners("exit");
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
  return said.trim();
}

async function run(dataDir, events) {
  console.log(await fillAndKill(dataDir, events));
  const before = process.memoryUsage().rss;
  let start = performance.now();
  const log = await openLog({ dataDir, onFatal: () => process.exit(70) });
  const ms = performance.now() - start;
  const { adopted, droppedBytes, rebuilt } = log.recovery;
  console.log(
    `recovery: ${number(ms)} ms for ${number(log.size)} events after SIGKILL (${number(adopted)} taken in, ${droppedBytes} bytes dropped${rebuilt ? ", tiles derived anew" : ""})`,
  );
  const latencies = [];
  for (let i = 0; i < PROOFS; i++) {
    const index = Math.floor(((i * 7919) % PROOFS) * (log.size / PROOFS));
    start = performance.now();
    await log.proof(index);
    latencies.push(performance.now() - start);
  }
  latencies.sort((a, b) => a - b);
  console.log(
    `proof: p50 ${latencies[PROOFS >> 1].toFixed(2)} ms, p99 ${latencies[Math.floor(PROOFS * 0.99)].toFixed(2)} ms, all over the log`,
  );
  console.log(
    `memory: ${megabytes()}, ${Math.round((process.memoryUsage().rss - before) / 1e6)} MB of it since the log was opened`,
  );
  await log.close();
}

const [, , dataDir, events] = process.argv;
if (dataDir !== undefined) {
  await fill(dataDir, Number(events));
} else {
  const made = mkdtempSync(path.join(process.env.TELLTALE_BENCH_DIR ?? tmpdir(), "telltale-bench-"));
  try {
    await run(made, 1_000_000 * Number(process.env.TELLTALE_BENCH_MILLIONS ?? 10));
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
