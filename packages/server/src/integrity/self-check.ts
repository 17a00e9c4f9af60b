// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import type { Verdict } from "@telltale/log";
import type { VerifiedRange } from "../routes/deps.js";
import { workerFile } from "../worker-file.js";

export interface SelfCheckOptions {
  dataDir: string;
  headDir: string | undefined;
  /** The log's key of now: it may change while the server runs. */
  vkey: () => string;
  /** Called after each run. */
  onVerdict(verdict: Verdict): void;
  onError(error: Error): void;
  firstMs?: number;
  everyMs?: number;
}

/** A run may cost this share of the time: the wait is at least this many times as long as the last run. */
const REST_FACTOR = 200;

/**
 * Verifies the whole log from its bytes again and again, on a thread of its own. It is the server's own word and
 * no replacement for `telltale verify` on another machine, but it finds a changed byte while somebody can act.
 */
export class SelfCheck {
  readonly #options: SelfCheckOptions;
  #verified: VerifiedRange | null = null;
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | undefined;
  #closed = false;

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(this.#options.firstMs ?? 3000);
  }

  verified(): VerifiedRange | null {
    return this.#verified;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#run(), ms);
    this.#timer.unref();
  }

  #run(): void {
    const { dataDir, headDir, vkey } = this.#options;
    const began = performance.now();
    const worker = new Worker(workerFile(import.meta.url, "self-check", "self-check-worker"), {
      workerData: { dataDir, vkey: vkey(), ...(headDir !== undefined && { headDir }) },
    });
    this.#worker = worker;
    worker.unref();
    worker.once("message", (verdict: Verdict) => {
      this.#verified = {
        from: 0,
        to: verdict.provenTo ?? 0,
        verdict: verdict.verdict,
        time: new Date().toISOString(),
      };
      this.#options.onVerdict(verdict);
    });
    worker.once("error", (error: Error) => this.#options.onError(error));
    worker.once("exit", () => {
      this.#worker = undefined;
      this.#schedule(Math.max(this.#options.everyMs ?? 60_000, (performance.now() - began) * REST_FACTOR));
    });
  }
}
