// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import { describe, expect, it } from "vitest";
import { createRulesInForce, loadRules } from "../../pipeline/rules.js";
import type { SelfEvent } from "../../self-log.js";
import type { SealedBatch } from "../follower.js";
import type { NewSnapshot, Snapshot } from "../snapshots.js";
import { DetectFollower } from "./detect.js";
import { EvictionReport } from "./evictions.js";
import { ABSENCE_DELAY_MS, IN_FLIGHT_MS } from "./stream-clock.js";

const RULES = `
title: Signed in
name: login
logsource: { product: telltale }
detection: { s: { action: authn_login_success }, condition: s }
---
title: Second factor
name: mfa
logsource: { product: telltale }
detection: { s: { action: authn_mfa_success }, condition: s }
---
title: Sign-in without a second factor
name: without
level: high
correlation: { type: temporal, rules: [login, mfa], group-by: [actor.id], timespan: 60s, condition: login and not mfa }
`;
const rules = loadRules([{ file: "x/rule.yml", text: RULES }]);
const start = Date.parse("2026-11-22T10:00:00.000Z");
const DELAY = ABSENCE_DELAY_MS / 1000;
const STILL = (ABSENCE_DELAY_MS + IN_FLIGHT_MS) / 1000;

/** Seconds after the start at which it was received, what happened, to whom, and how far the source's clock is off. */
type Line = [received: number, what: "login" | "mfa" | "other", user?: string, off?: number, via?: string];

function batchOf(first: number, lines: readonly Line[]): SealedBatch {
  const buffers = lines.map(([received, what, user = "u", off = 0, via = "ingest_a"]) => {
    const action = what === "other" ? "other" : `authn_${what === "login" ? "login" : "mfa"}_success`;
    const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();
    const event = {
      received: at(received),
      via,
      v: 1,
      time: at(received + off),
      action,
      actor: { id: user },
    };
    return Buffer.from(`${JSON.stringify(event)}\n`);
  });
  let end = 0;
  return {
    log: "main",
    first,
    count: lines.length,
    bytes: Buffer.concat(buffers),
    ends: Uint32Array.from(buffers, (each) => (end += each.length)),
  };
}

/** The disk of a server: what survives a kill. A finding is kept once for its rule, key and trigger. */
class Disk {
  readonly findings: Finding[] = [];
  next = 0;
  snapshot: Snapshot | undefined;
  async record(findings: readonly Finding[], progress: { next: number }): Promise<never[]> {
    for (const one of findings) {
      const known = this.findings.filter(({ ruleId, key }) => ruleId === one.ruleId && key === one.key);
      if (known.every(({ trigger }) => trigger < one.trigger)) this.findings.push(one);
    }
    this.next = progress.next;
    return [];
  }
  async get() {
    return { follower: "detect", log: "main", version: 1, next: this.next };
  }
  async rewind(): Promise<void> {}
  async load(): Promise<Snapshot | undefined> {
    return this.snapshot;
  }
  async save(_name: string, { next, of, pieces }: NewSnapshot): Promise<void> {
    this.snapshot = { next, of, state: [...pieces].join("") };
  }
}

/** A server on a disk with two clocks. */
class Server {
  wall = start;
  steady = 0;
  readonly told: SelfEvent[] = [];
  readonly disk: Disk;
  readonly follower: DetectFollower;
  constructor(disk = new Disk(), wall = start) {
    this.disk = disk;
    this.wall = wall;
    this.follower = new DetectFollower({
      rules: createRulesInForce(rules),
      alerts: disk,
      cursors: disk,
      snapshots: disk,
      selfLog: { emit: (event) => this.told.push(event) },
      now: () => this.wall,
      monotonic: () => this.steady,
    });
  }
  async handle(first: number, lines: readonly Line[]): Promise<void> {
    // As long as it takes until the last of them is received.
    const wait = Math.max(0, start + (lines.at(-1)?.[0] ?? 0) * 1000 - this.wall);
    this.wall += wait;
    this.steady += wait;
    await this.follower.handle(batchOf(first, lines));
    await this.pass(0.3);
  }
  /** Time passes on both clocks, with nothing coming. */
  async pass(seconds: number): Promise<void> {
    this.wall += seconds * 1000;
    this.steady += seconds * 1000;
    await this.follower.idle();
  }
  get triggers(): number[] {
    return this.disk.findings.map(({ trigger }) => trigger);
  }
}

async function begin(disk?: Disk, wall?: number): Promise<Server> {
  const server = new Server(disk, wall);
  await server.follower.start();
  return server;
}

