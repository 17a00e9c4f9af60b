// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { Log } from "@telltale/log";
import type { SecurityEvent } from "@telltale/event";
import { createProtector } from "@telltale/protect";
import { TestLog } from "@telltale/testkit";
import Fastify, { type FastifyInstance } from "fastify";
import { ChainKey } from "../src/chain/chain-key.js";
import { SourceChainKeeper } from "../src/chain/open.js";
import { RatchetTable } from "../src/chain/ratchet-table.js";
import { Ratchets } from "../src/chain/ratchets.js";
import { Snapshots } from "../src/follow/snapshots.js";
import { SelfLogEmitter } from "../src/self-log-emitter.js";
import type { KeyPrincipal } from "../src/access/principal.js";
import { Pipeline } from "../src/pipeline/pipeline.js";
import { prepareSent } from "../src/pipeline/prepare-sent.js";
import type { PrepareTools } from "../src/pipeline/prepare.js";
import { ReceivedClock } from "../src/pipeline/received-clock.js";
import { loadRules } from "../src/pipeline/rules.js";
import { Fingerprint, makeFingerprintSeed } from "../src/pipeline/seal/fingerprint.js";
import { restoreWindow } from "../src/pipeline/seal/restore.js";
import { Sealer } from "../src/pipeline/seal/sealer.js";
import type { WorkerPool } from "../src/pipeline/worker-pool.js";
import { ConsistencyProofs } from "../src/routes/consistency.js";
import { registerIngest, type IngestAnswer } from "../src/routes/ingest.js";

/** The secret's hash of the one key that the fixture knows. */
export const KEY_HASH = new Uint8Array(32).fill(7);

export interface IngestFixture {
  app: FastifyInstance;
  log: Log;
  test: TestLog;
  sources: SourceChainKeeper;
  errors: Error[];
  /** The clock that never steps. */
  steady: { now: number };
  /** Sends lines as one body and expects that they are taken. */
  send(...lines: string[]): Promise<IngestAnswer>;
  /** What Telltale said about sources so far, in the order of the log. */
  findings(): Promise<SecurityEvent[]>;
  /** From now on nothing is written down but what senders send, as if the process were about to die. */
  die(): void;
  /** Closes and opens again. */
  restart(): Promise<void>;
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

interface Running {
  app: FastifyInstance;
  log: Log;
  sources: SourceChainKeeper;
  selfLog: SelfLogEmitter;
}

async function openApp(log: Log, pipeline: Pipeline, errors: Error[]): Promise<FastifyInstance> {
  const app = Fastify();
  app.decorateRequest("principal", null);
  app.addHook("onRequest", async (request) => {
    request.principal = KEY;
  });
  const chainKey = ChainKey.fromBytes(KEY_HASH);
  registerIngest(app, {
    pipeline,
    checkpoint: () => log.checkpoint(),
    proofs: new ConsistencyProofs({
      consistency: (from, to) => log.consistency(from, to),
      onError: (error) => errors.push(error),
    }),
    chainKey: () => chainKey,
    isFull: () => false,
  });
  await app.ready();
  return app;
}

async function run(
  test: TestLog,
  errors: Error[],
  steady: { now: number },
  isCrashed: () => boolean,
): Promise<Running> {
  const { log } = test;
  const rules = loadRules([]);
  const table = new RatchetTable();
  const fingerprint = new Fingerprint(makeFingerprintSeed());
  const tools: PrepareTools = {
    protector: createProtector(),
    rules: rules.set,
    ruleSet: rules.name,
    fingerprint,
    ratchets: new Ratchets(table),
  };
  // What another thread does, with a memory of its own for all but the table.
  const other: PrepareTools = { ...tools, ratchets: new Ratchets(new RatchetTable(table.shared)) };
  const workers: Pick<WorkerPool, "prepare"> = { prepare: async (bodies) => prepareSent(bodies, other) };
  const sealer = new Sealer(log);
  const { lastReceived } = await restoreWindow(log, sealer, fingerprint);
  const pipeline = new Pipeline({
    sealer,
    workers,
    tools,
    clock: new ReceivedClock({
      now: Date.now,
      monotonic: () => performance.now(),
      last: lastReceived,
      onStep: () => {},
    }),
    onSuspicion() {},
  });
  const selfLog = new SelfLogEmitter({
    seal: (events) => pipeline.ingestInternal(events),
    onError: (error) => errors.push(error),
    version: "1",
  });
  const files = new Snapshots(path.join(test.dir.path, "followers"));
  const sources = await SourceChainKeeper.open({
    log,
    table,
    selfLog: {
      seal: async (events) => {
        if (!isCrashed()) await selfLog.seal(events);
      },
    },
    snapshots: {
      load: (name) => files.load(name),
      save: async (name, snapshot) => {
        if (!isCrashed()) await files.save(name, snapshot);
      },
    },
    onError: (error) => errors.push(error),
    steady: () => steady.now,
    tickMs: 0,
  });
  const app = await openApp(log, pipeline, errors);
  return { app, log, sources, selfLog };
}

/** The way of an event from HTTP to a real log, without keys and followers; what workers do is done on this thread. */
export async function startIngest(): Promise<IngestFixture> {
  const test = await TestLog.create();
  const errors: Error[] = [];
  const steady = { now: 0 };
  let crashed = false;
  let running = await run(test, errors, steady, () => crashed);

  async function stop(): Promise<void> {
    await running.app.close();
    await running.sources.close();
    await running.selfLog.flush();
    await running.log.close();
  }

  return {
    test,
    errors,
    steady,
    get app() {
      return running.app;
    },
    get log() {
      return running.log;
    },
    get sources() {
      return running.sources;
    },
    async send(...lines) {
      const response = await running.app.inject({
        method: "POST",
        url: "/v1/events",
        headers: { "content-type": "application/x-ndjson" },
        payload: lines.join("\n"),
      });
      if (response.statusCode !== 200) throw new Error(`refused: ${response.body}`);
      return response.json<IngestAnswer>();
    },
    async findings() {
      await running.sources.flush();
      const { log } = running;
      const events: SecurityEvent[] = [];
      for (let at = 0; at < log.size; ) {
        const batch = await log.read(at, log.size);
        at += batch.count;
        for (const line of batch.bytes.toString().trimEnd().split("\n")) {
          const event = JSON.parse(line) as SecurityEvent;
          if (event.via === "telltale") events.push(event);
        }
      }
      return events;
    },
    die() {
      crashed = true;
    },
    async restart() {
      await stop();
      crashed = false;
      await test.open();
      running = await run(test, errors, steady, () => crashed);
    },
    async close() {
      await stop();
      test.dir.dispose();
    },
  };
}
