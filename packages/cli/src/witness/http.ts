// SPDX-License-Identifier: Apache-2.0
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Answer, WitnessStore } from "@telltale/log";
import { MAX_WITNESS_BYTES } from "@telltale/merkle";
import type { ProcessLog } from "./process-log.js";

export interface WitnessHttpOptions {
  store: Pick<WitnessStore, "addCheckpoint" | "addKeys" | "checkpointOf">;
  log: ProcessLog;
  tls?: { cert: string; key: string };
  /** A whole request must have arrived after this long. Default 10 s. */
  requestMs?: number;
  /** Requests that may be read or answered at once. Default 64. */
  maxRequests?: number;
}

const MAX_CONNECTIONS = 256;
const CHECKPOINT_PATH = /^\/([0-9a-f]{64})\/checkpoint$/;

/** Of a key history: some hundred changes. */
const MAX_KEYS_BYTES = 1024 * 1024;

/** The body; undefined when it is longer than any request of its kind. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > most) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface Reply {
  status: number;
  body: string;
  type?: string;
}

function toReply(answer: Answer): Reply {
  if (answer.status === 200) return { status: 200, body: answer.body };
  if (answer.status === 409) return { status: 409, body: `${answer.size}\n`, type: "text/x.tlog.size" };
  return { status: answer.status, body: `${answer.why}\n` };
}

/**
 * The HTTP side of a witness (C2SP tlog-witness): add-checkpoint, and the newest checkpoint of each log for monitors. Beside the
 * specification, add-keys tells that a log changed its key.
 */
class WitnessHttp {
  readonly #options: WitnessHttpOptions;
  readonly #maxRequests: number;
  #requests = 0;

  constructor(options: WitnessHttpOptions) {
    this.#options = options;
    this.#maxRequests = options.maxRequests ?? 64;
  }

  readonly listener: RequestListener = (request, response) => {
    void this.#handle(request, response);
  };

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requests++;
    try {
      const reply = this.#requests > this.#maxRequests ? BUSY : await this.#route(request);
      // What was not read of a body is not waited for.
      if (!request.complete) response.setHeader("connection", "close");
      response.writeHead(reply.status, {
        "content-type": reply.type ?? "text/plain; charset=utf-8",
        "content-length": Buffer.byteLength(reply.body),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      });
      response.end(reply.body);
    } catch (error) {
      // The sender went away, or was cut off because it took too long: there is nobody to answer.
      if (!response.destroyed && !request.readableAborted) {
        this.#options.log("error", "a request could not be answered", { error: (error as Error).message });
      }
      response.destroy();
    } finally {
      this.#requests--;
    }
  }

  async #route(request: IncomingMessage): Promise<Reply> {
    const { method, url = "/" } = request;
    if (url === "/add-checkpoint") {
      if (method !== "POST") return { status: 405, body: "only POST\n" };
      const body = await readBody(request, MAX_WITNESS_BYTES);
      if (body === undefined) return { status: 413, body: `at most ${MAX_WITNESS_BYTES} bytes\n` };
      return this.#add(body);
    }
    if (url === "/add-keys") {
      if (method !== "POST") return { status: 405, body: "only POST\n" };
      const body = await readBody(request, MAX_KEYS_BYTES);
      if (body === undefined) return { status: 413, body: `at most ${MAX_KEYS_BYTES} bytes\n` };
      return this.#addKeys(body);
    }
    const hash = CHECKPOINT_PATH.exec(url)?.[1];
    if (hash === undefined) return { status: 404, body: "not found\n" };
    if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET\n" };
    const note = await this.#options.store.checkpointOf(hash);
    return note === undefined ? { status: 404, body: "nothing cosigned\n" } : { status: 200, body: note };
  }

  async #addKeys(body: Buffer): Promise<Reply> {
    const { store, log } = this.#options;
    try {
      const answer = await store.addKeys(body);
      if (answer.status === 200) {
        log("info", "the log's keys are known", { origin: answer.origin, keys: answer.keys });
        return { status: 200, body: "" };
      }
      const { status, why, origin } = answer;
      log("warn", `a key history was refused: ${why}`, { status, origin });
      return { status, body: `${why}\n` };
    } catch (error) {
      log("error", "a key history could not be kept", { error: (error as Error).message });
      return { status: 500, body: "the witness cannot keep it\n" };
    }
  }

  async #add(body: Buffer): Promise<Reply> {
    const { store, log } = this.#options;
    let answer: Answer;
    try {
      answer = await store.addCheckpoint(body);
    } catch (error) {
      log("error", "a cosignature could not be kept, so none was given", { error: (error as Error).message });
      return { status: 500, body: "the witness cannot keep what it signs\n" };
    }
    const { status } = answer;
    if (status === 200) log("info", "cosigned", { origin: answer.origin, size: Number(answer.size) });
    else if (status === 422) {
      const { origin, evidence, proven } = answer;
      const message = proven
        ? `THE LOG IS INCONSISTENT: ${answer.why}`
        : `a proof does not hold: ${answer.why}`;
      log(proven ? "error" : "warn", message, { status, origin, evidence });
    } else if (status !== 409) log("warn", `refused: ${answer.why}`, { status, origin: answer.origin });
    return toReply(answer);
  }
}

const BUSY: Reply = { status: 503, body: "too many requests at once\n" };

/** A server that is not listening yet. */
export function createWitnessServer(options: WitnessHttpOptions): Server {
  const { tls, requestMs = 10_000 } = options;
  const settings = {
    requestTimeout: requestMs,
    headersTimeout: Math.min(requestMs, 5000),
    connectionsCheckingInterval: Math.min(requestMs, 1000),
    keepAliveTimeout: 30_000,
    maxHeaderSize: 8192,
  };
  const { listener } = new WitnessHttp(options);
  const server =
    tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...tls, minVersion: "TLSv1.2" }, listener);
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}
