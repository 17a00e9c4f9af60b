// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { execArgvOf, workerFile } from "../../worker-file.js";
import { LearnerLost, type Found, type LearnerHost, type Lines, type Remembered } from "./learner-host.js";
import type { LearnSettings } from "./settings.js";

/** What the thread is started with. */
export interface LearnWorkerData {
  /** Directory of the followers' snapshots. */
  snapshotDir: string;
  settings: LearnSettings;
  /** The MMDB; undefined where there is none. */
  placesFile: string | undefined;
}

export type LearnJob =
  | { kind: "load" }
  | { kind: "learn"; lines: Lines }
  | { kind: "save"; next: number }
  | { kind: "reset" };

export interface LearnCall {
  id: number;
  job: LearnJob;
}

export interface LearnAnswer {
  id: number;
  remembered: Remembered;
  next?: number;
  found?: Found[];
  /** The call failed, what was learned stays. */
  failed?: string;
}

interface Waiting {
  resolve(answer: LearnAnswer): void;
  reject(error: Error): void;
}

/**
 * A learner on a thread of its own, so that learning takes nothing from the thread that acknowledges. When the thread
 * dies, all calls reject with LearnerLost until `load` has started another one.
 */
export class WorkerHost implements LearnerHost {
  readonly #data: LearnWorkerData;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 0;
  remembered: Remembered = { users: 0, usersForgotten: 0, streams: 0, since: undefined };

  constructor(data: LearnWorkerData) {
    this.#data = data;
  }

  get settings(): LearnSettings {
    return this.#data.settings;
  }

  async load(): Promise<number> {
    this.#worker ??= this.#start();
    const { next } = await this.#call({ kind: "load" });
    return next ?? 0;
  }

  async learn({ first, count, bytes, ends }: Lines): Promise<Found[]> {
    // Other followers read the same bytes, so they are copied; the copy is handed over.
    const own = Buffer.allocUnsafeSlow(bytes.length);
    own.set(bytes);
    const lines = { first, count, bytes: own, ends: ends.slice() };
    const { found } = await this.#call({ kind: "learn", lines }, [own.buffer, lines.ends.buffer]);
    return found ?? [];
  }

  async save(next: number): Promise<void> {
    await this.#call({ kind: "save", next });
  }

  async reset(): Promise<void> {
    await this.#call({ kind: "reset" });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#failAll(new Error("the server is stopping"));
  }

  #call(job: LearnJob, transfer: ArrayBuffer[] = []): Promise<LearnAnswer> {
    const worker = this.#worker;
    // A new one would know nothing: it must not be asked to go on, nor to save what it knows.
    if (worker === undefined) return Promise.reject(new LearnerLost("the learner's thread is gone"));
    const call: LearnCall = { id: this.#nextId++, job };
    return new Promise((resolve, reject) => {
      // A process does not end while an answer is awaited, and is not kept by a thread that has nothing to do.
      worker.ref();
      this.#waiting.set(call.id, { resolve, reject });
      worker.postMessage(call, transfer);
    });
  }

  #start(): Worker {
    const worker = new Worker(workerFile(import.meta.url, "worker-host", "learn-worker"), {
      ...execArgvOf(import.meta.url),
      workerData: this.#data,
      // What a line leaves behind dies young.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    worker.on("message", (answer: LearnAnswer) => this.#settle(answer));
    worker.on("error", (error: Error) => this.#lose(worker, error));
    worker.on("exit", (code) => this.#lose(worker, new Error(`exit ${code}`)));
    worker.unref();
    return worker;
  }

  #settle(answer: LearnAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    this.remembered = answer.remembered;
    if (answer.failed === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(answer.failed));
  }

  #lose(worker: Worker, cause: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#failAll(new LearnerLost(`the learner's thread died: ${cause.message}`, { cause }));
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
