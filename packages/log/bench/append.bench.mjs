// SPDX-License-Identifier: Apache-2.0
// Events a second of 480 bytes that are hashed, sealed under a signed head and fsynced, beside SHA-256 of the same bytes.
// `npm run bench -- append`; TELLTALE_BENCH_MILLIONS says of how many million events the log is (1). By itself, after a build:
// node packages/log/bench/append.bench.mjs [events] [in flight]
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { hashLeaves, openLog, verifyLog } from "../dist/index.js";
import { BATCH, LINE, makeLines } from "./lines.mjs";

const events = Number(process.argv[2] ?? 1_000_000 * Number(process.env.TELLTALE_BENCH_MILLIONS ?? 1));
const inFlight = Number(process.argv[3] ?? 4);
const batches = Math.max(1, Math.round(events / BATCH));
const dataDir = mkdtempSync(path.join(tmpdir(), "telltale-bench-"));

async function run() {
  const prepared = Array.from({ length: Math.min(batches, 100) }, (_, i) => makeLines(i * BATCH));
  const bytes = prepared.reduce((sum, batch) => sum + batch.bytes.length, 0);
  let start = performance.now();
  for (const batch of prepared) createHash("sha256").update(batch.bytes).digest();
  const limit = bytes / (performance.now() - start) / 1000;

  const log = await openLog({
    dataDir,
    create: { originName: "bench" },
    onFatal: (error) => {
      throw error;
    },
    onWarning: (error) => console.error(error),
  });
  const cpu = process.cpuUsage();
  const latencies = [];
  let next = 0;
  start = performance.now();
  const sender = async () => {
    while (next < batches) {
      const lines = prepared[next++ % prepared.length];
      const at = performance.now();
      // Hashed before it is handed over: hashing borrows bytes that a write in flight would read.
      const mine = { ...lines, bytes: Buffer.from(lines.bytes) };
      await log.append({ ...mine, leafHashes: hashLeaves(mine) });
      latencies.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const rate = (log.size / seconds).toFixed(0);
  const perEvent = ((used.user + used.system) / log.size).toFixed(2);
  console.log(
    `${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, ${inFlight} batches of ${BATCH} in flight`,
  );
  console.log(`append: ${rate} events/s acknowledged after fsync, ${perEvent} µs CPU an event (all threads)`);
  console.log(
    `        p50 ${latencies[latencies.length >> 1].toFixed(1)} ms, p99 ${latencies[Math.floor(latencies.length * 0.99)].toFixed(1)} ms a batch`,
  );
  console.log(
    `limit:  SHA-256 of the same bytes once: ${((limit * 1e6) / LINE).toFixed(0)} events/s (${limit.toFixed(0)} MB/s)`,
  );

  start = performance.now();
  for (let i = 0; i < 200; i++) await log.proof(Math.floor((i * log.size) / 200));
  console.log(`proof:  ${((performance.now() - start) / 200).toFixed(2)} ms each`);
  console.log(`memory: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`);
  start = performance.now();
  await log.close();
  console.log(`close:  ${(performance.now() - start).toFixed(0)} ms`);
  start = performance.now();
  const again = await openLog({ dataDir, onFatal: () => undefined });
  console.log(`open:   ${(performance.now() - start).toFixed(0)} ms for ${again.size} events`);
  while (again.segments().some((segment) => segment.closed && !segment.path.endsWith(".zst"))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await again.close();
  start = performance.now();
  const verdict = await verifyLog({ dataDir });
  const verifyRate = (verdict.checked / ((performance.now() - start) / 1000)).toFixed(0);
  console.log(`verify: ${verdict.verdict}, ${verifyRate} events/s`);
}

try {
  await run();
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
