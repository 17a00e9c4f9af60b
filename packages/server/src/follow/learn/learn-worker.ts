// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { Snapshots } from "../snapshots.js";
import { LocalHost } from "./learner-host.js";
import { openPlaces, prefixPlaces } from "./places.js";
import type { LearnAnswer, LearnCall, LearnJob, LearnWorkerData } from "./worker-host.js";

const data = workerData as LearnWorkerData;
const host = new LocalHost({
  snapshots: new Snapshots(data.snapshotDir),
  settings: data.settings,
  places: data.placesFile === undefined ? prefixPlaces : await openPlaces(data.placesFile),
});

async function run(job: LearnJob): Promise<Partial<LearnAnswer>> {
  if (job.kind === "load") return { next: await host.load() };
  if (job.kind === "learn") {
    const { bytes, ...lines } = job.lines;
    // Buffers arrive as plain Uint8Arrays from another thread.
    const own = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return { found: await host.learn({ ...lines, bytes: own }) };
  }
  await (job.kind === "save" ? host.save(job.next) : host.reset());
  return {};
}

/** Only a snapshot may fail and nothing be lost. After any other failure what is known is in doubt: the thread dies of it. */
async function answer({ id, job }: LearnCall): Promise<void> {
  let result: Partial<LearnAnswer>;
  try {
    result = await run(job);
  } catch (error) {
    if (job.kind !== "save") throw error;
    result = { failed: error instanceof Error ? error.message : String(error) };
  }
  const said: LearnAnswer = { id, remembered: host.remembered, ...result };
  parentPort?.postMessage(said);
}

parentPort?.on("message", (call: LearnCall) => void answer(call));
