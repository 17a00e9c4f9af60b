// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { type Needs, type Supplier, supplied, type Supply } from "../protect/thread/needs.js";
import type { ProtectionPlan } from "../protect/thread/protection.js";
import type { KeyNews } from "../protect/thread/thread-keys.js";
import type { SentBody } from "./prepare-sent.js";
import type { Prepared } from "./prepare.js";
import type { LoadedRules } from "./rules.js";
import { execArgvOf, workerFile } from "../worker-file.js";
import { packBodies, type PackedBodies, type PackedShares, unpackShares } from "./transport.js";

/** What a thread needs to load the same rules. */
export type RulesForWorkers = Pick<LoadedRules, "sources" | "filters">;

export interface IngestWorkerData {
  rules: RulesForWorkers;
  fingerprintSeed: Uint8Array;
  /** Memory of the RatchetTable that all threads share. */
  ratchets: SharedArrayBuffer;
  protection: ProtectionPlan;
}

export interface IngestJob extends PackedBodies {
  id: number;
}

/** What a worker is told: bodies, what one of them waits for (undefined: it will not come), other rules, or news of keys. */
export type IngestMessage =
  | IngestJob
  | { id: number; supply: Supply | undefined }
  | { rules: RulesForWorkers }
  | KeyNews;

/** What a worker answers: lines, or what it needs before it can make them. It keeps the bodies until then. */
export type IngestAnswer = PreparedAnswer | { id: number; needs: Needs };

interface PreparedAnswer {
  id: number;
  prepared: Omit<Prepared, "shares">;
  shares: PackedShares;
}

type Answered = Partial<Omit<PreparedAnswer, "id">> & { needs?: Needs };

interface Waiting {
  resolve(answer: Answered): void;
  reject(error: Error): void;
}

interface Member {
  worker: Worker;
  waiting: Map<number, Waiting>;
}

/**
 * Ingest workers: bytes in, prepared lines out, by transferred memory. A worker that dies fails the bodies it
 * held (their senders were not answered and send again) and is replaced.
 */
export class WorkerPool {
  readonly #members: Member[] = [];
  #data: IngestWorkerData;
  readonly #onError: (error: Error) => void;
  readonly #supply: Supplier;
  #material: KeyNews | undefined;
  #nextId = 0;
  #closed = false;

  /** `supply` gives what a worker needs to protect events. */
  constructor(
    size: number,
    data: IngestWorkerData,
    { supply, onError }: { supply: Supplier; onError: (error: Error) => void },
  ) {
    this.#data = data;
    this.#supply = supply;
    this.#onError = onError;
    for (let i = 0; i < size; i++) this.#members.push(this.#start());
  }

  /** Tells every worker; those that start later hear the newest keys first. */
  tell(news: KeyNews): void {
    if (news.news !== "forget") this.#material = news;
    for (const { worker } of this.#members) worker.postMessage(news);
  }

  /** Other rules count: what a worker matches from its next bodies on it matches by these, and names them. */
  useRules({ sources, filters }: RulesForWorkers): void {
    const rules = { sources, filters };
    this.#data = { ...this.#data, rules };
    for (const { worker } of this.#members) worker.postMessage({ rules } satisfies IngestMessage);
  }

  /** Hands the bodies to the least busy worker; the caller must not touch the bytes of a single one afterwards. */
  async prepare(bodies: readonly SentBody[]): Promise<Prepared> {
    const member = this.#members.reduce((least, each) =>
      each.waiting.size < least.waiting.size ? each : least,
    );
    const id = this.#nextId++;
    const job: IngestJob = { id, ...packBodies(bodies) };
    const first = await this.#ask(member, job, [job.memory, job.table.buffer]);
    try {
      const last = await supplied(first, this.#supply, (supply) => this.#ask(member, { id, supply }));
      return toPrepared(last);
    } catch (error) {
      // The worker holds the bodies until it hears that nothing will come.
      member.worker.postMessage({ id, supply: undefined } satisfies IngestMessage);
      throw error;
    }
  }

  #ask(member: Member, message: IngestJob | { id: number; supply: Supply }, transfer: ArrayBuffer[] = []) {
    return new Promise<Answered>((resolve, reject) => {
      if (this.#closed || !this.#members.includes(member)) {
        reject(new Error("the ingest worker is gone"));
        return;
      }
      member.waiting.set(message.id, { resolve, reject });
      member.worker.postMessage(message, transfer);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#members.map((each) => each.worker.terminate()));
    for (const member of this.#members) this.#failAll(member, new Error("the server is stopping"));
  }

  #start(): Member {
    const worker = new Worker(workerFile(import.meta.url, "worker-pool", "ingest-worker"), {
      ...execArgvOf(import.meta.url),
      workerData: this.#data,
      // What a body leaves behind dies young; a small nursery frees the memory of bodies sooner.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    const member: Member = { worker, waiting: new Map() };
    worker.on("message", (answer: IngestAnswer) => this.#settle(member, answer));
    worker.on("error", (error: Error) => {
      this.#onError(error);
      this.#failAll(member, error);
      const at = this.#members.indexOf(member);
      if (!this.#closed && at !== -1) this.#members[at] = this.#start();
    });
    if (this.#material !== undefined) worker.postMessage(this.#material);
    worker.unref();
    return member;
  }

  #settle(member: Member, answer: IngestAnswer): void {
    const waiting = member.waiting.get(answer.id);
    member.waiting.delete(answer.id);
    waiting?.resolve(answer);
  }

  #failAll(member: Member, error: Error): void {
    for (const waiting of member.waiting.values()) waiting.reject(error);
    member.waiting.clear();
  }
}

function toPrepared({ prepared, shares }: Answered): Prepared {
  if (prepared === undefined || shares === undefined)
    throw new Error("BUG: a worker needs nothing and has prepared nothing");
  const { bytes, leafHashes } = prepared;
  // Buffers arrive as plain Uint8Arrays from another thread.
  return {
    ...prepared,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    leafHashes: Buffer.from(leafHashes.buffer, leafHashes.byteOffset, leafHashes.length),
    shares: unpackShares(shares),
  };
}
