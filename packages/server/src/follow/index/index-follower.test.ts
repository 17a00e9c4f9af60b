// SPDX-License-Identifier: Apache-2.0
import { copyFile, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryLog } from "../../../test/memory-log.js";
import type { Follower } from "../follower.js";
import { type IndexOptions, openIndex } from "./index-follower.js";
import type { Hit, Search } from "./search.js";

const START = Date.UTC(2026, 10, 22, 10);
const OUTCOMES = ["success", "failure", "denied", "error", "unknown"];

/** The i-th event of the tests: one a second, a user for each third. */
function line(i: number, extra: Record<string, unknown> = {}): string {
  const time = new Date(START + i * 1000).toISOString();
  return JSON.stringify({
    received: time,
    via: "k1",
    v: 1,
    id: `id-${i}`,
    time,
    source: { app: "shop" },
    action: "authn_login_fail",
    outcome: OUTCOMES[i % OUTCOMES.length],
    level: "info",
    actor: { type: "user", id: `user${i % 3}` },
    ...extra,
  });
}

/** An event whose targets hold what a string can hold. */
const odd = (i: number) =>
  line(i, {
    targets: [
      { type: "a", id: "x'\\u0000\u202e" },
      { type: "b", id: `t${i}` },
    ],
  });

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i));
const indexes = (hits: readonly Hit[]) => hits.map((hit) => hit.index);
const down = (from: number, to: number) => Array.from({ length: from - to }, (_, i) => from - 1 - i);

let folder: string;
let log: MemoryLog;
let follower: Follower;
let search: Search;
let dropBefore: (index: number) => Promise<number>;
let errors: Error[];

/** Small limits, so that few events go every way: 20 a file, 50 a table. */
const LIMITS = { directRows: 20, tableRows: 50, smallRows: 30, mergedRows: 1000 };

async function open(options: Partial<IndexOptions> = {}): Promise<number> {
  ({ follower, search, dropBefore } = await openIndex({
    dir: path.join(folder, "index"),
    log,
    logName: "main",
    origin: "test/1",
    onError: (error) => errors.push(error),
    now: () => START + 3_600_000,
    indexer: LIMITS,
    ...options,
    // A busy machine must not make a test say "indexing".
    search: { catchUpMs: 20_000, ...options.search },
  }));
  return follower.start();
}

async function add(from: number, to: number): Promise<void> {
  await follower.handle(log.append(lines(from, to)));
}

/** Closes and opens the index as a new process would, and gives it what it asks for. */
async function restart(options: Partial<IndexOptions> = {}): Promise<number> {
  await follower.close();
  const next = await open(options);
  if (next < log.size) await follower.handle(log.batch(next, log.size));
  return next;
}

const parquet = async () =>
  (await readdir(path.join(folder, "index"))).filter((name) => name.endsWith(".parquet")).sort();

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "telltale-index-"));
  log = new MemoryLog();
  errors = [];
  await open();
});

afterEach(async () => {
  await follower.close();
  await rm(folder, { recursive: true, force: true });
  if (errors.length > 0) throw new AggregateError(errors);
});

