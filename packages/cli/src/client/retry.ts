// SPDX-License-Identifier: Apache-2.0
import type { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import type { Client } from "./client.js";

/** How patient a command is: tries in all, and the longest pause in milliseconds. */
export interface Patience {
  tries: number;
  maxPauseMs: number;
}

/** Whatever a Retry-After says. */
const LONGEST_PAUSE_MS = 300_000;
const BUSY = new Set([429, 502, 503, 504]);

/** `Retry-After` in milliseconds (RFC 9110 section 10.2.3: seconds or a date); undefined when there is none. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}

/**
 * Sends until the server has answered for good. Only for requests that may be repeated: when an answer is lost, the
 * same request is sent again. The first try fails at once when nothing listens, later ones wait for a restart.
 */
export async function requestPatiently(
  io: CliIo,
  client: Client,
  send: () => Promise<Response>,
  patience: Patience,
  state: { answered: boolean },
): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let pause: number | undefined;
    try {
      const response = await send();
      if (!BUSY.has(response.status)) {
        state.answered = true;
        return response;
      }
      if (attempt >= patience.tries) throw await client.toFailure(response);
      pause = parseRetryAfter(response.headers.get("retry-after"), io.now());
      await response.arrayBuffer().catch(() => {});
    } catch (error) {
      const { code } = error as CliFailure;
      if (code !== "unreachable" || !state.answered || attempt >= patience.tries) throw error;
    }
    // Jitter, so that many senders do not come back in step.
    const backoff = Math.min(250 * 2 ** (attempt - 1), patience.maxPauseMs) * (0.5 + Math.random() / 2);
    await io.sleep(Math.min(Math.max(pause ?? 0, backoff), LONGEST_PAUSE_MS));
  }
}
