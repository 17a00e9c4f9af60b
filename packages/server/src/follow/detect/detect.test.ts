// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import { describe, expect, it } from "vitest";
import type { AlertProgress } from "../../alert/alert.js";
import { createRulesInForce, loadRules } from "../../pipeline/rules.js";
import type { Cursor } from "../../state/cursors.js";
import type { SealedBatch } from "../follower.js";
import type { NewSnapshot, Snapshot } from "../snapshots.js";
import { DetectFollower, type DetectOptions, windowTime } from "./detect.js";

const BRUTE = `
title: Failed sign-in
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0001
name: failed
logsource: { product: telltale }
detection: { selection: { action: authn_login_fail }, condition: selection }
level: low
---
title: Many failed sign-ins
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0002
correlation: { type: event_count, rules: [failed], group-by: [actor.id], timespan: 5m, condition: { gte: 3 } }
level: high
`;
const rules = loadRules([{ file: "brute/rule.yml", text: BRUTE }]);
/** The same correlation with another threshold. */
const otherRules = loadRules([{ file: "brute/rule.yml", text: BRUTE.replace("gte: 3", "gte: 4") }]);
const ANY = `
title: Anything else
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0003
logsource: { product: telltale }
detection: { selection: { action: other }, condition: selection }
level: low
`;
const base = Date.parse("2026-11-22T10:00:00.000Z");

function batch(first: number, users: string[]): SealedBatch {
  const lines = users.map((user, i) => {
    const time = new Date(base + (first + i) * 1000).toISOString();
    return Buffer.from(
      `${JSON.stringify({ received: time, via: "ingest_a", v: 1, time, action: user === "-" ? "other" : "authn_login_fail", actor: { id: user } })}\n`,
    );
  });
  let end = 0;
  return {
    log: "main",
    first,
    count: users.length,
    bytes: Buffer.concat(lines),
    ends: Uint32Array.from(lines, (each) => (end += each.length)),
  };
}

function withHints(plain: SealedBatch, ruleSet = rules.name): SealedBatch {
  const pairs: number[] = [];
  let start = 0;
  for (let line = 0; line < plain.count; line++) {
    const event = JSON.parse(plain.bytes.toString("utf8", start, plain.ends[line])) as object;
    for (const rule of rules.set.match(event)) pairs.push(line, rule);
    start = plain.ends[line]!;
  }
  return { ...plain, hints: { ruleSet, pairs: Uint32Array.from(pairs) } };
}

/** Remembers what the real store would keep, in one step. */
class Memory {
  cursor: Cursor | undefined;
  findings: Finding[] = [];
  failNext = false;
  async record(findings: readonly Finding[], progress: AlertProgress): Promise<never[]> {
    if (this.failNext) {
      this.failNext = false;
      throw new Error("busy");
    }
    this.findings.push(...findings);
    this.cursor = {
      follower: progress.follower,
      log: "main",
      version: 1,
      next: progress.next,
    };
    return [];
  }
  async get(): Promise<Cursor | undefined> {
    return this.cursor;
  }
  async rewind(): Promise<void> {}
  snapshot: Snapshot | undefined;
  failSave = false;
  async load(): Promise<Snapshot | undefined> {
    return this.snapshot;
  }
  async save(_name: string, { next, of, pieces }: NewSnapshot): Promise<void> {
    if (this.failSave) throw new Error("no space");
    this.snapshot = { next, of, state: [...pieces].join("") };
  }
}

function detectWith(memory: Memory, more: Partial<DetectOptions> = {}): DetectFollower {
  return new DetectFollower({
    rules: createRulesInForce(rules),
    alerts: memory,
    cursors: memory,
    snapshots: memory,
    ...more,
  });
}

const triggers = (memory: Memory): number[] => memory.findings.map((each) => each.trigger);

