// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import { afterEach, describe, expect, it } from "vitest";
import { MemoryLost, type Follower, type SealedBatch } from "./follower.js";
import { FollowerRunner, type FollowLog } from "./runner.js";

/** A log of numbered lines in memory, with the real contract of reading and following. */
class MemoryLog implements FollowLog {
  readonly lines: string[] = [];
  reads = 0;
  #listener: ((committed: Committed, tag: unknown) => void) | undefined;
  get size(): number {
    return this.lines.length;
  }
  append(count: number, tag?: unknown): void {
    const first = this.lines.length;
    for (let i = 0; i < count; i++) this.lines.push(`{"n":${first + i}}`);
    this.#listener?.(this.#batch(first, first + count), tag);
  }
  #batch(from: number, to: number): Committed {
    const texts = this.lines.slice(from, to).map((each) => Buffer.from(`${each}\n`));
    const ends = new Uint32Array(texts.length);
    let end = 0;
    for (const [i, text] of texts.entries()) ends[i] = end += text.length;
    return { first: from, count: texts.length, bytes: Buffer.concat(texts), ends };
  }
  async read(from: number, to: number): Promise<Committed> {
    this.reads++;
    return this.#batch(from, Math.min(to, from + 3));
  }
  onCommit(listener: (committed: Committed, tag: unknown) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }
}

class Recorder implements Follower {
  readonly name = "recorder";
  readonly version = 1;
  readonly seen: number[] = [];
  batches: SealedBatch[] = [];
  failures = 0;
  readonly #from: number;
  constructor(from: number) {
    this.#from = from;
  }
  async start(): Promise<number> {
    return this.#from;
  }
  rewoundTo: number | undefined;
  async rewind(next: number): Promise<void> {
    this.rewoundTo = next;
  }
  lostAt: number | undefined;
  async handle(batch: SealedBatch): Promise<void> {
    if (batch.first === this.lostAt) {
      this.lostAt = undefined;
      this.seen.length = 0;
      throw new MemoryLost(2, "forgotten");
    }
    if (this.failures > 0) {
      this.failures--;
      throw new Error("not now");
    }
    this.batches.push(batch);
    for (let i = 0; i < batch.count; i++) this.seen.push(batch.first + i);
  }
  async close(): Promise<void> {}
}

const open: FollowerRunner[] = [];
const ahead: unknown[][] = [];
afterEach(async () => {
  for (const runner of open.splice(0)) await runner.close();
});

async function start(log: FollowLog, followers: Follower[], cacheBytes?: number): Promise<FollowerRunner> {
  const runner = new FollowerRunner({
    log,
    logName: "main",
    onError() {},
    onAhead: (...what) => void ahead.push(what),
    retryMs: 1,
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  });
  open.push(runner);
  await runner.start(followers);
  return runner;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("FollowerRunner", () => {
  it("shows how far a follower really is that takes lines before it is done with them", async () => {
    const log = new MemoryLog();
    log.append(4);
    const slow = Object.assign(new Recorder(0), {
      standing: () => ({ next: 1, state: "waiting" as const, error: "the receiver is down" }),
    });
    const runner = await start(log, [slow]);
    expect(await runner.drain(2000)).toBe(true);
    expect(runner.status()).toEqual([
      { name: "recorder", next: 1, lag: 3, state: "waiting", error: "the receiver is down" },
    ]);
  });
  it("catches up from the log, then follows fresh batches without reading them back", async () => {
    const log = new MemoryLog();
    log.append(7);
    const follower = new Recorder(0);
    const runner = await start(log, [follower]);
    expect(await runner.drain(2000)).toBe(true);
    const reads = log.reads;
    log.append(5, { ruleSet: "r", pairs: new Uint32Array(0) });
    expect(await runner.drain(2000)).toBe(true);
    expect(follower.seen).toEqual(upTo(12));
    expect(log.reads).toBe(reads);
    expect(follower.batches.at(-1)?.hints?.ruleSet).toBe("r");
  });
  it("starts in the middle and closes the gap when memory no longer holds a batch", async () => {
    const log = new MemoryLog();
    log.append(4);
    const follower = new Recorder(2);
    follower.failures = 3;
    const runner = await start(log, [follower], 1);
    for (let i = 0; i < 10; i++) log.append(2);
    expect(await runner.drain(2000)).toBe(true);
    expect(follower.seen).toEqual(upTo(24).slice(2));
  });
  it("takes a follower back to a log that was cut, and says so", async () => {
    const log = new MemoryLog();
    log.append(4);
    const follower = new Recorder(9);
    const level = new Recorder(4);
    const runner = await start(log, [follower, level]);
    expect(follower.rewoundTo).toBe(4);
    expect(level.rewoundTo).toBeUndefined();
    expect(ahead).toEqual([["recorder", 9, 4]]);
    log.append(2);
    expect(await runner.drain(2000)).toBe(true);
    expect(follower.seen).toEqual([4, 5]);
  });
  it("gives a follower that lost its memory all lines again from where it asks", async () => {
    const log = new MemoryLog();
    const follower = new Recorder(0);
    const runner = await start(log, [follower]);
    follower.lostAt = 5;
    log.append(5);
    expect(await runner.drain(2000)).toBe(true);
    expect(follower.seen).toEqual(upTo(5));
    log.append(4);
    expect(await runner.drain(2000)).toBe(true);
    expect(follower.seen).toEqual(upTo(9).slice(2));
  });
  it("shows why a follower waits, and delays no other", async () => {
    const log = new MemoryLog();
    const bad = new Recorder(0);
    bad.failures = Number.POSITIVE_INFINITY;
    const good = new Recorder(0);
    const runner = await start(log, [bad, good]);
    log.append(3);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(good.seen).toEqual([0, 1, 2]);
    expect(runner.status()[0]).toMatchObject({ next: 0, lag: 3, error: "not now" });
    bad.failures = 0;
    expect(await runner.drain(2000)).toBe(true);
    expect(runner.status()[0]).toEqual({ name: "recorder", next: 3, lag: 0 });
  });
});
