// SPDX-License-Identifier: Apache-2.0
import { openLog, type Log, verifyLog, type Verdict } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import type { SealedBatch } from "../src/follow/follower.js";
import { createHoldStore } from "../src/follow/retain/hold-store.js";
import type { HoldStore } from "../src/follow/retain/holds.js";
import { createPolicyMemory } from "../src/follow/retain/policy-memory.js";
import { DAY_MS } from "../src/follow/retain/policy.js";
import { RatchetTable } from "../src/chain/ratchet-table.js";
import { Ratchets } from "../src/chain/ratchets.js";
import { Retain, type RetainOptions } from "../src/follow/retain/retain.js";
import { prepareInternal } from "../src/pipeline/prepare.js";
import { Fingerprint, makeFingerprintSeed } from "../src/pipeline/seal/fingerprint.js";
import { loadRules } from "../src/pipeline/rules.js";
import { Sealer } from "../src/pipeline/seal/sealer.js";
import { SelfLogEmitter } from "../src/self-log-emitter.js";
import { openState, type State } from "../src/state/state.js";

const SEGMENT = 256;

/** A log with a clock of its own, the real pipeline for its own events, and the retain follower on it. */
export class RetainBench {
  readonly dir: TempDir = tempDir("retain", true);
  readonly errors: Error[] = [];
  readonly dropped: number[] = [];
  now = Date.UTC(2026, 0, 1, 0, 30);
  log!: Log;
  state!: State;
  holds!: HoldStore;
  retain!: Retain;
  selfLog!: SelfLogEmitter;
  readonly #options: Partial<RetainOptions>;
  #batches: SealedBatch[] = [];
  #count = 0;

  private constructor(options: Partial<RetainOptions>) {
    this.#options = options;
  }

  static async create(options: Partial<RetainOptions> = {}): Promise<RetainBench> {
    const bench = new RetainBench(options);
    bench.state = openState(":memory:", { now: () => bench.now });
    bench.holds = createHoldStore(bench.state.db);
    await bench.open();
    return bench;
  }

  /** Opens the log and starts the follower, as a new process would; `options` for this once. */
  async open(options: Partial<RetainOptions> = {}): Promise<void> {
    const { dir, errors, holds } = this;
    const onError = (error: Error): void => void errors.push(error);
    this.log = await openLog({
      dataDir: dir.path,
      create: { originName: "example.com/test" },
      now: () => this.now,
      segmentBytes: 1_000_000,
      onFatal: onError,
      onWarning: onError,
    });
    const { log } = this;
    this.#batches = [];
    log.onCommit((committed) => this.#batches.push({ log: "main", ...committed }));
    const rules = loadRules([]);
    const tools = {
      protector: createProtector(),
      rules: rules.set,
      ruleSet: rules.name,
      fingerprint: new Fingerprint(makeFingerprintSeed()),
      ratchets: new Ratchets(new RatchetTable()),
    };
    const sealer = new Sealer(log);
    const received = (): string => new Date(this.now).toISOString();
    this.selfLog = new SelfLogEmitter({
      seal: (events) =>
        sealer.seal(prepareInternal(events, { received: received(), via: "telltale" }, tools)),
      onError,
      version: "test",
      now: () => this.now,
    });
    this.retain = new Retain({
      log,
      logName: "main",
      selfLog: this.selfLog,
      holds,
      cursors: this.state.cursors,
      policy: { searchableDays: 90, keptDays: 180 },
      memory: createPolicyMemory(this.state.db),
      dropBefore: async (index) => void this.dropped.push(index),
      onError,
      now: () => this.now,
      everyMs: Number.POSITIVE_INFINITY,
      ...this.#options,
      ...options,
    });
    for (let next = await this.retain.start(); next < log.size; ) {
      const batch = await log.read(next, log.size);
      await this.retain.handle({ log: "main", ...batch });
      next += batch.count;
    }
  }

  /** One segment of events, received now; the clock moves on by a day. */
  async day(): Promise<void> {
    const received = new Date(this.now).toISOString();
    const line = (): string => `{"received":"${received}","via":"k1","v":1,"id":"${this.#count++}"}`;
    // Up to the border at which the segment of the day before closes, and whole bundles from there.
    const rest = (SEGMENT - (this.log.size % SEGMENT)) % SEGMENT;
    await this.log.append(toBatch(Array.from({ length: rest + SEGMENT }, line)));
    this.now += DAY_MS;
  }

  /** Gives the follower what was committed since. */
  async follow(): Promise<void> {
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
      await this.retain.handle(batch);
    }
  }

  /** A look at what is due, and all that follows from it. */
  async run(): Promise<Awaited<ReturnType<Retain["run"]>>> {
    await this.follow();
    const result = await this.retain.run();
    await this.follow();
    return result;
  }

  async compressed(): Promise<void> {
    const isPlain = (): boolean =>
      this.log.segments().some(({ closed, path }) => closed && !path.endsWith(".zst"));
    while (isPlain()) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  verify(): Promise<Verdict> {
    return verifyLog({ dataDir: this.dir.path });
  }

  /** Sealed events of the server itself, oldest first. */
  async events(action: string): Promise<{ index: number; data: Record<string, unknown> }[]> {
    const found: { index: number; data: Record<string, unknown> }[] = [];
    for (let next = this.log.firstKept(0); next < this.log.size; next = this.log.firstKept(next)) {
      const { bytes, count } = await this.log.read(next, this.log.size);
      for (const [i, text] of bytes.toString("utf8").trimEnd().split("\n").entries()) {
        const event = JSON.parse(text) as { action?: string; data?: Record<string, unknown> };
        if (event.action === action) found.push({ index: next + i, data: event.data ?? {} });
      }
      next += count;
    }
    return found;
  }

  /** As a process that is killed: nothing is written any more. */
  async kill(): Promise<void> {
    await this.log.close();
  }

  async dispose(): Promise<void> {
    await this.retain.close();
    await this.log.close();
    await this.state.close();
    this.dir.dispose();
  }
}