describe("DetectFollower", () => {
  it("finds the same with hints, without them, and with hints of other rules", async () => {
    const plain = batch(0, ["alice", "bob", "-", "alice", "alice", "bob"]);
    for (const each of [plain, withHints(plain), withHints(plain, "other")]) {
      const memory = new Memory();
      const follower = detectWith(memory);
      expect(await follower.start()).toBe(0);
      await follower.handle(each);
      expect(triggers(memory)).toEqual([4]);
      expect(memory.findings[0]).toMatchObject({
        key: "alice",
        count: 3,
        evidence: [0, 3, 4],
        level: "high",
      });
    }
  });
  it("keeps its windows over a restart", async () => {
    const memory = new Memory();
    const first = detectWith(memory);
    await first.start();
    await first.handle(batch(0, ["alice", "alice"]));
    await first.close();
    const second = detectWith(memory);
    expect(await second.start()).toBe(2);
    await second.handle(batch(2, ["alice"]));
    expect(triggers(memory)).toEqual([2]);
  });
  it("replays from an older snapshot; under other rules what changed begins with empty windows", async () => {
    const memory = new Memory();
    const first = detectWith(memory);
    await first.start();
    await first.handle(batch(0, ["alice", "alice"]));
    await first.close();
    memory.cursor = { follower: "detect", log: "main", version: 1, next: 3 };
    const replayed = detectWith(memory);
    expect(await replayed.start()).toBe(2);
    await replayed.handle(batch(2, ["alice"]));
    expect(triggers(memory)).toEqual([2]);
    const changed = detectWith(memory, { rules: createRulesInForce(otherRules) });
    expect(await changed.start()).toBe(3);
    await changed.handle(batch(3, ["alice", "alice", "alice"]));
    expect(triggers(memory)).toEqual([2]);
  });
  it("takes over rules that were swapped while it runs, and keeps the windows of those that stayed", async () => {
    const memory = new Memory();
    const inForce = createRulesInForce(rules);
    const follower = detectWith(memory, { rules: inForce });
    await follower.start();
    await follower.handle(batch(0, ["alice", "alice"]));
    const more = loadRules([...rules.sources, { file: "any/rule.yml", text: ANY }]);
    inForce.swap(more);
    // The hints of the old set do not speak for the new one: the lines are matched again.
    await follower.handle(withHints(batch(2, ["-", "alice"])));
    expect(memory.findings.map(({ title, trigger }) => [title, trigger])).toEqual([
      ["Anything else", 2],
      ["Many failed sign-ins", 3],
    ]);
    inForce.swap(otherRules);
    await follower.handle(batch(4, ["alice", "alice", "alice"]));
    expect(memory.findings.length).toBe(2);
    await follower.handle(batch(7, ["alice"]));
    await follower.close();
    expect(memory.findings.at(-1)).toMatchObject({ trigger: 7, evidence: [4, 5, 6, 7] });
  });
  it("begins at the cursor with empty windows when a snapshot cannot be understood", async () => {
    const memory = new Memory();
    memory.snapshot = { next: 2, of: rules.name, state: '{"v":0}' };
    memory.cursor = { follower: "detect", log: "main", version: 1, next: 3 };
    expect(await detectWith(memory).start()).toBe(3);
  });
  it("sees attacks in a log that was cut back, with empty windows", async () => {
    const memory = new Memory();
    const before = detectWith(memory);
    await before.start();
    await before.handle(batch(0, ["-", "-", "-", "-", "alice", "alice"]));
    await before.close();
    const after = detectWith(memory);
    expect(await after.start()).toBe(6);
    await after.rewind(1);
    await after.handle(batch(1, ["alice"]));
    expect(triggers(memory)).toEqual([]);
    await after.handle(batch(2, ["alice", "alice"]));
    expect(triggers(memory)).toEqual([3]);
    expect(memory.snapshot?.next).toBe(1);
  });
  it("says that a snapshot could not be written, and goes on", async () => {
    const memory = new Memory();
    let now = 1_000_000;
    const follower = detectWith(memory, { now: () => now });
    await follower.start();
    memory.failSave = true;
    await follower.handle(batch(0, ["alice", "alice"]));
    await expect(follower.idle()).rejects.toThrow("no space");
    memory.failSave = false;
    now += 60_000;
    await follower.handle(batch(2, ["alice"]));
    await follower.close();
    expect(triggers(memory)).toEqual([2]);
    expect(memory.snapshot?.next).toBe(3);
  });
  it("records news at once and gathers repeats, losing none", async () => {
    const memory = new Memory();
    let now = 1_000_000;
    const follower = detectWith(memory, { now: () => now });
    await follower.start();
    await follower.handle(batch(0, ["alice", "alice", "alice"]));
    expect(triggers(memory)).toEqual([2]);
    now += 300;
    await follower.handle(batch(3, ["alice"]));
    await follower.idle();
    expect(triggers(memory)).toEqual([2]);
    await follower.handle(batch(4, ["bob", "bob", "bob"]));
    expect(triggers(memory)).toEqual([2, 3, 6]);
    now += 300;
    await follower.handle(batch(7, ["alice"]));
    await follower.close();
    now += 2000;
    await follower.idle();
    expect(triggers(memory)).toEqual([2, 3, 6, 7]);
  });
  it("counts no event twice when recording fails and the batch comes again", async () => {
    const memory = new Memory();
    const follower = detectWith(memory);
    await follower.start();
    memory.failNext = true;
    const again = batch(0, ["alice", "alice", "alice"]);
    await expect(follower.handle(again)).rejects.toThrow("busy");
    await follower.handle(again);
    expect(triggers(memory)).toEqual([2]);
    expect(memory.findings[0]?.count).toBe(3);
  });
});

describe("windowTime", () => {
  const event = { received: "2026-11-22T10:00:00.000Z", time: "2026-11-22T09:58:00.000Z", via: "ingest_a" };
  const at = (change: object): number =>
    windowTime({ ...event, ...change } as Parameters<typeof windowTime>[0]);
  it("is the event's own time when that is close to received, or when the key imports history", () => {
    expect(at({})).toBe(Date.parse(event.time));
    expect(at({ time: "2020-01-01T00:00:00.000Z", via: "backfill_a" })).toBe(
      Date.parse("2020-01-01T00:00:00.000Z"),
    );
  });
  it("is received when a live source's clock is off or unreadable", () => {
    expect(at({ time: "2020-01-01T00:00:00.000Z" })).toBe(Date.parse(event.received));
    expect(at({ time: "noon" })).toBe(Date.parse(event.received));
  });
});
