// SPDX-License-Identifier: Apache-2.0
import { parentPort, workerData } from "node:worker_threads";
import { Ratchets } from "../chain/ratchets.js";
import { RatchetTable } from "../chain/ratchet-table.js";
import { createThreadProtection } from "../protect/thread/protection.js";
import { prepareSent, type SentBody } from "./prepare-sent.js";
import type { Prepared, PrepareTools } from "./prepare.js";
import { loadRules } from "./rules.js";
import { Fingerprint } from "./seal/fingerprint.js";
import { packShares, unpackBodies } from "./transport.js";
import type { IngestAnswer, IngestMessage, IngestWorkerData } from "./worker-pool.js";

const data = workerData as IngestWorkerData;
const rules = loadRules(data.rules.sources, data.rules.filters);
const protection = createThreadProtection(data.protection);
const tools: PrepareTools = {
  ...protection,
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(data.fingerprintSeed),
  ratchets: new Ratchets(new RatchetTable(data.ratchets)),
};
/** Bodies that wait for keys. The main thread bounds how many bytes are on their way. */
const waiting = new Map<number, readonly SentBody[]>();

function transferOf(prepared: Prepared): ArrayBuffer[] {
  const { bytes, leafHashes, ends, ids, prints, sealedPrints, chained } = prepared;
  const transfer: ArrayBuffer[] = [];
  for (const view of [bytes, leafHashes, ends, ids, prints, sealedPrints, chained?.tags]) {
    // Every view has memory of its own (allocUnsafeSlow, typed arrays), so it can be handed over whole.
    if (view !== undefined && view.length > 0) transfer.push(view.buffer as ArrayBuffer);
  }
  return transfer;
}

function work(id: number, bodies: readonly SentBody[]): void {
  const prepared = prepareSent(bodies, tools);
  const { needs } = prepared;
  if (needs === undefined) {
    waiting.delete(id);
    const { shares, ...rest } = prepared;
    const answer: IngestAnswer = { id, prepared: rest, shares: packShares(shares) };
    parentPort?.postMessage(answer, transferOf(prepared));
    return;
  }
  waiting.set(id, bodies);
  parentPort?.postMessage({ id, needs } satisfies IngestAnswer);
}

parentPort?.on("message", (message: IngestMessage) => {
  if ("news" in message) return protection.keys.hear(message);
  if ("rules" in message) {
    const { set, name } = loadRules(message.rules.sources, message.rules.filters);
    return void Object.assign(tools, { rules: set, ruleSet: name });
  }
  if ("memory" in message) return work(message.id, unpackBodies(message));
  const bodies = waiting.get(message.id);
  if (bodies === undefined) return;
  if (message.supply === undefined) {
    waiting.delete(message.id);
    return;
  }
  protection.keys.supply(message.supply);
  work(message.id, bodies);
});
