// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { parseRetryAfter } from "../backoff.js";

/** A stream that the server opened, or its refusal. */
export interface OpenedStream {
  readonly status: number;
  readonly type: string;
  readonly retryAfterMs: number | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Opens the stream at an address; rejects when it cannot be reached. Follows no redirect: it would carry the key away. */
export type OpenStream = (url: URL, key: string, signal: AbortSignal) => Promise<OpenedStream>;

const headersOf = (key: string) => ({ authorization: `Bearer ${key}`, accept: "text/event-stream" });

/** Node's own client on a connection of its own, which does not keep the process alive. */
export const openByNode: OpenStream = async (url, key, signal) => {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const request = send(url, { agent: false, signal, headers: headersOf(key) });
  request.on("socket", (socket) => {
    socket.unref();
  });
  // An error after the answer has begun is seen by whoever reads the answer; here it must only not be unheard.
  request.on("error", () => undefined);
  request.end();
  const [message] = (await once(request, "response")) as [IncomingMessage];
  return {
    status: message.statusCode ?? 0,
    type: message.headers["content-type"] ?? "",
    retryAfterMs: parseRetryAfter(message.headers["retry-after"], Date.now()),
    pieces: message as AsyncIterable<Uint8Array>,
  };
};

/** The same with the application's `fetch`. */
export function openByFetch(fetch: typeof globalThis.fetch): OpenStream {
  return async (url, key, signal) => {
    const reply = await fetch(url, { headers: headersOf(key), redirect: "manual", signal });
    return {
      status: reply.status,
      type: reply.headers.get("content-type") ?? "",
      retryAfterMs: parseRetryAfter(reply.headers.get("retry-after"), Date.now()),
      pieces: (reply.body ?? []) as AsyncIterable<Uint8Array>,
    };
  };
}