describe("search success", () => {
  test("an empty log has no hits and is complete", async () => {
    expect(await search.hits({ query: "", limit: 10 })).toEqual({
      hits: [],
      next: null,
      complete: true,
      indexed: 0,
      size: 0,
    });
  });

  test("an event is found right after it was handled, as the exact line", async () => {
    await add(0, 1);
    const answer = await search.hits({ query: "user:user0", limit: 10 });
    expect(answer).toEqual({
      hits: [{ index: 0, line: line(0) }],
      next: null,
      complete: true,
      indexed: 1,
      size: 1,
    });
  });

  test("hits come newest first from table and files, page by page", async () => {
    for (let i = 0; i < 200; i += 7) await add(i, Math.min(i + 7, 200));
    await follower.idle?.();
    expect((await parquet()).length).toBeGreaterThan(0);
    const found: number[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 100; page++) {
      const answer = await search.hits({
        query: "user:user1",
        limit: 9,
        ...(cursor !== undefined && { cursor }),
      });
      expect(answer.complete).toBe(true);
      found.push(...indexes(answer.hits));
      if (answer.next === null) break;
      cursor = answer.next;
    }
    expect(found).toEqual(down(200, 0).filter((i) => i % 3 === 1));
  });

  test("from and to bound the time of receipt", async () => {
    await add(0, 100);
    const answer = await search.hits({ query: "", from: START + 10_000, to: START + 20_000, limit: 100 });
    expect(indexes(answer.hits)).toEqual(down(20, 10));
    const relative = await search.hits({ query: "received:[now-1h TO now-3550s}", limit: 100 });
    expect(indexes(relative.hits)).toEqual(down(50, 0));
  });

  test("a histogram counts each event once, by outcome", async () => {
    await add(0, 130);
    await add(130, 140);
    const answer = await search.histogram({
      query: "",
      from: START + 5_000,
      to: START + 125_000,
      buckets: 4,
    });
    expect(answer).toMatchObject({ bucketMs: 30_000, unit: "second", total: 120, complete: true });
    expect(answer.buckets.map((bar) => bar.t - START)).toEqual([0, 30_000, 60_000, 90_000, 120_000]);
    expect(answer.buckets.map((bar) => bar.success + bar.failure + bar.denied + bar.other)).toEqual([
      25, 30, 30, 30, 5,
    ]);
    expect(answer.buckets[1]).toEqual({ t: START + 30_000, success: 6, failure: 6, denied: 6, other: 12 });
  });

  test("a count is exact", async () => {
    await add(0, 101);
    expect(await search.count({ query: "user:user0 OR user:user1" })).toMatchObject({
      total: 68,
      complete: true,
    });
  });

  test("groups are exact over table and files, lists counted by value", async () => {
    for (let i = 0; i < 200; i += 7) await add(i, Math.min(i + 7, 200));
    await follower.idle?.();
    expect((await parquet()).length).toBeGreaterThan(0);
    await follower.handle(log.append([odd(200), odd(201)]));
    expect(await search.groups({ query: "", field: "actor.id", limit: 2 })).toEqual({
      groups: [
        { value: "user0", count: 68 },
        { value: "user1", count: 67 },
      ],
      distinct: 3,
      complete: true,
      indexed: 202,
      size: 202,
    });
    expect(await search.groups({ query: "user:*", field: "targets.id", limit: 2 })).toMatchObject({
      groups: [
        { value: "x'\\u0000\u202e", count: 2 },
        { value: "t200", count: 1 },
      ],
      distinct: 3,
    });
    const none = { query: "user:nobody", from: START, to: START + 5000, field: "client.ip", limit: 5 };
    expect(await search.groups(none)).toMatchObject({ groups: [], distinct: 0, complete: true });
    await expect(search.groups({ query: "", field: "actor.id; DROP", limit: 1 })).rejects.toMatchObject({
      code: "search_failed",
    });
  });

  test("small files are merged, and a search under way does not notice", async () => {
    for (let i = 0; i < 400; i += 20) {
      await add(i, i + 20);
      await search.count({ query: "" });
    }
    const before = (await parquet()).length;
    const [answer] = await Promise.all([
      search.hits({ query: "user:user2", limit: 1000 }),
      follower.idle?.(),
    ]);
    expect(indexes(answer.hits)).toEqual(down(400, 0).filter((i) => i % 3 === 2));
    expect((await parquet()).length).toBeLessThan(before);
    expect(await search.count({ query: "" })).toMatchObject({ total: 400, complete: true });
  });
});

