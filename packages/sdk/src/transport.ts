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

/** How a batch is sent. */
export interface SendRequest {
  compress: boolean;
  /** The size of the log that the witness remembers (`telltale-seen`). */
  seen: string | undefined;
  /** Gives up when it is aborted. */
  signal: AbortSignal;
}

/** One way to the server. `post` and `get` reject when there is no answer in time. */
export interface Transport {
  post(lines: string, request: SendRequest): Promise<Reply>;
  /** Reads what stands at a path below the server's address. */
  get(path: string): Promise<Reply>;
  close(): void;
}

/** More of an answer is not read. */
const LONGEST_ANSWER = 4 * 2 ** 20;
const compressed = promisify(gzip);

async function encode(lines: string, compress: boolean): Promise<Buffer> {
  const bytes = Buffer.from(lines);
  return compress ? compressed(bytes, { level: constants.Z_BEST_SPEED }) : bytes;
}

function headersOf(
  settings: Settings,
  body: Buffer,
  { compress, seen }: SendRequest,
): Record<string, string> {
  return {
    authorization: `Bearer ${settings.key}`,
    "content-type": "application/x-ndjson",
    "content-length": String(body.length),
    ...(compress ? { "content-encoding": "gzip" } : {}),
    ...(seen === undefined ? {} : { "telltale-seen": seen }),
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

/** One request: what is sent, and where to. */
interface Outgoing {
  url: URL;
  headers: Record<string, string>;
  /** Absent: GET. */
  body?: Buffer;
  signal: AbortSignal;
}

/** Sends one request, follows no redirect (it would carry the key to somebody else), bounds what it reads. */
type Exchange = (outgoing: Outgoing) => Promise<Reply>;

/** Connections at a time: the two lanes, and the witness's question for a key. */
const MOST_SOCKETS = 3;

/**
 * Node's own client with connections that are kept. Unlike the global fetch it is not wrapped by tracing tools, so
 * that sending events makes no events, and it takes half the processor time (339 against 1,190 us for a small request,
 * both measured on a busy machine).
 */
function createNodeExchange(isSecure: boolean): { exchange: Exchange; close: () => void } {
  const options = { keepAlive: true, maxSockets: MOST_SOCKETS };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const send = isSecure ? httpsRequest : httpRequest;
  const exchange: Exchange = async (outgoing) => {
    const { url, headers, body, signal } = outgoing;
    const request = send(url, { method: body === undefined ? "GET" : "POST", agent, signal, headers });
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
      if (request.reusedSocket && code === "ECONNRESET") return exchange(outgoing);
      throw error;
    }
  };
  return { exchange, close: () => agent.destroy() };
}

function createFetchExchange(fetch: typeof globalThis.fetch): Exchange {
  return async ({ url, headers, body, signal }) => {
    const { "content-length": _, ...rest } = headers;
    const reply = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: rest,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      redirect: "manual",
      signal,
    });
    const retryAfterMs = parseRetryAfter(reply.headers.get("retry-after"), Date.now());
    return { status: reply.status, retryAfterMs, body: (await reply.text()).slice(0, LONGEST_ANSWER) };
  };
}

/** The way to the server that the settings ask for. */
export function createTransport(settings: Settings): Transport {
  const { url, key, timeoutMs, fetch } = settings;
  const own = fetch === undefined ? createNodeExchange(url.protocol === "https:") : undefined;
  const exchange = own?.exchange ?? createFetchExchange(fetch as typeof globalThis.fetch);
  const closing = new AbortController();
  const signalFor = (signal: AbortSignal): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  return {
    async post(lines, request) {
      const signal = signalFor(request.signal);
      const body = await encode(lines, request.compress);
      return exchange({ url, headers: headersOf(settings, body, request), body, signal });
    },
    get: (path) =>
      // Below the address that was given, as `url` is that of `v1/events`.
      exchange({
        url: new URL(`../${path}`, url),
        headers: { authorization: `Bearer ${key}` },
        signal: signalFor(closing.signal),
      }),
    close: () => {
      closing.abort();
      own?.close();
    },
  };
}
