// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, it } from "vitest";
import { verifyLog } from "@telltale/log";
import { createKey, serve, telltale, temporaryDirectory, until, type ServerProcess } from "./harness.js";

const ROUNDS = 20;
const { dir, clean } = temporaryDirectory();
afterAll(clean);

const idOf = (n: number): string => `0193500a-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

interface Sent {
  acknowledged: Set<string>;
  tried: Set<string>;
}

/** Sends batches until the server dies under it. Bodies of several sizes, so that all paths are in flight. */
async function sendUntilDeath(
  server: ServerProcess,
  key: string,
  sent: Sent,
  counter: { next: number },
): Promise<void> {
  const client = async (size: number): Promise<void> => {
    for (;;) {
      const ids = Array.from({ length: size }, () => idOf(counter.next++));
      for (const id of ids) sent.tried.add(id);
      const body = ids
        .map((id) => JSON.stringify({ id, action: "user_updated", data: { password: "hunter2hunter2" } }))
        .join("\n");
      try {
        const response = await fetch(`${server.url}/v1/events`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
          body,
        });
        const answer = (await response.json()) as { accepted: number };
        expect(answer.accepted).toBe(size);
        for (const id of ids) sent.acknowledged.add(id);
      } catch (error) {
        if (server.child.killed || server.child.exitCode !== null) return;
        throw error;
      }
    }
  };
  await Promise.all([client(1), client(1), client(40), client(500)]);
}

async function readAll(url: string, key: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  for (;;) {
    const response = await fetch(`${url}/v1/events?limit=1000${cursor}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect(response.status).toBe(200);
    const page = (await response.json()) as {
      events: { event: { id: string; via: string } }[];
      next: string | null;
      complete: boolean;
    };
    expect(page.complete).toBe(true);
    for (const { event } of page.events) if (event.via !== "telltale") ids.push(event.id);
    if (page.next === null) return ids;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

it(`keeps every acknowledged event exactly once through ${ROUNDS} kills`, { timeout: 300_000 }, async () => {
  const ingest = await createKey(dir, "ingest");
  const read = await createKey(dir, "read");
  const sent: Sent = { acknowledged: new Set(), tried: new Set() };
  const counter = { next: 1 };
  for (let round = 0; round < ROUNDS; round++) {
    const server = await serve(dir);
    const sending = sendUntilDeath(server, ingest, sent, counter);
    // Killed in the middle of traffic, each time at another moment after it has begun to flow.
    const before = sent.acknowledged.size;
    await until("traffic", async () => (sent.acknowledged.size > before + 500 ? true : undefined), 60_000);
    await new Promise((resolve) => setTimeout(resolve, (round * 37) % 150));
    await server.kill("SIGKILL");
    await sending;
    const verdict = await verifyLog({ dataDir: dir });
    expect(verdict.verdict, `round ${round}: ${verdict.message}`).toBe("intact");
  }
  const server = await serve(dir);
  const ids = await readAll(server.url, read);
  await server.kill("SIGTERM");
  const found = new Set(ids);
  expect(found.size).toBe(ids.length);
  for (const id of sent.acknowledged) expect(found.has(id)).toBe(true);
  for (const id of found) expect(sent.tried.has(id)).toBe(true);
  expect(sent.acknowledged.size).toBeGreaterThan(ROUNDS * 100);
  const verify = await telltale(["verify", "--data", dir, "--json"]);
  expect(verify.code, verify.stderr).toBe(0);
});
