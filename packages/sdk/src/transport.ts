// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from "node:http";
import { request as httpsRequest, Agent as HttpsAgent } from "node:https";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { parseRetryAfter } from "./backoff.js";
import type { Settings } from "./options.js";

/** What the server answered. */
export interface Reply {
  status: number;
  retryAfterMs: number | undefined;
  body: string;
}

/** One way to the server. `post` rejects when there is no answer in time. */
export interface Transport {
  post(lines: string, compress: boolean): Promise<Reply>;
  close(): void;
}

/** More of an answer is not read. */
const LONGEST_ANSWER = 4 * 2 ** 20;
const compressed = promisify(gzip);

async function encode(lines: string, compress: boolean): Promise<Buffer> {
  const bytes = Buffer.from(lines);
  return compress ? compressed(bytes, { level: constants.Z_BEST_SPEED }) : bytes;
}

function headersOf(settings: Settings, body: Buffer, compress: boolean): Record<string, string> {
  return {
    authorization: `Bearer ${settings.key}`,
    "content-type": "application/x-ndjson",
    "content-length": String(body.length),
    ...(compress ? { "content-encoding": "gzip" } : {}),
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Node's own client with one connection that is kept. Unlike the global fetch it is not wrapped by tracing tools, so
 * that sending events makes no events, and it takes half the processor time (339 against 1,190 us for a small request,
 * both measured on a busy machine).
 */
function createNodeTransport(settings: Settings): Transport {
  const isSecure = settings.url.protocol === "https:";
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const closing = new AbortController();
  const send = isSecure ? httpsRequest : httpRequest;
  const post = async (body: Buffer, compress: boolean, signal: AbortSignal): Promise<Reply> => {
    const headers = headersOf(settings, body, compress);
    const request = send(settings.url, { method: "POST", agent, signal, headers });
    // An error after the answer has begun is seen by whoever reads the answer; here it must only not be unheard.
    request.on("error", () => undefined);
    const answered = once(request, "response");
    request.end(body);
    try {
      const [message] = (await answered) as [IncomingMessage];
      const retryAfterMs = parseRetryAfter(message.headers["retry-after"], Date.now());
      return { status: message.statusCode ?? 0, retryAfterMs, body: await readBody(message) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // The server closed the kept connection just as it was used; ids make it safe to send again.
      if (request.reusedSocket && code === "ECONNRESET") return post(body, compress, signal);
      throw error;
    }
  };
  return {
    async post(lines, compress) {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(settings.timeoutMs)]);
      return post(await encode(lines, compress), compress, signal);
    },
    close: () => {
      closing.abort();
      agent.destroy();
    },
  };
}

function createFetchTransport(settings: Settings, fetch: typeof globalThis.fetch): Transport {
  const closing = new AbortController();
  return {
    async post(lines, compress) {
      const body = await encode(lines, compress);
      const { "content-length": _, ...headers } = headersOf(settings, body, compress);
      const reply = await fetch(settings.url, {
        method: "POST",
        headers,
        body: new Uint8Array(body),
        // A redirect would carry the key to somebody else.
        redirect: "manual",
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(settings.timeoutMs)]),
      });
      const retryAfterMs = parseRetryAfter(reply.headers.get("retry-after"), Date.now());
      return { status: reply.status, retryAfterMs, body: (await reply.text()).slice(0, LONGEST_ANSWER) };
    },
    close: () => closing.abort(),
  };
}

/** The way to the server that the settings ask for. */
export function createTransport(settings: Settings): Transport {
  return settings.fetch === undefined
    ? createNodeTransport(settings)
    : createFetchTransport(settings, settings.fetch);
}
