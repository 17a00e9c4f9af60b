// SPDX-License-Identifier: Apache-2.0
import { RootKeyError } from "./root-key.js";

/** An answer of a KMS is a few hundred bytes. */
const MAX_ANSWER = 64 * 1024;
const TIMEOUT_MS = 10_000;

export interface Question {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs?: number;
}

/** Whether a KMS of the address given may be asked: keys cross the wire, so only this machine is asked without TLS. */
export function isSafeAddress({ protocol, hostname }: URL): boolean {
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isLocal);
}

/**
 * Posts JSON and gives the status and the JSON of the answer ({} when there is none). Redirects are not followed, answers are
 * bounded. Rejects with RootKeyError `unavailable` when nobody answers.
 */
export async function ask({
  url,
  headers,
  body,
  timeoutMs = TIMEOUT_MS,
}: Question): Promise<{ status: number; answer: unknown }> {
  let response: Response;
  let text = "";
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    response = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      if (text.length > MAX_ANSWER) throw new Error("the answer is too long");
    }
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    const why = typeof cause?.code === "string" ? cause.code : (error as Error).name;
    throw new RootKeyError("unavailable", `${url.host} does not answer (${why})`, error);
  }
  return { status: response.status, answer: parseOrNothing(text) };
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What an answer other than success means: only what passes by itself is worth asking again. */
export function toRootKeyError(host: string, status: number, why: string): RootKeyError {
  const passes = status >= 500 || status === 429 || status === 408;
  return new RootKeyError(
    passes ? "unavailable" : "refused",
    `${host} answered ${status}${why === "" ? "" : ` (${why.slice(0, 200)})`}`,
  );
}
