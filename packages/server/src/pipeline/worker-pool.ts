// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import type { ErrorCode } from "../errors.js";
import { BodyError, type BodyFormat } from "./ingest/body.js";
import type { Prepared } from "./prepare.js";
import type { RuleSource } from "./rules.js";
import { workerFile } from "../worker-file.js";
import type { Sender } from "./stages.js";

export interface IngestWorkerData {
  rules: RuleSource[];
  fingerprintSeed: Uint8Array;
}

export interface IngestJob {
  id: number;
  body: ArrayBuffer;
  offset: number;
  length: number;
  gzip: boolean;
  format: BodyFormat;
  sender: Sender;
}

export interface IngestAnswer {
  id: number;
  prepared?: Prepared;
  refused?: { code: ErrorCode; message: string };
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

  /** Hands the body to the least busy worker; the caller must not touch it afterwards. */
  prepare(body: Buffer, gzip: boolean, format: BodyFormat, sender: Sender): Promise<Prepared> {
    const member = this.#members.reduce((least, each) =>
      each.waiting.size < least.waiting.size ? each : least,
    );
    const id = this.#nextId++;
    const own = ownMemory(body);
    const job: IngestJob = {
      id,
      body: own.buffer as ArrayBuffer,
      offset: own.byteOffset,
      length: own.length,
      gzip,
      format,
      sender,
    };
    return new Promise((resolve, reject) => {
      member.waiting.set(id, { resolve, reject });
      member.worker.postMessage(job, [job.body]);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#members.map((each) => each.worker.terminate()));
    for (const member of this.#members) this.#failAll(member, new Error("the server is stopping"));
  }

  #start(): Member {
    const worker = new Worker(workerFile(import.meta.url, "worker-pool", "ingest-worker"), {
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
    if (answer.prepared === undefined) {
      const { code, message } = answer.refused ?? { code: "internal", message: "the worker gave no answer" };
      waiting.reject(new BodyError(code, message));
      return;
    }
    waiting.resolve(withBuffers(answer.prepared));
  }

  #failAll(member: Member, error: Error): void {
    for (const waiting of member.waiting.values()) waiting.reject(error);
    member.waiting.clear();
  }
}

/** Buffers arrive as plain Uint8Arrays from another thread. */
function withBuffers(prepared: Prepared): Prepared {
  const { bytes, leafHashes } = prepared;
  return {
    ...prepared,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
    leafHashes: Buffer.from(leafHashes.buffer, leafHashes.byteOffset, leafHashes.length),
  };
}

/** The same bytes in memory that can be transferred: small buffers are slices of a pool that others use too. */
function ownMemory(body: Buffer): Buffer {
  if (body.buffer.byteLength === body.length) return body;
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}