describe("search says what is missing", () => {
  test("events that the index has not seen", async () => {
    await restart({ search: { catchUpMs: 200 } });
    await add(0, 5);
    await follower.idle?.();
    log.append(lines(5, 8));
    expect(await search.hits({ query: "", limit: 10 })).toMatchObject({
      complete: false,
      reason: "indexing",
      indexed: 5,
      size: 8,
    });
  });

  test("what the time did not allow, with a cursor that goes on there", async () => {
    await add(0, 60);
    await restart({ search: { timeoutMs: 0, catchUpMs: 20_000 } });
    const answer = await search.hits({ query: "", limit: 100 });
    expect(answer).toMatchObject({ complete: false, reason: "timeout", hits: [] });
    expect(await search.count({ query: "" })).toMatchObject({ complete: false, reason: "timeout" });
    const cursor = answer.next ?? "";
    await restart();
    expect((await search.hits({ query: "", limit: 100, cursor })).hits.length).toBe(Number(cursor));
  });

  test("lines that the log does not give", async () => {
    await add(0, 10);
    log.read = (from) =>
      Promise.resolve({ first: from, count: 0, bytes: Buffer.alloc(0), ends: new Uint32Array() });
    expect(await search.hits({ query: "", limit: 5 })).toMatchObject({
      complete: false,
      reason: "unreadable",
    });
  });
});

describe("search failure", () => {
  test("a wrong query", async () => {
    await expect(search.hits({ query: "user:", limit: 1 })).rejects.toMatchObject({
      name: "QueryError",
      position: 5,
    });
  });

  test.each(["x", "-1", "1.5", "99999999999999999999", ""])(
    "a cursor of another kind: %s",
    async (cursor) => {
      await expect(search.hits({ query: "", limit: 1, cursor })).rejects.toMatchObject({
        code: "bad_cursor",
      });
    },
  );

  test("a range that ends before it starts", async () => {
    const wrong = { query: "", from: START, to: START, buckets: 10 };
    await expect(search.histogram(wrong)).rejects.toMatchObject({ code: "bad_range" });
  });

  test("more searches than may wait", async () => {
    await add(0, 10);
    await restart({ search: { running: 1, waiting: 1 } });
    const all = await Promise.allSettled([1, 2, 3, 4].map(() => search.count({ query: "" })));
    expect(all.map((each) => each.status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(all[3]).toMatchObject({ reason: { code: "search_busy" } });
  });
});

describe("the index keeps each event's place", () => {
  test("when lines come again, in part or whole", async () => {
    await add(0, 30);
    await follower.handle(log.batch(0, 10));
    await follower.handle({ ...log.batch(20, 30) });
    log.append(lines(30, 35));
    await follower.handle(log.batch(25, 35));
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(35, 0));
  });

  test("a gap is refused", async () => {
    log.append(lines(0, 5));
    await expect(follower.handle(log.batch(2, 5))).rejects.toThrow("wants event 0");
  });

  test.each([
    ["a table", 4],
    ["a file", 30],
  ])("with lines that DuckDB cannot read, into %s", async (_, count) => {
    const all = lines(0, count);
    all[1] = line(1, { message: "\uD800 lone", data: { "k\uDC00": "x" } });
    all[2] = "not json";
    all[3] = line(3).replace('"v":1', '"v":1e999');
    await follower.handle(log.append(all));
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(count, 0));
    expect(indexes((await search.hits({ query: "lone", limit: 100 })).hits)).toEqual([1]);
    expect(indexes((await search.hits({ query: "user:user0", limit: 100 })).hits)).toEqual(
      down(count, 0).filter((i) => i % 3 === 0),
    );
  });

  test("after a restart, which reads only what is not in a file", async () => {
    await add(0, 25);
    await search.count({ query: "" });
    await add(25, 30);
    await search.count({ query: "" });
    expect(await restart()).toBe(25);
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(30, 0));
  });

  test("when the folder is deleted", async () => {
    await add(0, 30);
    await search.count({ query: "" });
    await follower.close();
    await rm(path.join(folder, "index"), { recursive: true });
    expect(await open()).toBe(0);
    await follower.handle(log.batch(0, 30));
    expect(await search.count({ query: "user:user0" })).toMatchObject({ total: 10, complete: true });
  });

  test("when a file is torn, from there on", async () => {
    for (const from of [0, 30, 60]) {
      await add(from, from + 30);
      await search.count({ query: "" });
    }
    const [, second] = await parquet();
    await truncate(path.join(folder, "index", second ?? ""), 100);
    expect(await restart()).toBe(30);
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(90, 0));
  });

  test("when the process died between a merge and the removal of its parts", async () => {
    await add(0, 20);
    await search.count({ query: "" });
    const [small = ""] = await parquet();
    await copyFile(path.join(folder, "index", small), path.join(folder, "kept"));
    await add(20, 40);
    await search.count({ query: "" });
    await follower.idle?.();
    const [merged = ""] = await parquet();
    expect(merged).toMatch(/0-0*40[.]parquet$/);
    await rename(path.join(folder, "kept"), path.join(folder, "index", small));
    await writeFile(path.join(folder, "index", "writing-9.tmp"), "torn");
    expect(await restart()).toBe(40);
    expect(await parquet()).toEqual([merged]);
    expect(await search.count({ query: "" })).toMatchObject({ total: 40 });
  });

  test.each([
    ["another log", { origin: "test/2" }],
    ["a log that was cut", { log: new MemoryLog() }],
  ])("an index of %s is thrown away", async (_, options) => {
    await add(0, 30);
    await search.count({ query: "" });
    await follower.close();
    expect(await open(options)).toBe(0);
    expect(await parquet()).toEqual([]);
  });

  test("an index of another format is thrown away", async () => {
    await add(0, 30);
    await search.count({ query: "" });
    const file = path.join(folder, "index", "format");
    await writeFile(file, `old\n${await readFile(file, "utf8")}`);
    expect(await restart()).toBe(0);
  });

  test("when the disk refuses for a while", async () => {
    await add(0, 5);
    await search.count({ query: "" });
    const dir = path.join(folder, "index");
    await rename(dir, `${dir}.away`);
    log.append(lines(5, 40));
    await expect(follower.handle(log.batch(5, 40)).then(() => follower.idle?.())).rejects.toThrow(
      /ENOENT|No such file/,
    );
    await rename(`${dir}.away`, dir);
    await follower.handle(log.batch(5, 40));
    await follower.idle?.();
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(40, 0));
  });

  test("under batches of any size, with the full limits", async () => {
    await follower.close();
    await rm(path.join(folder, "index"), { recursive: true });
    await open({ indexer: { ...LIMITS, spoolRows: 60 } });
    let at = 0;
    const totals: [size: number, total: number][] = [];
    for (let i = 1; at < 2000; i++) {
      const size = (i * 37) % 97;
      await add(at, at + size);
      at += size;
      if (i % 9 === 0) totals.push([at, (await search.count({ query: "" })).total]);
    }
    expect(totals.map(([, total]) => total)).toEqual(totals.map(([size]) => size));
    expect(await search.count({ query: "user:user0" })).toMatchObject({
      total: Math.ceil(at / 3),
      complete: true,
    });
  });
});

