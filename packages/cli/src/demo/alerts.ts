// SPDX-License-Identifier: Apache-2.0
import type { Client } from "../client/client.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import { SseParser } from "../tail/sse.js";
import type { Narrator } from "./narrator.js";

/**
 * Tells of each alert when it is raised; repeats of the same one are left to the page. Ends when the server ends the
 * stream: a request that the client breaks off leaves Node's fetch with a new, silent connection for which a server that stops
 * would wait.
 */
export async function watchAlerts(io: CliIo, client: Client, tell: Narrator): Promise<void> {
  const seen = new Set<unknown>();
  const parser = new SseParser();
  const decoder = new TextDecoder();
  try {
    const response = await client.request("/v1/stream?events=none", { signal: null });
    if (!response.ok || response.body === null) throw await client.toFailure(response);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      for (const { event, data } of parser.push(decoder.decode(chunk, { stream: true }))) {
        if (event !== "alert") continue;
        const { id, title, level, key } = JSON.parse(data) as Record<string, unknown>;
        if (seen.has(id)) continue;
        seen.add(id);
        tell("alert", `${String(level).padEnd(8)}  ${String(title)} (${String(key)})`);
      }
    }
  } catch (error) {
    if (io.signal.aborted) return;
    const reason = error instanceof CliFailure ? error.message : (error as Error).message;
    tell("demo", `alerts are no longer told here, only in the browser: ${reason}`);
  }
}
