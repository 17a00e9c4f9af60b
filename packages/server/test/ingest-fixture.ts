// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { TestLog } from "@telltale/testkit";
import Fastify, { type FastifyInstance } from "fastify";
import type { KeyPrincipal } from "../src/access/principal.js";
import { Pipeline } from "../src/pipeline/pipeline.js";
import { prepareSent } from "../src/pipeline/prepare-sent.js";
import type { PrepareTools } from "../src/pipeline/prepare.js";
import { ReceivedClock } from "../src/pipeline/received-clock.js";
import { loadRules } from "../src/pipeline/rules.js";
import { Fingerprint, makeFingerprintSeed } from "../src/pipeline/seal/fingerprint.js";
import { Sealer } from "../src/pipeline/seal/sealer.js";
import type { WorkerPool } from "../src/pipeline/worker-pool.js";
import { ConsistencyProofs } from "../src/routes/consistency.js";
import { registerIngest } from "../src/routes/ingest.js";

export interface IngestFixture {
  app: FastifyInstance;
  log: Log;
  test: TestLog;
  errors: Error[];
  close(): Promise<void>;
}

const KEY: KeyPrincipal = {
  kind: "key",
  id: "ingest_a",
  name: "a",
  role: "ingest",
  app: undefined,
  tenant: undefined,
};

/** The way of an event from HTTP to a real log, without keys and followers; what workers do is done on this thread. */
export async function startIngest(): Promise<IngestFixture> {
  const test = await TestLog.create();
  const { log } = test;
  const rules = loadRules([]);
  const tools: PrepareTools = {
    protector: createProtector(),
    rules: rules.set,
    ruleSet: rules.name,
    fingerprint: new Fingerprint(makeFingerprintSeed()),
  };
  const workers: Pick<WorkerPool, "prepare"> = { prepare: async (bodies) => prepareSent(bodies, tools) };
  const errors: Error[] = [];
  const pipeline = new Pipeline({
    sealer: new Sealer(log),
    workers,
    tools,
    clock: new ReceivedClock(Date.now, 0, () => {}),
    onSuspicion() {},
  });
  const app = Fastify();
  app.decorateRequest("principal", null);
  app.addHook("onRequest", async (request) => {
    request.principal = KEY;
  });
  registerIngest(app, {
    pipeline,
    checkpoint: () => log.checkpoint(),
    proofs: new ConsistencyProofs({
      consistency: (from, to) => log.consistency(from, to),
      onError: (error) => errors.push(error),
    }),
    isFull: () => false,
  });
  await app.ready();
  return {
    app,
    log,
    test,
    errors,
    async close() {
      await app.close();
      await log.close();
      test.dir.dispose();
    },
  };
}
