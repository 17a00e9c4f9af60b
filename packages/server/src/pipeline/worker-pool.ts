// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import type { SentBody } from "./prepare-sent.js";
import type { Prepared } from "./prepare.js";
import type { RuleSource } from "./rules.js";
import { execArgvOf, workerFile } from "../worker-file.js";
import { packBodies, type PackedBodies, type PackedShares, unpackShares } from "./transport.js";

export interface IngestWorkerData {
  rules: RuleSource[];
  fingerprintSeed: Uint8Array;
  /** Memory of the RatchetTable that all threads share. */
  ratchets: SharedArrayBuffer;
}

export interface IngestJob extends PackedBodies {
  id: number;
}

export interface IngestAnswer {
  id: number;
  prepared: Omit<Prepared, "shares">;
  shares: PackedShares;
}

interface Waiting {
  resolve(prepared: Prepared): void;
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
  readonly #data: IngestWorkerData;
  readonly #onError: (error: Error) => void;
  #nextId = 0;
  #closed = false;

  constructor(size: number, data: IngestWorkerData, onError: (error: Error) => void) {
    this.#data = data;
    this.#onError = onError;
    for (let i = 0; i < size; i++) this.#members.push(this.#start());
  }

  /** Hands the bodies to the least busy worker; the caller must not touch the bytes of a single one afterwards. */
  prepare(bodies: readonly SentBody[]): Promise<Prepared> {
    const member = this.#members.reduce((least, each) =>
      each.waiting.size < least.waiting.size ? each : least,
    );
    const id = this.#nextId++;
    const job: IngestJob = { id, ...packBodies(bodies) };
    return new Promise((resolve, reject) => {
      member.waiting.set(id, { resolve, reject });
      member.worker.postMessage(job, [job.memory, job.table.buffer]);
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
    worker.unref();
    return member;
  }

  #settle(member: Member, answer: IngestAnswer): void {
    const waiting = member.waiting.get(answer.id);
    member.waiting.delete(answer.id);
    if (waiting === undefined) return;
    waiting.resolve({ ...withBuffers(answer.prepared), shares: unpackShares(answer.shares) });
  }

  #failAll(member: Member, error: Error): void {
    for (const waiting of member.waiting.values()) waiting.reject(error);
    member.waiting.clear();
  }
}

/** Buffers arrive as plain Uint8Arrays from another thread. */
function withBuffers(prepared: Omit<Prepared, "shares">): Omit<Prepared, "shares"> {
  const { bytes, leafHashes } = prepared;
  return {
    ...prepared,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    leafHashes: Buffer.from(leafHashes.buffer, leafHashes.byteOffset, leafHashes.length),
  };
}