describe("what did not happen, live", () => {
  it("is found when the stream goes on, by the time of other events", async () => {
    const server = await begin();
    await server.handle(0, [
      [0, "login", "alice"],
      [1, "login", "bob"],
      [30, "mfa", "bob"],
      [60 + DELAY - 1, "other", "carol"],
    ]);
    expect(server.triggers).toEqual([]);
    await server.handle(4, [[60 + DELAY, "other", "carol"]]);
    expect(server.disk.findings).toMatchObject([{ key: "alice", trigger: 0, title: /without/i }]);
  });
  it("is found when nothing comes any more", async () => {
    const server = await begin();
    await server.handle(0, [[0, "login"]]);
    await server.pass(60 + STILL - 2);
    expect(server.triggers).toEqual([]);
    await server.pass(3);
    expect(server.triggers).toEqual([0]);
    await server.pass(600);
    expect(server.triggers).toEqual([0]);
  });
  it("forgives a source whose clock is wrong, and an import of history", async () => {
    const server = await begin();
    await server.handle(0, [
      [0, "login", "slow", -240],
      [1, "login", "fast", 240],
      [2, "login", "old", -1e8, "backfill_a"],
      [50, "mfa", "slow", -240],
      [51, "mfa", "fast", 240],
      [52, "mfa", "old", -1e8, "backfill_a"],
      [53, "login", "older", -1e8, "backfill_a"],
    ]);
    await server.pass(600);
    expect(server.triggers).toEqual([6]);
  });
});

describe("what did not happen, over restarts", () => {
  const lines: Line[] = [
    [0, "login", "alice"],
    [10, "login", "bob"],
    [20, "mfa", "bob"],
    [100, "other"],
    [200, "login", "alice"],
    [210, "login", "bob"],
  ];
  it("is found once, with the same trigger, wherever the server is killed", async () => {
    const straight = await begin();
    for (const [i, line] of lines.entries()) await straight.handle(i, [line]);
    await straight.pass(300);
    expect(straight.triggers).toEqual([0, 4, 5]);
    for (let kill = 1; kill <= lines.length; kill++) {
      for (let kept = 1; kept <= kill; kept++) {
        // The snapshot is of the moment after `kept` events, and maybe in the middle of an open window.
        const disk = new Disk();
        const first = await begin(disk);
        for (const [i, line] of lines.slice(0, kept).entries()) await first.handle(i, [line]);
        await first.follower.close();
        const snapshot = disk.snapshot;
        for (const [i, line] of lines.slice(kept, kill).entries()) await first.handle(kept + i, [line]);
        const next = start + (lines[kill]?.[0] ?? 300) * 1000;
        if (kill % 2 === 1) await first.pass((next - first.wall) / 1000);
        disk.snapshot = snapshot;
        const second = await begin(disk, first.wall);
        const from = snapshot?.next ?? disk.next;
        if (from < kill) await second.handle(from, lines.slice(from, kill));
        for (const [i, line] of lines.slice(kill).entries()) await second.handle(kill + i, [line]);
        await second.pass(300);
        expect(second.triggers).toEqual([0, 4, 5]);
      }
    }
  });
  it("is found after a restart when the window ended while the server was down", async () => {
    const first = await begin();
    await first.handle(0, [[0, "login"]]);
    await first.follower.close();
    const second = await begin(first.disk, start + 3_600_000);
    await second.pass(1);
    expect(second.triggers).toEqual([0]);
  });
});

describe("clocks that jump", () => {
  it("ends no window early when the clock jumps ahead", async () => {
    const server = await begin();
    await server.handle(0, [[0, "login"]]);
    server.wall += 3_600_000;
    await server.pass(10);
    expect(server.triggers).toEqual([]);
    server.wall -= 3_600_000;
    await server.handle(1, [[20, "mfa"]]);
    await server.pass(600);
    expect(server.triggers).toEqual([]);
  });
  it("waits for a clock that jumped back, and finds once", async () => {
    const server = await begin();
    await server.handle(0, [[0, "login"]]);
    server.wall -= 1_000_000;
    await server.pass(600);
    expect(server.triggers).toEqual([]);
    // `received` stands still meanwhile, as in the log.
    await server.handle(1, [[0, "other"]]);
    await server.pass(600);
    expect(server.triggers).toEqual([0]);
    await server.pass(6000);
    expect(server.triggers).toEqual([0]);
  });
});

describe("evictions", () => {
  const stats = { keys: 5, entries: 9, waiting: 0, evictions: 3, givenUp: 0 };
  it("are told at once and then once an hour, with what came together", () => {
    const report = new EvictionReport(stats);
    expect(report.next(stats, "r", start)).toBeUndefined();
    const first = report.next({ ...stats, evictions: 4 }, "r", start);
    expect(first).toMatchObject({ action: "telltale_detect_evicted", data: { evictions: 1, givenUp: 0 } });
    expect(report.next({ ...stats, evictions: 40 }, "r", start + 1000)).toBeUndefined();
    const second = report.next({ ...stats, evictions: 50, givenUp: 2 }, "r", start + 3_600_000);
    expect(second).toMatchObject({ data: { evictions: 46, givenUp: 2 } });
    expect(second?.id).not.toBe(first?.id);
  });
  it("have the same id when the log is replayed", () => {
    const ids = [0, 0].map(() => new EvictionReport(stats).next({ ...stats, evictions: 9 }, "r", start)?.id);
    expect(ids[0]).toBe(ids[1]);
  });
});
