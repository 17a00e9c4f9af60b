// SPDX-License-Identifier: Apache-2.0
// A graceful stop finishes: whatever still works on what was just acknowledged, the process does not end before everything is closed.
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { createKey, serve, temporaryDirectory } from "./harness.js";

const EVENTS = 700;

it("is complete right after events were acknowledged", async () => {
  const { dir, clean } = temporaryDirectory();
  const key = await createKey(dir, "ingest");
  // Which follower is amid what when the signal comes is chance: several times.
  for (let round = 1; round <= 4; round++) {
    const server = await serve(dir);
    const body = Array.from({ length: EVENTS }, (_, n) =>
      JSON.stringify({ action: "user_updated", data: { round, n } }),
    ).join("\n");
    const response = await fetch(`${server.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/x-ndjson" },
      body,
    });
    expect(response.status).toBe(200);
    await server.kill("SIGTERM");
    expect(server.output(), `round ${round}`).toContain("Telltale has stopped.");
    expect(server.child.exitCode).toBe(0);
    // Those of the newest checkpoint: it was published when the log was closed.
    const tiles = readdirSync(path.join(dir, "log/main/tile/0"), { recursive: true }).map(String);
    expect(tiles.filter((each) => path.dirname(each).endsWith(".p"))).toHaveLength(1);
  }
  clean();
}, 60_000);