describe("events past their searchable days", () => {
  test("whole files leave the search, from the front; a file with one newer event stays; so after a restart", async () => {
    await follower.close();
    await open({ indexer: { ...LIMITS, smallRows: 1 } });
    for (const first of [0, 30, 60]) {
      await add(first, first + 30);
      await follower.idle?.();
    }
    expect(await dropBefore(29)).toBe(0);
    expect(await dropBefore(59)).toBe(1);
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(90, 30));
    expect(await parquet()).toHaveLength(2);
    expect(await restart({ indexer: { ...LIMITS, smallRows: 1 } })).toBe(90);
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(90, 30));
    expect(await dropBefore(90)).toBe(2);
    await add(90, 95);
    await follower.idle?.();
    expect(indexes((await search.hits({ query: "", limit: 100 })).hits)).toEqual(down(95, 90));
    expect(errors).toEqual([]);
  });

  test("a new index begins behind what was pruned, and files that end before that are useless", async () => {
    await add(0, 60);
    await follower.idle?.();
    await follower.close();
    log.append(lines(60, 120));
    const pruned = [
      { first: 0, next: 20 },
      { first: 60, next: 80 },
    ];
    const holed = Object.assign(Object.create(log) as MemoryLog, { pruned });
    expect(await open({ log: holed })).toBe(80);
    await follower.handle(log.batch(80, 120));
    await follower.idle?.();
    const answer = await search.hits({ query: "", limit: 200 });
    expect({ found: indexes(answer.hits), complete: answer.complete }).toEqual({
      found: down(120, 80),
      complete: true,
    });
  });
});
