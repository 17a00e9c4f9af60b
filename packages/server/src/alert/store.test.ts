// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { compileRules, createCorrelator, parseSigma, type Finding } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "../self-log.js";
import type { State } from "../state/state.js";
import { openState } from "../state/state.js";
import type { AlertStore } from "./alert.js";
import { mergeEvidence } from "./grouping.js";
import { createAlertStore } from "./store.js";

let state: State;
let store: AlertStore;
let events: SelfEvent[];
let told: string[];

const BY = { kind: "user", id: "u-1", name: "alice" } as const;

beforeEach(() => {
  state = openState(":memory:");
  events = [];
  told = [];
  store = make();
});
afterEach(() => state.close());

function make(): AlertStore {
  const selfLog = { emit: (event: SelfEvent) => void events.push(event) };
  const made = createAlertStore({ state, selfLog, channels: ["webhook"], now: () => 1_700_000_000_000 });
  made.subscribe((alert, change) => void told.push(`${change}:${alert.key}:${alert.count}`));
  return made;
}

function finding(trigger: number, over: Partial<Finding> = {}): Finding {
  return {
    ruleId: "brute",
    title: "Password brute force",
    level: "high",
    tags: ["attack.t1110"],
    key: "alice",
    group: { "actor.id": "alice" },
    count: 5,
    fresh: 1,
    value: 5,
    firstTime: 1_000,
    lastTime: 1_000 + trigger,
    evidence: [trigger],
    trigger,
    ...over,
  };
}
const progress = (next: number) => ({
  follower: "detect",
  next,
});
const deliveries = () => state.db.selectFrom("deliveries").selectAll().execute();
const snapshotOfAll = async () => {
  const { alerts } = await store.list({ limit: 200 });
  return alerts.map((alert) => ({ ...alert, updatedAt: "" }));
};

/** What a fresh state holds after these batches. */
async function outcome(parts: Finding[][]) {
  await state.close();
  state = openState(":memory:");
  store = make();
  for (const part of parts) await store.record(part, progress(0));
  return (await snapshotOfAll()).map(({ id, key, count, evidence }) => ({
    id,
    key,
    count,
    evidence,
  }));
}

const PULSES = `
title: Refused
name: refused
logsource: {product: telltale}
detection: {s: {action: authz_fail}, condition: s}
---
title: Many refused
level: high
correlation: {type: event_count, rules: [refused], group-by: [actor.id], timespan: 10s, condition: {gte: 3}}
`;

