// SPDX-License-Identifier: Apache-2.0
import { CliFailure } from "../failure.js";
import type { Client } from "./client.js";

/** Does something as a person who is signed in, and signs out again whatever happens. */
export async function asPerson<T>(
  client: Client,
  credentials: { name: string; password: string },
  work: (headers: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const response = await client.request("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credentials),
  });
  if (response.status === 401) throw new CliFailure("notPermitted", "the name or the password is wrong");
  if (!response.ok) throw await client.toFailure(response);
  const answer: unknown = await response.json().catch(() => undefined);
  const csrf = (answer as { csrf?: unknown } | undefined)?.csrf;
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
  if (typeof csrf !== "string" || cookie === undefined)
    throw new CliFailure("unreachable", `${client.url} did not answer as a Telltale server does`);
  const headers = { cookie, "x-csrf-token": csrf };
  try {
    return await work(headers);
  } finally {
    // A session that could not be ended ends by itself; what was done is done.
    await client.request("/v1/session", { method: "DELETE", headers }).catch(() => undefined);
  }
}
