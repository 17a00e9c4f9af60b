// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { LogError } from "../error.js";
import { hashFrame, loadCodec } from "./codec.js";
import type { CodecRequest, CodecResponse } from "./worker.js";

/** Compresses and checks frames away from the main thread, one after another. */
export interface Compressor {
  compress(raw: Uint8Array): Promise<Buffer>;
  /** Leaf hashes of the frame's lines, 32 bytes each. */
  hash(frame: Uint8Array, maxBytes: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** A turn of the event loop between two frames: a frame takes about 2 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The same work on the calling thread: for sources run without a build, and where threads cannot start. */
export function createInlineCompressor(): Compressor {
  return {
    compress: async (raw) => {
      await turn();
      return (await loadCodec()).compress(raw);
    },
    hash: async (frame, maxBytes) => {
      await turn();
      return hashFrame(await loadCodec(), Buffer.from(frame), maxBytes);
    },
    close: () => Promise.resolve(),
  };
}

class ThreadCompressor implements Compressor {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (bytes: Buffer) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  /** Why no answer comes any more. */
  #ended: LogError | undefined;

  constructor(script: URL) {
    this.#worker = new Worker(script);
    this.#worker.unref();
    this.#worker.on("message", (response: CodecResponse) => this.#settle(response));
    this.#worker.on("error", (cause) =>
      this.#fail(new LogError("io", "the compressor thread failed", { cause })),
    );
    this.#worker.on("exit", () => this.#fail(new LogError("io", "the compressor thread ended")));
  }

  #settle(response: CodecResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in response) waiting?.reject(new LogError("damaged", response.error));
    else
      waiting?.resolve(Buffer.from(response.bytes.buffer, response.bytes.byteOffset, response.bytes.length));
  }

  #fail(error: LogError): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #ask(task: CodecRequest["task"], input: Uint8Array, maxBytes: number): Promise<Buffer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const bytes = new Uint8Array(input); // transferred: the caller keeps its own
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, task, bytes, maxBytes } satisfies CodecRequest, [bytes.buffer]);
    });
  }

  compress(raw: Uint8Array): Promise<Buffer> {
    return this.#ask("compress", raw, 0);
  }

  hash(frame: Uint8Array, maxBytes: number): Promise<Buffer> {
    return this.#ask("hash", frame, maxBytes);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A compressor on a thread of its own; `script` is the built worker. */
export function createThreadCompressor(script: URL): Compressor {
  return new ThreadCompressor(script);
}

/** The thread where the built worker is beside this file, inline otherwise. */
export function createCompressor(): Compressor {
  if (import.meta.url.endsWith(".ts")) return createInlineCompressor();
  return createThreadCompressor(new URL("./worker.js", import.meta.url));
}
