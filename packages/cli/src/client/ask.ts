// SPDX-License-Identifier: Apache-2.0
import { CliFailure } from "../failure.js";
import { type CliIo, writeOut } from "../io.js";
import type { Client } from "./client.js";

/** What does not answer as a Telltale server does. */
export function notTelltale(client: Client, cause?: unknown): CliFailure {
  return new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`, undefined, {
    cause,
  });
}

/** Sends a request and gives the JSON of its answer. Throws CliFailure for everything but success. */
export async function ask(client: Client, path: string, init: RequestInit = {}): Promise<unknown> {
  const response = await client.request(path, init);
  if (!response.ok) throw await client.toFailure(response);
  try {
    return await response.json();
  } catch (cause) {
    throw notTelltale(client, cause);
  }
}

/** A request with a JSON body. */
export function toRequest(method: "POST" | "PATCH", body: unknown): RequestInit {
  return { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The answer as it came, on one line, without characters that deceive a terminal. */
export async function printJson(io: CliIo, value: unknown): Promise<void> {
  const { escapeDeceptive } = await import("@telltale/event");
  await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(value))}\n`);
}
