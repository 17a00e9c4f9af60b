// SPDX-License-Identifier: Apache-2.0
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import type { LookupFunction } from "node:net";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { TargetError, type Outgoing } from "../target.js";
import { toTlsOptions, type TlsSettings } from "../tls.js";

export interface HttpPeerOptions {
  readonly url: URL;
  readonly tls: TlsSettings;
  /** For one request, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Longer answers are cut off, and are a failure. */
  readonly maxAnswerBytes: number;
  /** Resolves names; default the system's. */
  readonly lookup?: LookupFunction | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

export interface HttpQuestion {
  readonly method: "GET" | "PUT" | "POST";
  /** Path and query below the address of the peer. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * One HTTP server that events go to. Its addresses are the operator's, so private ones are fine; where it points to with a
 * redirect is not the operator's, so redirects are never followed. Throws TargetError, whose message holds nothing of what
 * was sent or answered.
 */
export class HttpPeer {
  readonly #options: HttpPeerOptions;
  readonly #agent: HttpAgent;

  constructor(options: HttpPeerOptions) {
    this.#options = options;
    const settings = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    this.#agent =
      options.url.protocol === "https:"
        ? new HttpsAgent({ ...settings, ...toTlsOptions(options.tls) })
        : new HttpAgent(settings);
  }

  async ask(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    const own = new AbortController();
    const stop = (): void => own.abort();
    const timer = setTimeout(stop, this.#options.timeoutMs);
    signal.addEventListener("abort", stop, { once: true });
    try {
      signal.throwIfAborted();
      return await this.#ask(question, own.signal);
    } catch (cause) {
      if (cause instanceof TargetError) throw cause;
      if (own.signal.aborted && !signal.aborted) {
        throw new TargetError("timeout", `no answer within ${this.#options.timeoutMs / 1000} s`, { cause });
      }
      throw new TargetError("unreachable", toReason(cause), { cause });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask({ method, path, headers, body }: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, maxAnswerBytes, lookup } = this.#options;
    return new Promise((resolve, reject) => {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = send(toEndpoint(url, path), {
        method,
        agent: this.#agent,
        ...(lookup === undefined ? {} : { lookup }),
        signal,
        headers: {
          "user-agent": "telltale",
          ...headers,
          ...(body === undefined ? {} : { "content-length": body.length }),
        },
      });
      request.on("error", reject);
      request.on("response", (response) => {
        readAnswer(response, maxAnswerBytes).then(resolve, (error: unknown) => {
          request.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      });
      request.end(body);
    });
  }
}

/** The path below that of the address: both may have one. */
function toEndpoint(url: URL, path: string): URL {
  const endpoint = new URL(url);
  const [pathname = "", search = ""] = path.split("?");
  endpoint.pathname = `${url.pathname.replace(/\/+$/, "")}${pathname}`;
  if (search !== "") endpoint.search = search;
  return endpoint;
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<HttpAnswer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > maxBytes) throw new TargetError("bad_answer", `the answer is longer than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  const after = Number(response.headers["retry-after"]);
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: Number.isFinite(after) && after >= 0 ? after * 1000 : undefined,
    text: Buffer.concat(pieces, length).toString(),
  };
}

/** The code (ECONNREFUSED, CERT_HAS_EXPIRED, …): it says enough, and a message could quote the address. */
export function toReason(cause: unknown): string {
  const { code } = cause as { code?: unknown };
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)
    ? `no connection (${code})`
    : "the connection failed";
}

/** What a status says where the body says nothing better; undefined for 2xx. */
export function toStatusError({ status, retryAfterMs }: HttpAnswer): TargetError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `answered ${status}`;
  if (status === 401 || status === 403) return new TargetError("no_access", message);
  if (status === 413) return new TargetError("too_large", message);
  if (status === 400 || status === 422) return new TargetError("bad_content", message);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return new TargetError("busy", message, retryAfterMs === undefined ? {} : { afterMs: retryAfterMs });
  }
  // A redirect, a path that is not there, a method that is not taken: no event is at fault.
  return new TargetError("misconfigured", message);
}

/** The JSON object of an answer, or undefined. */
export function toObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Events encoded before others get their turn on this thread. */
const SLICE = 64;

/** The texts of all events, one after the other, made in slices so that a large batch does not hold up answers. */
export async function encodeBatch(
  batch: readonly Outgoing[],
  encode: (each: Outgoing) => string,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < batch.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    pieces.push(
      Buffer.from(
        batch
          .slice(at, at + SLICE)
          .map(encode)
          .join(""),
      ),
    );
  }
  return Buffer.concat(pieces);
}

const compress = promisify(gzip);

/** Fast rather than small: it runs beside the ingest. */
export function gzipFast(body: Buffer): Promise<Buffer> {
  return compress(body, { level: 3 });
}
