// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { parseQuery } from "@telltale/query";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Rig, until } from "../../../test/forward/rig.js";
import { createMetrics } from "../../metrics.js";
import type { SelfEvent } from "../../self-log.js";
import { openState } from "../../state/state.js";
import { FollowerRunner } from "../runner.js";
import { toWait, WAITS } from "./backoff.js";
import { createDeadLetters, type DeadLetter } from "./dead-letters.js";
import { createForwarders } from "./forwarders.js";
import { createPauses } from "./pauses.js";
import { ALL_TAKEN, TargetError, type DeliveryResult, type Outgoing, type Target } from "./target.js";

type Deliver = (batch: readonly Outgoing[], signal: AbortSignal) => Promise<DeliveryResult>;

/** A target that keeps what it gets, and answers as told. */
class Recorder implements Target {
  readonly name: string;
  readonly kind = "recorder";
  readonly batches: number[][] = [];
  isClosed = false;
  answer: Deliver = () => Promise.resolve(ALL_TAKEN);
  constructor(name = "t") {
    this.name = name;
  }
  get indices(): number[] {
    return this.batches.flat();
  }
  deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult> {
    this.batches.push(batch.map(({ index }) => index));
    return this.answer(batch, signal);
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** An answer that comes when it is released. */
function hold(): { answer: Deliver; release: () => void } {
  const waiting: (() => void)[] = [];
  return {
    answer: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(ALL_TAKEN));
      }),
    release() {
      for (const each of waiting.splice(0)) each();
    },
  };
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("Forwarder", () => {
  let rig: Rig;
  let target: Recorder;
  beforeEach(() => {
    rig = new Rig(20);
    target = new Recorder();
  });
  afterEach(async () => {
    await rig.stop();
    rig.dir.dispose();
  });
  const isDone = (): boolean => rig.forwarder.status().lag === 0;

  it("sends batches by count and by bytes", async () => {
    await rig.start(target, { batch: { events: 8, bytes: 1_000_000, waitMs: 0 } });
    await until(isDone, "all");
    expect(target.batches.map((each) => each.length)).toEqual([8, 8, 4]);
    await rig.stop();
    const size = Buffer.byteLength(rig.log.lines[10]!) + 1;
    rig.cursors.saved.clear();
    target.batches.length = 0;
    await rig.start(target, { batch: { events: 100, bytes: size * 3 + 10, waitMs: 0 } });
    await until(isDone, "all");
    expect(target.batches.map((each) => each.length)).toEqual([3, 3, 3, 3, 3, 3, 2]);
  });

  it("gathers for a while before it sends a small batch", async () => {
    let now = 1_000_000;
    await rig.start(target, { batch: { events: 100, bytes: 1_000_000, waitMs: 60_000 }, now: () => now });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(target.batches).toEqual([]);
    expect(rig.forwarder.status()).toMatchObject({ next: 0, lag: 20, state: "running" });
    now += 60_000;
    await until(isDone, "all");
    expect(target.batches).toEqual([upTo(20)]);
  });

  it("sends what the filter passes, and passes over the rest", async () => {
    const filter = parseQuery("action:authn_login_fail AND level:warn");
    const forwarder = await rig.start(target, { filter });
    await until(isDone, "all");
    expect(target.indices).toEqual([0, 3, 6, 9, 12, 15, 18]);
    expect(forwarder.status()).toMatchObject({ next: 20, counts: { delivered: 7 } });
  });

  it("passes over what was pruned, also when it is told to replay it", async () => {
    const { log } = rig;
    Object.assign(log, { firstKept: (index: number) => Math.max(index, 6) });
    const read = log.read.bind(log);
    log.read = (from, to, most) => {
      if (from < 6) throw new Error("pruned");
      return read(from, to, most);
    };
    const forwarder = await rig.start(target);
    await until(isDone, "what is left");
    await forwarder.replay(2);
    await until(() => isDone() && target.indices.length === 28, "what is left, again");
    expect(target.indices).toEqual([...upTo(20).slice(6), ...upTo(20).slice(6)]);
    expect(rig.errors).toEqual([]);
  });

  it("begins at the newest event where told so, also when it dies before there is one", async () => {
    await rig.start(target, { from: "now" });
    await rig.stop();
    rig.log.grow(3);
    await rig.start(target, { from: "now" });
    await until(isDone, "the newest");
    expect(target.indices).toEqual([20, 21, 22]);
  });

  it("sends again only what was not taken", async () => {
    let asked = 0;
    target.answer = () =>
      Promise.resolve(
        asked++ === 0
          ? { refused: [{ position: 1, reason: "no" }], again: [0, 3], why: "busy", afterMs: 1 }
          : ALL_TAKEN,
      );
    await rig.start(target, { batch: { events: 5, bytes: 1_000_000, waitMs: 0 } });
    await until(isDone, "all");
    expect(target.batches.slice(0, 3)).toEqual([
      [0, 1, 2, 3, 4],
      [0, 3],
      [5, 6, 7, 8, 9],
    ]);
    expect(rig.forwarder.status().counts).toEqual({ delivered: 19, refused: 1, retried: 2 });
    expect(rig.letters("t")).toMatchObject([{ address: "main:1", reason: "no" }]);
  });

  it("finds the event that a target chokes on, and sends larger batches again afterwards", async () => {
    target.answer = (batch) =>
      batch.some(({ index }) => index === 5)
        ? Promise.reject(new TargetError("bad_content", "answered 400"))
        : Promise.resolve(ALL_TAKEN);
    await rig.start(target, { batch: { events: 8, bytes: 1_000_000, waitMs: 0 } });
    await until(isDone, "all");
    expect(rig.letters("t").map(({ address }) => address)).toEqual(["main:5"]);
    expect(new Set(target.indices)).toEqual(new Set(upTo(20)));
    expect(target.batches.at(-1)!.length).toBeGreaterThan(1);
    expect(rig.forwarder.status()).toMatchObject({ state: "running", counts: { delivered: 19, refused: 1 } });
  });

  it.each([
    [{ refused: [], again: [7] }],
    [{ refused: [], again: [1, 0] }],
    [{ refused: [{ position: 0, reason: "" }], again: [0] }],
    [{ refused: [{ position: 0.5, reason: "" }], again: [] }],
    [{ refused: [], again: [-1] }],
  ])("takes an impossible result for none: %j", async (result) => {
    target.answer = () => Promise.resolve(target.batches.length === 1 ? result : ALL_TAKEN);
    await rig.start(target);
    await until(isDone, "all");
    expect(rig.forwarder.status()).toMatchObject({
      counts: { delivered: 20, refused: 0 },
      lastError: { code: "bad_answer" },
    });
  });

  it.each([
    ["unreachable", "waiting"],
    ["no_access", "failed"],
  ] as const)("stands where the first unconfirmed event is after %s", async (code, state) => {
    target.answer = () => Promise.reject(new TargetError(code, "not today"));
    await rig.start(target);
    await until(() => rig.forwarder.status().state === state, state);
    expect(rig.forwarder.standing()).toEqual({ next: 0, state, error: "not today" });
    await rig.forwarder.pause();
    expect(rig.forwarder.standing()).toEqual({ next: 0, state: "paused" });
  });

  it("shows nothing of an error that it does not know", async () => {
    target.answer = () =>
      target.batches.length === 1 ? Promise.reject(new Error("token abc")) : Promise.resolve(ALL_TAKEN);
    await rig.start(target);
    await until(isDone, "all");
    expect(rig.forwarder.status().lastError?.message).toBe("the delivery failed unexpectedly");
  });

  it("pauses over a restart, finishes what is under way, and goes on", async () => {
    const { answer, release } = hold();
    target.answer = answer;
    const first = await rig.start(target);
    await until(() => target.batches.length === 1, "under way");
    await first.pause();
    expect(first.status().state).toBe("paused");
    release();
    await until(() => first.status().counts.delivered === 7, "finished");
    await rig.stop();
    target.answer = () => Promise.resolve(ALL_TAKEN);
    const second = await rig.start(target);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(second.status()).toMatchObject({ state: "paused", next: 7, lag: 13 });
    expect(target.batches).toHaveLength(1);
    await second.resume();
    await until(isDone, "all");
    expect(target.indices).toEqual(upTo(20));
    await rig.stop();
    expect((await rig.start(target)).status().state).toBe("running");
  });

  it("asks at once when a person says so, however long the wait", async () => {
    target.answer = () => Promise.reject(new TargetError("no_access", "answered 403"));
    const forwarder = await rig.start(target, { waits: WAITS });
    await until(() => forwarder.status().state === "failed", "failed");
    expect(target.batches).toHaveLength(1);
    target.answer = () => Promise.resolve(ALL_TAKEN);
    await forwarder.resume();
    await until(isDone, "all");
    expect(forwarder.status()).toMatchObject({ state: "running", lastError: { code: "no_access" } });
  });

  it("replays in the middle of a delivery and refuses an index that it has not reached", async () => {
    const forwarder = await rig.start(target);
    await until(isDone, "all");
    target.batches.length = 0;
    const { answer, release } = hold();
    target.answer = answer;
    await forwarder.replay(10);
    await until(() => target.batches.length === 1, "under way");
    for (const bad of [-1, 1.5, Number.NaN, 11, 20])
      await expect(forwarder.replay(bad)).rejects.toMatchObject({ code: "bad_index" });
    await forwarder.replay(3);
    target.answer = () => Promise.resolve(ALL_TAKEN);
    release();
    await until(isDone, "all again");
    expect(target.batches.slice(1).flat()).toEqual(upTo(20).slice(3));
    expect(forwarder.status().next).toBe(20);
  });

  it("keeps events when a dead letter cannot be written, and says so", async () => {
    target.answer = (batch) =>
      Promise.resolve({
        refused: batch.flatMap(({ index }, position) => (index === 2 ? [{ position, reason: "no" }] : [])),
        again: [],
      });
    let isFull = true;
    const real = createDeadLetters(rig.dir.path);
    const deadLetters = {
      append: (name: string, letters: readonly DeadLetter[]) =>
        isFull ? Promise.reject(new Error("ENOSPC")) : real.append(name, letters),
    };
    const forwarder = await rig.start(target, { deadLetters });
    await until(() => rig.errors.length > 1, "told to the runner");
    expect(forwarder.status()).toMatchObject({
      state: "waiting",
      next: 0,
      lastError: { code: "internal", message: "ENOSPC" },
    });
    isFull = false;
    await until(isDone, "all");
    expect(rig.letters("t").map(({ address }) => address)).toEqual(["main:2"]);
  });

  it("holds no more than one batch of the log while its target is dead, and delays no other", async () => {
    target.answer = () => Promise.reject(new TargetError("unreachable", "no connection"));
    await rig.start(target);
    const other = new Recorder("other");
    const healthy = new Rig(0);
    healthy.log.lines.push(...rig.log.lines);
    await healthy.start(other);
    await until(() => target.batches.length > 3, "several attempts");
    let reads = 0;
    const read = rig.log.read.bind(rig.log);
    rig.log.read = (...args) => {
      reads++;
      return read(...args);
    };
    rig.log.grow(2000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads).toBe(0);
    expect(new Set(target.indices)).toEqual(new Set(upTo(7)));
    expect(rig.forwarder.status()).toMatchObject({ state: "waiting", lag: 2020 });
    await until(() => healthy.forwarder.status().lag === 0, "the other");
    await healthy.stop();
    healthy.dir.dispose();
  });

  it("closes its target, and stops a wait at once", async () => {
    target.answer = () => Promise.reject(new TargetError("busy", "answered 503", { afterMs: 600_000 }));
    await rig.start(target);
    await until(() => target.batches.length === 1, "asked");
    const began = Date.now();
    await rig.stop();
    expect(Date.now() - began).toBeLessThan(200);
    expect(target.isClosed).toBe(true);
  });
});

