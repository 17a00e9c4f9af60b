// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { createProtector } from "@telltale/protect";
import { BodyError, openBody } from "./ingest/body.js";
import { prepare, type PrepareTools } from "./prepare.js";
import { loadRules } from "./rules.js";
import { Fingerprint } from "./seal/fingerprint.js";
import type { IngestAnswer, IngestJob, IngestWorkerData } from "./worker-pool.js";

const data = workerData as IngestWorkerData;
const rules = loadRules(data.rules);
const tools: PrepareTools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(data.fingerprintSeed),
};

function answer(job: IngestJob): IngestAnswer {
  try {
    const received = Buffer.from(job.body, job.offset, job.length);
    const prepared = prepare([{ ...openBody(received, job.gzip, job.format), sender: job.sender }], tools);
    return { id: job.id, prepared };
  } catch (error) {
    if (error instanceof BodyError)
      return { id: job.id, refused: { code: error.code, message: error.message } };
    throw error;
  }
}

parentPort?.on("message", (job: IngestJob) => {
  const result = answer(job);
  const transfer: ArrayBuffer[] = [];
  if (result.prepared !== undefined) {
    const { bytes, leafHashes, ends, ids, prints, sealedPrints } = result.prepared;
    for (const view of [bytes, leafHashes, ends, ids, prints, sealedPrints]) {
      // Every view has memory of its own (allocUnsafeSlow, typed arrays), so it can be handed over whole.
      if (view.length > 0) transfer.push(view.buffer as ArrayBuffer);
    }
  }
  parentPort?.postMessage(result, transfer);
});
