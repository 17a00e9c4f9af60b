// SPDX-License-Identifier: Apache-2.0
// What a running server has, asked over its API.

async function ask<T>(url: string, key: string, query: Record<string, string>): Promise<T> {
  const response = await fetch(`${url}?${new URLSearchParams(query).toString()}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** How many events of the last day match. */
export async function countEvents(server: string, key: string, q: string): Promise<number> {
  return (await ask<{ total: number }>(`${server}/v1/histogram`, key, { q, buckets: "1" })).total;
}

export async function findEvents(server: string, key: string, q: string): Promise<Record<string, unknown>[]> {
  const { events } = await ask<{ events: { event: Record<string, unknown> }[] }>(`${server}/v1/events`, key, {
    q,
  });
  return events.map(({ event }) => event);
}
