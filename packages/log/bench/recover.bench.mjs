// SPDX-License-Identifier: Apache-2.0
// What a large log costs: a process that appends 50,000 events a second is killed, and the next one opens its log.
// TELLTALE_BENCH_MILLIONS says how many million events of 480 bytes the log has (10).
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { hashLeaves, openLog, splitLines } from "../dist/index.js";

const BATCH = 1000;
const LINE = 480;
/** As much as the server takes; how long it is appended before the kill. */
const BATCHES_A_SECOND = 50;
const AMID_MS = 5000;
const PROOFS = 500;

const number = (n) => Math.round(n).toLocaleString("en");
const megabytes = () => `${Math.round(process.memoryUsage().rss / 1e6)} MB resident`;

function makeBatch(seed) {
  const lines = Array.from({ length: BATCH }, (_, i) => {
    const id = createHash("sha256").update(`${seed} ${i}`).digest("hex");
    const head = `{"received":"2026-11-22T10:00:00.${`${i % 1000}`.padStart(3, "0")}Z","via":"k1","v":1,"id":"${id.slice(0, 32)}","action":"authn_login_fail","outcome":"failure","client":{"ip":"203.0.113.${i % 250}"},"actor":{"id":"user-${i % 5000}"},"message":"`;
    return `${head}${"User login attempt refused. ".repeat(20).slice(0, LINE - head.length - 3)}"}\n`;
  });
  const batch = splitLines(Buffer.from(lines.join("")));
  return { ...batch, leafHashes: hashLeaves(batch) };
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