describe("record", () => {
  it("counts every event once over episodes that share some, also when they come again", async () => {
    const rules = compileRules(parseSigma(PULSES, "pulses.yml"));
    const event = { action: "authz_fail", actor: { id: "bob" } };
    const replay = (): Finding[] => {
      const correlator = createCorrelator(rules);
      // The event at 12.5 s ends the first episode; the second one has the third event in its window again.
      return [1000, 2000, 3000, 12_500, 12_600].flatMap((time, index) => [
        ...correlator.observe({ index, time, event, matches: rules.match(event) }),
      ]);
    };
    await store.record(replay(), progress(5));
    await store.record(replay(), progress(5));
    const { alerts } = await store.list();
    expect(alerts).toMatchObject([{ count: 5, evidence: [0, 1, 2, 3, 4] }]);
  });
  it("makes one alert of repeats, with count, times and evidence", async () => {
    const first = await store.record([finding(5, { evidence: [1, 2, 3, 4, 5] })], progress(6));
    expect(first).toMatchObject([
      { status: "new", count: 5, evidence: [1, 2, 3, 4, 5], history: [{ field: "created" }] },
    ]);
    const second = await store.record([finding(7), finding(9), finding(8, { key: "bob" })], progress(10));
    expect(second).toHaveLength(2);
    expect(await store.get(first[0]?.id ?? "")).toMatchObject({
      count: 7,
      firstTime: 1_000,
      lastTime: 1_009,
      evidence: [1, 2, 3, 4, 5, 7, 9],
    });
    expect(await state.cursors.get("detect")).toMatchObject({ next: 10 });
    expect(told).toEqual(
      ["new:alice:5", "repeated:alice:7", "new:bob:5"].toSorted((a, b) => told.indexOf(a) - told.indexOf(b)),
    );
    expect(told).toHaveLength(3);
  });

  it("changes nothing when the same is recorded again", async () => {
    await store.record([finding(5), finding(7), finding(7, { key: "bob" })], progress(8));
    const before = await snapshotOfAll();
    told.length = 0;
    expect(await store.record([finding(5), finding(7), finding(7, { key: "bob" })], progress(8))).toEqual([]);
    expect(await snapshotOfAll()).toEqual(before);
    expect(told).toEqual([]);
    expect(await deliveries()).toHaveLength(2);
  });

  it("takes findings with old indices as new after the log was cut back", async () => {
    const [old] = await store.record([finding(5), finding(7)], progress(8));
    const [done] = await store.record([finding(6, { key: "bob" })], progress(8));
    await store.update(done?.id ?? "", { status: "resolved", verdict: "true_positive" }, BY);
    await store.rewind(3);
    const again = await store.record([finding(4), finding(6, { key: "bob" })], progress(7));
    expect(again).toHaveLength(2);
    const bob = again.find(({ key }) => key === "bob");
    expect(again.map(({ id }) => id)).toContain(old?.id);
    expect(bob?.status).toBe("new");
    expect(bob?.id).not.toBe(done?.id);
  });

  it("opens a new alert after the old one was resolved, but not for a replay", async () => {
    const [old] = await store.record([finding(5)], progress(6));
    await store.update(old?.id ?? "", { status: "resolved", verdict: "true_positive" }, BY);
    expect(await store.record([finding(5)], progress(6))).toEqual([]);
    const again = await store.record([finding(5), finding(20)], progress(21));
    expect(again).toMatchObject([{ status: "new", evidence: [20] }]);
    expect(again[0]?.id).not.toBe(old?.id);
    expect(await store.get(old?.id ?? "")).toMatchObject({ status: "resolved", count: 5 });
    expect(await store.countOpen()).toBe(1);
  });

  it("gives the same ids when the state is lost and the log replayed", async () => {
    await store.record([finding(5), finding(8, { key: "bob" })], progress(9));
    const ids = (await store.list()).alerts.map((alert) => alert.id);
    await state.close();
    state = openState(":memory:");
    store = make();
    await store.record([finding(5), finding(8, { key: "bob" })], progress(9));
    expect((await store.list()).alerts.map((alert) => alert.id)).toEqual(ids);
  });

  it("tells the channels of a new alert and of a rising level, not of repeats", async () => {
    const reasons = async () => (await deliveries()).map((row) => row.reason);
    await store.record([finding(1)], progress(2));
    await store.record([finding(2), finding(3, { level: "low" })], progress(4));
    expect(await reasons()).toEqual(["new"]);
    const [raised] = await store.record([finding(4, { level: "critical" })], progress(5));
    expect(await reasons()).toEqual(["new", "level"]);
    expect(raised).toMatchObject({ level: "critical" });
    expect(raised?.history.at(-1)).toMatchObject({ field: "level", from: "high", to: "critical" });
    const body = JSON.parse((await deliveries())[0]?.body ?? "") as unknown;
    expect(body).toMatchObject({ type: "alert", reason: "new", alert: { ruleId: "brute", count: 5 } });
  });

  it("keeps every alert of a flood, bounds the notifications and says so", async () => {
    const flood = Array.from({ length: 1_100 }, (_, i) => finding(i + 1, { key: `k${i}` }));
    expect(await store.record(flood, progress(2_000))).toHaveLength(1_100);
    expect(await store.countOpen()).toBe(1_100);
    expect(await deliveries()).toHaveLength(1_000);
    expect(await state.cursors.get("detect")).toMatchObject({ next: 2_000 });
    expect(events).toMatchObject([{ action: "log_notification_dropped", data: { count: 100 } }]);
    expect(await store.record(flood, progress(2_000))).toEqual([]);
  });

  it("moves neither alerts nor cursor when the transaction fails", async () => {
    await store.record([finding(1)], progress(2));
    const bad = finding(3, { firstTime: Number.NaN });
    await expect(store.record([finding(2), { ...bad, key: "x" }], progress(4))).rejects.toThrow("NOT NULL");
    expect(await state.cursors.get("detect")).toMatchObject({ next: 2 });
    expect(await snapshotOfAll()).toMatchObject([{ count: 5 }]);
  });

  it("keeps keys apart that only look alike", async () => {
    const keys = ["a", "a ", "A", "__proto__", "constructor", "a\u0000b", "\ud800", "\ud801", '"]', ""];
    await store.record(
      keys.map((key, i) => finding(i + 1, { key })),
      progress(20),
    );
    expect((await store.list()).alerts.map((alert) => alert.key).toSorted()).toEqual(keys.toSorted());
  });

  it("gives the same alerts whatever the batches and replays are", async () => {
    const seed = Date.now();
    const arbitrary = fc.tuple(
      fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), step: fc.integer({ min: 1, max: 3 }) }), {
        minLength: 1,
        maxLength: 25,
      }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 10 }),
      fc.integer({ min: 0, max: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([steps, sizes, back]) => {
        let index = 0;
        const findings = steps.map(({ key, step }) => finding((index += step), { key }));
        const parts: Finding[][] = [];
        for (let at = 0, turn = 0; at < findings.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          // Each batch begins `back` findings before the end of the last one, as after a crash.
          parts.push(findings.slice(Math.max(0, at - back), at + size));
          at += size;
        }
        expect(await outcome(parts)).toEqual(await outcome([findings]));
      }),
      { seed, numRuns: 30 },
    );
  });
});

