// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { compileRules, createCorrelator, parseSigma, type Finding } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "../self-log.js";
import type { State } from "../state/state.js";
import { openState } from "../state/state.js";
import { LogError } from "@telltale/log";
import { drainSelfEvents } from "../access/self-outbox.js";
import type { AlertFilter, AlertStore } from "./alert.js";
import { mergeEvidence } from "./grouping.js";
import { createAlertStore } from "./store.js";

let state: State;
let store: AlertStore;
let events: SelfEvent[];
let told: string[];
let clock: number;
/** Why nothing can be sealed. */
let sealing: Error | undefined;

const BY = { kind: "user", id: "u-1", name: "alice" } as const;

beforeEach(() => {
  state = openState(":memory:");
  events = [];
  told = [];
  clock = 1_700_000_000_000;
  sealing = undefined;
  store = make();
});
afterEach(() => state.close());

function make(): AlertStore {
  const selfLog = {
    emit: (event: SelfEvent) => void events.push(event),
    seal: async (sealed: readonly SelfEvent[]) => {
      if (sealing !== undefined) throw sealing;
      events.push(...sealed);
    },
  };
  const made = createAlertStore({ state, selfLog, channels: ["webhook"], now: () => clock });
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
const reasons = async () => (await deliveries()).map((row) => row.reason);
const one = async () => (await store.list({ kind: "any" })).alerts[0];
/** Twenty of one rule, five of another, in turn of level medium and high. */
const make25 = () =>
  store.record(
    Array.from({ length: 25 }, (_, i) =>
      finding(i + 1, {
        key: `k${i}`,
        ruleId: i < 20 ? "brute" : "spray",
        level: i % 2 ? "high" : "medium",
      }),
    ),
    progress(30),
  );
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
    expect(bob).toMatchObject({ id: done?.id, status: "new", regressed: 1 });
  });

  it("reopens a resolved alert as regressed, but not for a replay", async () => {
    const [old] = await store.record([finding(5)], progress(6));
    await store.update(old?.id ?? "", { status: "resolved", verdict: "true_positive" }, BY);
    expect(await store.record([finding(5)], progress(6))).toEqual([]);
    clock += 60_000;
    const [again] = await store.record([finding(5), finding(20)], progress(21));
    expect(again).toMatchObject({ id: old?.id, status: "new", regressed: 1, count: 6, evidence: [5, 20] });
    expect(again?.verdict).toBeUndefined();
    expect(again?.raisedAt).not.toBe(old?.raisedAt);
    expect(again?.risk).toBeGreaterThan(old?.risk ?? 0);
    expect(again?.history.at(-1)).toMatchObject({ field: "regressed", from: "true_positive" });
    expect((await deliveries()).map((row) => row.reason)).toEqual(["new", "regressed"]);
    expect(await store.countOpen()).toBe(1);
    // A second hit in the same batch or later is a repeat, not another regression.
    expect(await store.record([finding(22)], progress(23))).toMatchObject([{ regressed: 1 }]);
    expect(await deliveries()).toHaveLength(2);
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

describe("below the level of alerts", () => {
  it("is a finding: listed apart, not told, not open; and an alert as soon as its level is", async () => {
    const [low] = await store.record([finding(1, { level: "low" })], progress(2));
    expect(low).toMatchObject({ kind: "finding" });
    expect(await deliveries()).toEqual([]);
    expect((await store.list()).alerts).toEqual([]);
    expect((await store.list({ kind: "finding" })).alerts).toHaveLength(1);
    expect((await store.list({ kind: "any" })).total).toBe(1);
    expect(await store.countOpen()).toBe(0);
    const [risen] = await store.record([finding(2, { level: "medium" })], progress(3));
    expect(risen).toMatchObject({ id: low?.id, kind: "alert", level: "medium" });
    expect(risen?.history.map((change) => change.field)).toEqual(["created", "level", "alerted"]);
    expect((await deliveries()).map((row) => row.reason)).toEqual(["new"]);
  });
});

describe("silence", () => {
  const HOUR = 3_600_000;

  it("snoozes until a time, then is what it was, and says so", async () => {
    const [alert] = await store.record([finding(1)], progress(2));
    const id = alert?.id ?? "";
    await store.update(id, { status: "in_progress" }, BY);
    const snoozed = await store.update(id, { snooze: clock + HOUR }, BY);
    expect(snoozed).toMatchObject({ status: "suppressed", snoozedUntil: clock + HOUR });
    expect(await store.countOpen()).toBe(0);
    await store.record([finding(2)], progress(3));
    clock += HOUR - 1;
    expect(await store.wake()).toEqual([]);
    clock += 1;
    expect(await store.wake()).toMatchObject([{ id, status: "in_progress", count: 6 }]);
    expect((await one())?.snoozedUntil).toBeUndefined();
    expect(await store.wake()).toEqual([]);
    expect(await reasons()).toEqual(["new", "snooze_over"]);
  });

  it("mutes until there are so many times the events, or the level rises", async () => {
    const [alert] = await store.record([finding(1), finding(1, { key: "bob" })], progress(2));
    const all = (await store.list()).alerts;
    await store.updateMany({ ids: all.map((each) => each.id) }, { mute: 2 }, BY);
    expect(await store.record([finding(2, { fresh: 4 })], progress(3))).toMatchObject([
      { status: "suppressed", count: 9, mutedUntilCount: 10 },
    ]);
    expect(await store.record([finding(3)], progress(4))).toMatchObject([{ status: "new", count: 10 }]);
    expect(await store.record([finding(4, { key: "bob", level: "critical" })], progress(5))).toMatchObject([
      { status: "new", level: "critical" },
    ]);
    expect(await reasons()).toEqual(["new", "new", "unmuted", "unmuted"]);
    expect(alert).toBeDefined();
  });

  it.each([
    [{ snooze: 0 }],
    [{ snooze: 1_700_000_000_000 }],
    [{ snooze: 1_700_000_000_000 + 367 * 86_400_000 }],
    [{ snooze: Number.NaN }],
    [{ mute: 1 }],
    [{ mute: 1.5 }],
    [{ mute: 2, status: "new" as const }],
  ])("refuses %j", async (patch) => {
    const [alert] = await store.record([finding(1)], progress(2));
    await expect(store.update(alert?.id ?? "", patch, BY)).rejects.toMatchObject({ code: "bad_request" });
    expect(await one()).toMatchObject({ status: "new" });
  });

  it("does not silence what is resolved, and a decision ends the silence", async () => {
    const [alert] = await store.record([finding(1)], progress(2));
    const id = alert?.id ?? "";
    await store.update(id, { mute: 5 }, BY);
    expect(await store.update(id, { status: "resolved" }, BY)).not.toHaveProperty("mutedUntilCount");
    await expect(store.update(id, { mute: 5 }, BY)).rejects.toMatchObject({ code: "bad_request" });
    expect(await store.record([finding(2)], progress(3))).toMatchObject([{ status: "new", regressed: 1 }]);
  });
});

describe("many at once", () => {
  it("changes all that a filter finds, with one entry and one event each", async () => {
    await make25();
    const where = { rule: "brute", levels: ["high"] as const };
    const { total } = await store.list(where);
    const changed = await store.updateMany(
      { where, expect: total },
      { status: "resolved", verdict: "test" },
      BY,
    );
    expect(changed).toHaveLength(10);
    for (const each of changed)
      expect(each.history.slice(1)).toMatchObject([
        { field: "status", to: "resolved", by: BY },
        { field: "verdict", to: "test" },
      ]);
    expect(events).toHaveLength(10);
    expect(new Set(events.map((event) => event.targets?.[0]?.id)).size).toBe(10);
    expect(new Set(events.map((event) => event.id)).size).toBe(10);
    expect(events[0]).toMatchObject({ data: { togetherWith: 9 } });
    expect(await store.countOpen()).toBe(15);
    expect(await state.db.selectFrom("self_events").selectAll().execute()).toEqual([]);
  });

  it("changes none when one is not there, or when more match than were seen", async () => {
    const [first] = await make25();
    const before = await snapshotOfAll();
    const ids = [first?.id ?? "", "nope"];
    await expect(store.updateMany({ ids }, { status: "resolved" }, BY)).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(
      store.updateMany({ where: {}, expect: 24 }, { status: "resolved" }, BY),
    ).rejects.toMatchObject({ code: "conflict" });
    expect(await snapshotOfAll()).toEqual(before);
    expect(events).toEqual([]);
  });

  it("refuses more than a thousand", async () => {
    const flood = Array.from({ length: 1_001 }, (_, i) => finding(i + 1, { key: `k${i}` }));
    await store.record(flood, progress(2_000));
    events.length = 0;
    const change = store.updateMany({ where: {}, expect: 2_000 }, { status: "resolved" }, BY);
    await expect(change).rejects.toMatchObject({ code: "conflict" });
    await store.updateMany({ where: { since: 2_001 }, expect: 1 }, { status: "resolved" }, BY);
    expect(
      await store.updateMany({ where: { status: "open" }, expect: 1_000 }, { assignee: "ada" }, BY),
    ).toHaveLength(1_000);
    expect(events).toHaveLength(1_001);
  });
});

describe("the log", () => {
  it("has the decision before the answer; what cannot be sealed waits, and is not lost", async () => {
    const [alert] = await store.record([finding(1)], progress(2));
    const id = alert?.id ?? "";
    sealing = new LogError("closed", "gone");
    await expect(store.update(id, { status: "resolved" }, BY)).rejects.toMatchObject({ code: "unavailable" });
    expect(await store.get(id)).toMatchObject({ status: "resolved" });
    sealing = undefined;
    await drainSelfEvents(state, { emit() {}, seal: async (sealed) => void events.push(...sealed) });
    expect(events).toMatchObject([
      { action: "log_alert_decided", targets: [{ id }], time: expect.any(String) as string },
    ]);
  });
});

describe("verdicts", () => {
  it("name the alert that covers a duplicate, and no circle", async () => {
    await store.record(
      [finding(1, { key: "a" }), finding(2, { key: "b" }), finding(3, { key: "c" })],
      progress(4),
    );
    const [c, b, a] = (await store.list()).alerts.map((each) => each.id) as [string, string, string];
    const refused = { code: "bad_request" };
    await expect(store.update(a, { verdict: "benign", duplicateOf: b }, BY)).rejects.toMatchObject(refused);
    await expect(store.update(a, { verdict: "duplicate", duplicateOf: a }, BY)).rejects.toMatchObject(
      refused,
    );
    await expect(store.update(a, { verdict: "duplicate", duplicateOf: "x" }, BY)).rejects.toMatchObject(
      refused,
    );
    expect(await store.update(a, { verdict: "duplicate", duplicateOf: b }, BY)).toMatchObject({
      duplicateOf: b,
    });
    await expect(store.update(b, { verdict: "duplicate", duplicateOf: a }, BY)).rejects.toMatchObject(
      refused,
    );
    await expect(store.update(b, { verdict: "duplicate", duplicateOf: c }, BY)).rejects.toMatchObject(
      refused,
    );
    expect(await store.update(a, { verdict: "benign" }, BY)).not.toHaveProperty("duplicateOf");
  });

  it("make the precision of a rule, one for each time that an alert was open", async () => {
    await store.record([finding(1, { key: "a" }), finding(2, { key: "b" })], progress(3));
    const [b, a] = (await store.list()).alerts.map((each) => each.id) as [string, string];
    expect(await store.precision()).toMatchObject([
      { ruleId: "brute", alerts: 2, hits: 10, open: 2, precision: null },
    ]);
    await store.update(a, { verdict: "true_positive", status: "resolved" }, BY);
    await store.update(b, { verdict: "true_positive" }, BY);
    await store.update(b, { verdict: "false_positive", status: "resolved" }, BY);
    expect(await store.precision("brute")).toMatchObject([
      { verdicts: { true_positive: 1, false_positive: 1 }, precision: 0.5, open: 0 },
    ]);
    await store.record([finding(9, { key: "a" })], progress(10));
    await store.update(a, { verdict: "true_positive" }, BY);
    expect(await store.precision("brute")).toMatchObject([
      { verdicts: { true_positive: 2, false_positive: 1 }, precision: 2 / 3, open: 1, lastHit: 1_009 },
    ]);
    await store.update(a, { verdict: null }, BY);
    expect(await store.precision("brute")).toMatchObject([{ precision: 0.5 }]);
    expect(await store.precision("other")).toEqual([]);
  });
});

describe("checklist", () => {
  it("keeps who did which step, and takes it back", async () => {
    const [alert] = await store.record([finding(1)], progress(2));
    const id = alert?.id ?? "";
    const check = { step: "0123456789abcdef", text: "Ask the owner", done: true };
    expect(await store.update(id, { check }, BY)).toMatchObject({ checks: [{ step: check.step, by: BY }] });
    await store.update(id, { check }, BY);
    const back = await store.update(id, { check: { ...check, done: false } }, BY);
    expect(back.checks).toEqual([]);
    expect(back.history.map((change) => change.field)).toEqual(["created", "check", "uncheck"]);
    expect(events).toHaveLength(2);
  });
});

describe("filters", () => {
  it("find by text without case, by assignee, verdict, time and risk, with nothing as a wildcard", async () => {
    await store.record(
      [
        finding(1, { key: "a", title: "100% Odd_Name", group: { "actor.id": 'al"ice\\' } }),
        finding(2, { key: "b", level: "critical" }),
        finding(3, { key: "c", level: "medium", group: { "client.ip": "203.0.113.7" } }),
      ],
      progress(4),
    );
    const keys = async (filter: AlertFilter) => (await store.list(filter)).alerts.map((each) => each.key);
    expect(await keys({ text: "odd_name" })).toEqual(["a"]);
    expect(await keys({ text: "%" })).toEqual(["a"]);
    expect(await keys({ text: 'al"ice\\' })).toEqual(["a"]);
    expect(await keys({ text: "203.0.113" })).toEqual(["c"]);
    expect(await keys({ order: "risk" })).toEqual(["b", "a", "c"]);
    expect(await keys({ since: 1_002 })).toEqual(["c", "b"]);
    const b = (await store.list({ levels: ["critical"] })).alerts[0]?.id ?? "";
    await store.update(b, { assignee: "none", verdict: "suspicious" }, BY);
    expect(await keys({ assignee: { name: "none" } })).toEqual(["b"]);
    expect(await keys({ assignee: "none" })).toEqual(["c", "a"]);
    expect(await keys({ verdict: "none" })).toEqual(["c", "a"]);
    expect(await keys({ verdict: "suspicious" })).toEqual(["b"]);
    const first = await store.list({ order: "risk", limit: 1 });
    expect(first).toMatchObject({ total: 3, alerts: [{ key: "b" }] });
    expect(await keys({ order: "risk", cursor: first.next ?? "" })).toEqual(["a", "c"]);
    await expect(store.list({ cursor: first.next ?? "" })).rejects.toMatchObject({ code: "bad_request" });
    expect((await store.similar(b, 10)).map((each) => each.key)).toEqual(["c", "a"]);
  });
});
