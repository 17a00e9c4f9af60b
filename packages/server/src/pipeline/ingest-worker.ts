// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { createProtector } from "@telltale/protect";
import { Ratchets } from "../chain/ratchets.js";
import { RatchetTable } from "../chain/ratchet-table.js";
import { prepareSent } from "./prepare-sent.js";
import type { PrepareTools } from "./prepare.js";
import { loadRules } from "./rules.js";
import { Fingerprint } from "./seal/fingerprint.js";
import { packShares, unpackBodies } from "./transport.js";
import type { IngestAnswer, IngestJob, IngestWorkerData } from "./worker-pool.js";

const data = workerData as IngestWorkerData;
const rules = loadRules(data.rules);
const tools: PrepareTools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(data.fingerprintSeed),
  ratchets: new Ratchets(new RatchetTable(data.ratchets)),
};

parentPort?.on("message", ({ id, ...packed }: IngestJob) => {
  const { shares, ...prepared } = prepareSent(unpackBodies(packed), tools);
  const { bytes, leafHashes, ends, ids, prints, sealedPrints } = prepared;
  const transfer: ArrayBuffer[] = [];
  for (const view of [bytes, leafHashes, ends, ids, prints, sealedPrints]) {
    // Every view has memory of its own (allocUnsafeSlow, typed arrays), so it can be handed over whole.
    if (view.length > 0) transfer.push(view.buffer as ArrayBuffer);
  }
  const tags = prepared.chained?.tags;
  if (tags !== undefined && tags.length > 0) transfer.push(tags.buffer as ArrayBuffer);
  const answer: IngestAnswer = { id, prepared, shares: packShares(shares) };
  parentPort?.postMessage(answer, transfer);
});
