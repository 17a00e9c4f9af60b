// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import { SseParser } from "../tail/sse.js";
import type { Narrator } from "./narrator.js";

/**
 * Tells of each alert when it is raised, and of each anomaly; repeats of an alert are left to the page. Ends when the
 * server ends the stream: a request that the client breaks off leaves Node's fetch with a new, silent connection for which a
 * server that stops would wait.
 */
export async function watchNews(io: CliIo, client: Client, tell: Narrator): Promise<void> {
  const seen = new Set<unknown>();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  try {
    const response = await client.request("/v1/stream?q=action:anomaly_*", { signal: null });
    if (!response.ok || response.body === null) throw await client.toFailure(response);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      for (const { event, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
        if (event === "alert") tellAlert(data, seen, tell);
        if (event === "event") tellAnomaly(data, tell);
      }
    }
  } catch (error) {
    if (io.signal.aborted) return;
    const reason = error instanceof CliFailure ? error.message : (error as Error).message;
    tell("demo", `alerts are no longer told here, only in the browser: ${reason}`);
  }
}

function tellAlert(data: string, seen: Set<unknown>, tell: Narrator): void {
  const { id, title, level, key } = JSON.parse(data) as Record<string, unknown>;
  if (seen.has(id)) return;
  seen.add(id);
  tell("alert", `${String(level).padEnd(8)}  ${String(title)} (${String(key)})`);
}

function tellAnomaly(data: string, tell: Narrator): void {
  const { event } = JSON.parse(data) as { event?: { message?: unknown } };
  tell("odd", String(event?.message));
}