describe("Forwarders", () => {
  it("keep their place in the state, show themselves and record what people do", async () => {
    const rig = new Rig(10);
    const dir = tempDir("forwarders");
    const state = openState(path.join(dir.path, "state.db"));
    const events: SelfEvent[] = [];
    const metrics = createMetrics();
    const target = new Recorder("siem");
    const forwarders = createForwarders({
      targets: [
        {
          name: "siem",
          to: "webhook",
          filterText: undefined,
          filter: undefined,
          from: "beginning",
          batch: { events: 4, bytes: 100_000, waitMs: 0 },
          create: () => target,
        },
      ],
      log: rig.log,
      cursors: state.cursors,
      dir: path.join(dir.path, "forward"),
      selfLog: { emit: (event) => events.push(event) },
      metrics,
    });
    const runner = new FollowerRunner({ log: rig.log, logName: "main", onError() {}, onAhead() {} });
    await runner.start(forwarders.followers);
    const by = { kind: "user", id: "u1", name: "Ada" } as const;
    await until(() => forwarders.status()[0]!.lag === 0, "all");
    expect(await forwarders.pause("siem", by)).toMatchObject({ name: "siem", state: "paused" });
    expect(readdirSync(path.join(dir.path, "forward"))).toEqual(["siem.paused"]);
    expect(await forwarders.replay("siem", { index: 8 }, by)).toMatchObject({ next: 8, lag: 2 });
    expect(await forwarders.resume("siem", by)).toMatchObject({ state: "running" });
    await until(() => forwarders.status()[0]!.lag === 0, "the last two again");
    expect(target.indices).toEqual([...upTo(10), 8, 9]);
    await expect(forwarders.pause("nobody", by)).rejects.toMatchObject({ code: "unknown_target" });
    expect(events.map(({ action, reason }) => `${action} ${reason}`)).toEqual([
      "log_forward_changed paused",
      "log_forward_changed replayed",
      "log_forward_changed resumed",
    ]);
    expect(metrics.render()).toContain('telltale_forward_events{target="siem",outcome="delivered"} 12');
    forwarders.stop();
    await runner.close();
    expect(await state.cursors.get("forward:siem")).toMatchObject({ next: 10, version: 1 });
    await state.close();
    dir.dispose();
    rig.dir.dispose();
  });
});

