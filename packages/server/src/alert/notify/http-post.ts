// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { DeliveryError } from "./channel.js";
import type { Reach } from "./reach.js";

export interface PostTarget {
  readonly url: URL;
  readonly reach: Reach;
  /** For one attempt from the look-up of the name to the last byte of the answer; default 10 s. */
  readonly timeoutMs?: number | undefined;
}

export interface PostAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** At most `MAX_ANSWER` characters of it. */
  readonly text: string;
}

const MAX_ANSWER = 4_096;
const MAX_WAIT_MS = 2 * 3_600_000;

/**
 * Posts to an address that was judged, over a connection of its own. A redirect is an answer like any other: following
 * it could lead inside. Throws DeliveryError, whose message holds nothing of what was sent: an address may be a secret.
 */
export async function post(
  target: PostTarget,
  headers: Readonly<Record<string, string | number>>,
  text: string,
  signal: AbortSignal,
): Promise<PostAnswer> {
  target.reach.verify(target.url.hostname);
  const timeout = AbortSignal.timeout(target.timeoutMs ?? 10_000);
  try {
    return await ask(target, headers, Buffer.from(text), AbortSignal.any([signal, timeout]));
  } catch (cause) {
    if (cause instanceof DeliveryError) throw cause;
    if (timeout.aborted && !signal.aborted) throw new DeliveryError("no answer in time", { cause });
    // The code (ECONNREFUSED, …) says enough; the message of a socket error may quote the URL.
    const { code } = cause as { code?: unknown };
    throw new DeliveryError(typeof code === "string" ? code : "the request failed", { cause });
  }
}

function ask(
  { url, reach }: PostTarget,
  headers: Readonly<Record<string, string | number>>,
  body: Buffer,
  signal: AbortSignal,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent: false,
      signal,
      lookup: reach.lookupFor(url.hostname),
      headers: {
        "content-type": "application/json",
        "user-agent": "telltale",
        ...headers,
        "content-length": body.length,
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      readStart(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, retryAfterMs: toRetryAfter(response), text }),
        reject,
      );
    });
    request.end(body);
  });
}

/** The beginning of an answer; an endless one is not read (CVE-2026-39882). */
async function readStart(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const piece of response as AsyncIterable<string>) {
    text += piece;
    if (text.length >= MAX_ANSWER) break;
  }
  response.destroy();
  return text.slice(0, MAX_ANSWER);
}

/** Seconds (RFC 9110, section 10.2.3), with decimals as Discord sends them; never longer than our own longest wait. */
function toRetryAfter(response: IncomingMessage): number | undefined {
  const value = response.headers["retry-after"];
  if (value === undefined || !/^\d{1,7}(?:\.\d{1,6})?$/.test(value)) return undefined;
  return Math.min(MAX_WAIT_MS, Math.ceil(Number(value) * 1_000));
}

/** What a status means: undefined when the message was taken. */
export function toFailure({ status, retryAfterMs }: PostAnswer): DeliveryError | undefined {
  if (status >= 200 && status < 300) return undefined;
  // Other 3xx and 4xx mean that the receiver will not take it, except those that pass by themselves: slow down, or a
  // receiver that is being deployed.
  const isFinal = status >= 300 && status < 500 && ![404, 408, 409, 425, 429].includes(status);
  return new DeliveryError(`the receiver answered ${status}`, { isFinal, afterMs: retryAfterMs });
}

/** Posts JSON and throws unless it was taken; answers the status in words. */
export async function mustPost(
  target: PostTarget,
  headers: Readonly<Record<string, string | number>>,
  body: unknown,
  signal: AbortSignal,
): Promise<string> {
  const answer = await post(target, headers, JSON.stringify(body), signal);
  const failure = toFailure(answer);
  if (failure !== undefined) throw failure;
  return `answered ${answer.status}`;
}