describe("list", () => {
  it("pages newest first without gaps or repeats, and filters", async () => {
    await store.record(
      Array.from({ length: 25 }, (_, i) => finding(i + 1, { key: `k${i}`, lastTime: 1_000 + (i % 3) })),
      progress(30),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: 10, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.alerts.map((alert) => alert.id));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(25);
    await store.update(seen[0] ?? "", { status: "resolved" }, BY);
    await store.update(seen[1] ?? "", { status: "in_progress" }, BY);
    expect((await store.list({ status: "resolved" })).alerts).toHaveLength(1);
    expect((await store.list({ status: "in_progress" })).alerts).toHaveLength(1);
    expect((await store.list({ status: "new" })).alerts).toHaveLength(23);
    expect((await store.list({ status: "open" })).alerts).toHaveLength(24);
  });

  it.each(["x", "", "bm8", Buffer.from('["a","b"]').toString("base64url"), "ä".repeat(1_000)])(
    "refuses the cursor %s",
    async (cursor) => {
      await expect(store.list({ cursor })).rejects.toMatchObject({ code: "bad_request" });
    },
  );
});

describe("update", () => {
  it("changes what is named, keeps who did it, and logs it", async () => {
    const [alert] = await store.record([finding(1)], progress(2));
    const id = alert?.id ?? "";
    await store.update(id, { status: "in_progress", assignee: "u-1" }, BY);
    const done = await store.update(
      id,
      { status: "resolved", verdict: "benign", comment: "Pen test.", assignee: null },
      BY,
    );
    expect(done).toMatchObject({ status: "resolved", verdict: "benign" });
    expect(done.assignee).toBeUndefined();
    expect(done.history.map(({ field, from, to }) => [field, from, to])).toEqual([
      ["created", undefined, undefined],
      ["status", "new", "in_progress"],
      ["assignee", undefined, "u-1"],
      ["status", "in_progress", "resolved"],
      ["verdict", undefined, "benign"],
      ["assignee", "u-1", undefined],
      ["comment", undefined, "Pen test."],
    ]);
    expect(done.history[1]?.by).toEqual(BY);
    expect(events.map((event) => event.action)).toEqual(["log_alert_decided", "log_alert_decided"]);
    expect(events[1]).toMatchObject({ actor: { id: "u-1" }, targets: [{ type: "alert", id }] });
    events.length = 0;
    await store.update(id, { status: "resolved", verdict: "benign" }, BY);
    expect(events).toEqual([]);
  });

  it("refuses an alert that is not there", async () => {
    await expect(store.update("nope", { status: "resolved" }, BY)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await store.get("nope")).toBeUndefined();
  });
});

describe("evidence", () => {
  it("keeps the first ten and the last forty", () => {
    const all = Array.from({ length: 200 }, (_, i) => i);
    const kept = mergeEvidence(mergeEvidence([], all.slice(0, 90)), all.slice(80));
    expect(kept).toEqual([...all.slice(0, 10), ...all.slice(-40)]);
  });
});
