// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import type { BodyFormat } from "./ingest/body.js";
import type { SentBody } from "./prepare-sent.js";
import type { Prepared } from "./prepare.js";
import type { RuleSource } from "./rules.js";
import { execArgvOf, workerFile } from "../worker-file.js";
import type { Sender } from "./stages.js";

export interface IngestWorkerData {
  rules: RuleSource[];
  fingerprintSeed: Uint8Array;
  /** Memory of the RatchetTable that all threads share. */
  ratchets: SharedArrayBuffer;
}

/** Where one body of a job lies, and how it is to be read. */
export interface JobBody {
  offset: number;
  length: number;
  gzip: boolean;
  format: BodyFormat;
  sender: Sender;
  /** The bytes of the sender's ChainKey: its class does not cross threads. */
  chainKey?: Uint8Array;
}

export interface IngestJob {
  id: number;
  memory: ArrayBuffer;
  bodies: JobBody[];
}

export interface IngestAnswer {
  id: number;
  prepared: Prepared;
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
    const job: IngestJob = { id, ...toOwnMemory(bodies) };
    return new Promise((resolve, reject) => {
      member.waiting.set(id, { resolve, reject });
      member.worker.postMessage(job, [job.memory]);
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
function toOwnMemory(bodies: readonly SentBody[]): Pick<IngestJob, "memory" | "bodies"> {
  const [only] = bodies;
  if (bodies.length === 1 && only!.bytes.buffer.byteLength === only!.bytes.length) {
    return { memory: only!.bytes.buffer as ArrayBuffer, bodies: [toJobBody(only!, 0)] };
  }
  const own = Buffer.allocUnsafeSlow(bodies.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let offset = 0;
  const placed = bodies.map((each): JobBody => {
    own.set(each.bytes, offset);
    const body = toJobBody(each, offset);
    offset += each.bytes.length;
    return body;
  });
  return { memory: own.buffer, bodies: placed };
}

function toJobBody({ bytes, gzip, format, sender, chainKey }: SentBody, offset: number): JobBody {
  const body: JobBody = { offset, length: bytes.length, gzip, format, sender };
  if (chainKey !== undefined) body.chainKey = chainKey.reveal();
  return body;
}
