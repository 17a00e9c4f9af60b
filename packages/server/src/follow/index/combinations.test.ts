// SPDX-License-Identifier: Apache-2.0
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemoryLog } from "../../../test/memory-log.js";
import type { Follower } from "../follower.js";
import { openIndex } from "./index-follower.js";
import type { Search } from "./search.js";

const START = Date.UTC(2026, 0, 1);
const folder = tempDir("combinations");
const log = new MemoryLog();
let search: Search;
let follower: Follower;

function line(i: number, app: string, fields: readonly [path: string, kind: string][]): string {
  const received = new Date(START + i * 1000).toISOString();
  const source = { app };
  const hidden = fields.map(([path, kind]) => ({ path, how: "masked", kind }));
  const more = fields.length === 0 ? {} : { protected: { policy: "p", fields: hidden } };
  const event = {
    v: 1,
    id: `id-${i}`,
    time: received,
    source,
    action: "x",
    outcome: "unknown",
    level: "info",
  };
  return JSON.stringify({ received, via: "k1", ...event, ...more });
}

beforeAll(async () => {
  const opened = await openIndex({
    dir: folder.path,
    log,
    logName: "main",
    origin: "test/1",
    onError(error) {
      throw error;
    },
    now: () => START + 3_600_000,
    indexer: { directRows: 20, tableRows: 50 },
  });
  ({ search, follower } = opened);
  const lines = Array.from({ length: 30 }, (_, i) =>
    line(i, i % 2 === 0 ? "shop" : "bill", [
      ["message", "email"],
      ["data.card", "card"],
    ]),
  );
  // Enough for a file; the rest stays in a table.
  await follower.handle(log.append(lines));
  await follower.idle?.();
  await follower.handle(log.append([line(30, "shop", [["message", "email"]]), line(31, "calm", [])]));
});
afterAll(async () => {
  await follower.close();
  folder.dispose();
});

const FIELDS = ["protected.fields.kind", "protected.fields.path", "source.app"];

it("reads lists side by side, over file and table, the most frequent first", async () => {
  expect(await search.combinations({ query: "", fields: FIELDS, limit: 10 })).toEqual({
    rows: [
      { values: ["email", "message", "shop"], count: 16, last: START + 30_000 },
      { values: ["card", "data.card", "bill"], count: 15, last: START + 29_000 },
      { values: ["card", "data.card", "shop"], count: 15, last: START + 28_000 },
      { values: ["email", "message", "bill"], count: 15, last: START + 29_000 },
    ],
    distinct: 4,
    complete: true,
    indexed: 32,
    size: 32,
  });
});

it("keeps to the query, the time and the limit", async () => {
  const one = { query: "app:shop", from: START, to: START + 4000, fields: FIELDS, limit: 1 };
  expect(await search.combinations(one)).toMatchObject({ rows: [{ count: 2 }], distinct: 2 });
  const none = { query: "app:calm", fields: FIELDS, limit: 5 };
  expect(await search.combinations(none)).toMatchObject({ rows: [], distinct: 0, complete: true });
  await expect(search.combinations({ ...one, fields: ["x; DROP"] })).rejects.toMatchObject({
    code: "search_failed",
  });
});