describe("dead letters", () => {
  it("stay within twice their bound, the newest last, for the owner alone", async () => {
    const dir = tempDir("dead");
    const letters = createDeadLetters(path.join(dir.path, "new"), 4000);
    for (let n = 0; n < 100; n++) {
      await letters.append("t", [
        {
          at: "2026-11-22T10:00:00.000Z",
          target: "t",
          address: `main:${n}`,
          id: "i",
          action: "a",
          reason: "r".repeat(1000),
        },
      ]);
    }
    const files = readdirSync(path.join(dir.path, "new"));
    expect(files.sort()).toEqual(["t.dead.1.jsonl", "t.dead.jsonl"]);
    for (const file of files) {
      const { size, mode } = statSync(path.join(dir.path, "new", file));
      expect(size).toBeLessThanOrEqual(4000);
      expect(mode & 0o777).toBe(0o600);
    }
    const last = readFileSync(path.join(dir.path, "new", "t.dead.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .at(-1);
    expect(JSON.parse(last!)).toMatchObject({ address: "main:99", reason: `${"r".repeat(300)}…` });
    const newest = await letters.newest("t", 2);
    expect(newest.map(({ address }) => address)).toEqual(["main:99", "main:98"]);
    dir.dispose();
  });
});

describe("reading dead letters", () => {
  it("passes over what is none, and finds none where there is no file", async () => {
    const dir = tempDir("dead");
    const letters = createDeadLetters(dir.path);
    expect(await letters.newest("t", 5)).toEqual([]);
    const letter = { at: "x", target: "t", address: "main:1", id: "i", action: "a", reason: "r" };
    const lines = ['torn":1}', "null", "[]", '{"address":5}', JSON.stringify(letter), '{"at":"half'];
    writeFileSync(path.join(dir.path, "t.dead.jsonl"), lines.join("\n"));
    expect(await letters.newest("t", 5)).toEqual([letter]);
    dir.dispose();
  });
});

describe("pauses", () => {
  it("are files that a person may remove", async () => {
    const dir = tempDir("pauses");
    const pauses = createPauses(dir.path);
    expect(await pauses.isPaused("t")).toBe(false);
    await pauses.set("t", true);
    await pauses.set("t", true);
    expect(await pauses.isPaused("t")).toBe(true);
    expect(await pauses.isPaused("u")).toBe(false);
    rmSync(path.join(dir.path, "t.paused"));
    expect(await pauses.isPaused("t")).toBe(false);
    await pauses.set("t", false);
    writeFileSync(path.join(dir.path, "v.paused"), "");
    expect(await pauses.isPaused("v")).toBe(true);
    dir.dispose();
  });
});

describe("toWait", () => {
  it("doubles up to its limit, with jitter, and heeds a wish within reason", () => {
    const waits = { firstMs: 100, maxMs: 1000, stoppedMs: 5000 };
    expect([1, 2, 3, 4, 5, 99].map((n) => toWait(waits, n, 0.5))).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(toWait(waits, 1, 0)).toBe(75);
    expect(toWait(waits, 1, 0.999)).toBe(125);
    expect(toWait(waits, 1, 0.5, 700)).toBe(700);
    expect(toWait(waits, 1, 0.5, Number.MAX_SAFE_INTEGER)).toBe(900_000);
    expect(toWait(waits, 3, 0.5, 1)).toBe(400);
  });
});
