// SPDX-License-Identifier: Apache-2.0
// Events per second that are acknowledged after fsync, over real HTTP, with protection, detection and index on.
// The server is a process of its own; the load generator shares the same cores.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serverEnv } from "../../../scripts/lib.mjs";
import { load, makeBodies } from "./load.mjs";
import { stageTable } from "./stages.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const cli = path.join(root, "packages/cli/bin/telltale.cjs");
const dataDir = mkdtempSync(path.join(process.env.TELLTALE_BENCH_DIR ?? tmpdir(), "telltale-bench-"));
const millions = Number(process.env.TELLTALE_BENCH_MILLIONS ?? 5);

function output(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => (text += chunk));
    child.on("exit", (code) =>
      code === 0 ? resolve(text.trim()) : reject(new Error(`telltale ${args[0]}: exit ${code}`)),
    );
  });
}

async function startServer() {
  const port = 17400 + (process.pid % 1000);
  const child = spawn(process.execPath, [cli, "serve", "--data", dataDir, "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit"],
    // As `npm start` does.
    env: serverEnv,
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    try {
      if ((await fetch(`${url}/healthz`)).ok) return { child, url };
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server did not start");
}

async function metrics(url, key) {
  const text = await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text();
  const values = new Map();
  for (const line of text.split("\n")) {
    const match = /^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$/.exec(line);
    if (match) values.set(match[1], Number(match[2]));
  }
  return values;
}

const number = (n) => Math.round(n).toLocaleString("en");

async function measure({ name, size, events, connections, url, keys }) {
  const before = await metrics(url, keys.read);
  const result = await load({
    url,
    key: keys.ingest,
    bodies: makeBodies({ size, seed: size }),
    size,
    events,
    connections,
  });
  const after = await metrics(url, keys.read);
  const cpu = (after.get("process_cpu_seconds_total") - before.get("process_cpu_seconds_total")) * 1e6;
  console.log(
    `${name}: ${number(result.perSecond)} events/s acknowledged after fsync (${number(result.accepted)} events, ${result.seconds.toFixed(1)} s), ` +
      `server CPU ${(cpu / result.accepted).toFixed(1)} µs/event, ack p50 ${result.p50.toFixed(1)} ms, p99 ${result.p99.toFixed(1)} ms, ` +
      `resident ${(after.get("process_resident_memory_bytes") / 2 ** 20).toFixed(0)} MiB`,
  );
  return result;
}

async function waitForFollowers(url, key) {
  const began = performance.now();
  for (;;) {
    const status = await (
      await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${key}` } })
    ).json();
    if (status.followers.every((each) => each.lag === 0)) return (performance.now() - began) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

let server;
try {
  const ingest = await output(["keys", "create", "--role", "ingest", "--name", "bench", "--data", dataDir]);
  const read = await output(["keys", "create", "--role", "read", "--name", "bench", "--data", dataDir]);
  server = await startServer();
  const shared = { url: server.url, keys: { ingest, read } };
  console.log(
    `events of ${makeBodies({ size: 1000, variants: 1 }).bytesPerEvent.toFixed(0)} bytes; load generator on the same cores\n`,
  );
  await load({
    ...shared,
    key: ingest,
    bodies: makeBodies({ size: 1000, seed: 7 }),
    size: 1000,
    events: 100_000,
    connections: 8,
  });
  await measure({ name: "batches of 1,000", size: 1000, events: millions * 1e6, connections: 16, ...shared });
  console.log(`followers caught up ${(await waitForFollowers(server.url, read)).toFixed(1)} s later`);
  await measure({ name: "batches of 100", size: 100, events: 500_000, connections: 32, ...shared });
  await waitForFollowers(server.url, read);
  await measure({ name: "single events", size: 1, events: 300_000, connections: 256, ...shared });
  await waitForFollowers(server.url, read);
  const end = await metrics(server.url, read);
  console.log(
    `resident memory after ${number(end.get("telltale_log_size_events") ?? 0)} events: ${(end.get("process_resident_memory_bytes") / 2 ** 20).toFixed(0)} MiB\n`,
  );
} finally {
  if (server !== undefined) {
    server.child.kill("SIGTERM");
    await new Promise((resolve) => server.child.once("exit", resolve));
  }
  rmSync(dataDir, { recursive: true, force: true });
}
await stageTable();
