// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { compileRules, type Finding, parseSigma } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "../../self-log.js";
import { openState, type State } from "../../state/state.js";
import type { AlertStore } from "../alert.js";
import { createAlertStore } from "../store.js";
import type { NewException } from "./exception.js";
import { Exceptions } from "./exceptions.js";
import { previewException } from "./preview.js";
import { toScope } from "./scope.js";

const RULES = `
title: Refused
name: refused
logsource: {product: telltale, category: application}
detection: {s: {action: authz_fail}, condition: s}
---
title: Many refused
id: 00000000-0000-4000-8000-000000000002
level: high
correlation: {type: event_count, rules: [refused], group-by: [actor.id], timespan: 10s, condition: {gte: 3}}
---
title: Many refused from one address
id: 00000000-0000-4000-8000-000000000003
level: high
correlation: {type: event_count, rules: [refused], group-by: [client.ip], timespan: 10s, condition: {gte: 3}}
---
title: Nameless
logsource: {product: telltale, category: application}
detection: {s: {action: x}, condition: s}
`;
const MANY = "00000000-0000-4000-8000-000000000002";
const BY = { kind: "user", id: "u-1", name: "ada", role: "analyst" } as const;
const DAY = 86_400_000;

const rules = compileRules(parseSigma(RULES, "rules.yml"));
let state: State;
let clock: number;
let events: SelfEvent[];
let sealing: Error | undefined;
let exceptions: Exceptions;
const selfLog = {
  emit: (event: SelfEvent) => void events.push(event),
  seal: async (sealed: readonly SelfEvent[]) => {
    if (sealing !== undefined) throw sealing;
    events.push(...sealed);
  },
};
const open = () =>
  Exceptions.open({
    state,
    selfLog,
    now: () => clock,
    scopeOf: (ruleId) => toScope(rules, ruleId),
    onError(error) {
      throw error;
    },
  });
const wanted = (over: Partial<NewException> = {}): NewException => ({
  ruleId: MANY,
  title: "Load test",
  reason: "nightly",
  owner: "ada",
  where: { "actor.id": ["job"] },
  expires: clock + 90 * DAY,
  ...over,
});

beforeEach(async () => {
  state = openState(":memory:");
  clock = Date.parse("2026-11-23T12:00:00Z");
  events = [];
  sealing = undefined;
  exceptions = await open();
});
afterEach(() => state.close());

const toFinding = (key: string, evidence: number[], ruleId = MANY): Finding => ({
  ruleId,
  title: "Many refused",
  level: "high",
  tags: [],
  key,
  group: {},
  count: evidence.length,
  fresh: evidence.length,
  value: 3,
  firstTime: clock,
  lastTime: clock,
  evidence,
  trigger: evidence.at(-1) ?? 0,
});

describe("exceptions", () => {
  it("are filters in force, told to whoever compiles the rules, and events", async () => {
    let told = 0;
    const stop = exceptions.subscribe(() => told++);
    const made = await exceptions.create(wanted(), BY, { vanishing: 3 });
    expect(made).toMatchObject({ state: "active", owner: "ada", hits: 0, createdBy: "ada" });
    expect(exceptions.active()).toMatchObject([
      { kind: "filter", id: made.id, rules: ["refused"], logsource: { product: "telltale" } },
    ]);
    expect(exceptions.active()).toBe(exceptions.active());
    expect(told).toBe(1);
    expect(events).toMatchObject([
      {
        action: "log_exception_created",
        actor: { id: "u-1" },
        message: "nightly",
        data: { vanishing: 3, filter: made.filter, owner: "ada" },
      },
    ]);
    stop();
    await exceptions.end(made.id, "over", BY);
    expect(told).toBe(1);
    expect(exceptions.active()).toEqual([]);
    expect(await exceptions.get(made.id)).toMatchObject({
      state: "ended",
      endedBy: "ada",
      endReason: "over",
    });
    expect(events.at(-1)).toMatchObject({ action: "log_exception_ended", message: "over" });
    await expect(exceptions.end(made.id, "again", BY)).rejects.toMatchObject({ code: "conflict" });
    await expect(exceptions.change(made.id, { owner: "bob" }, BY)).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(exceptions.end("nope", "x", BY)).rejects.toMatchObject({ code: "not_found" });
  });

  it("end by themselves at their time, which is an event; also while nobody looks", async () => {
    const made = await exceptions.create(wanted({ expires: clock + DAY }), BY);
    clock += DAY - 1;
    await exceptions.look();
    expect(exceptions.active()).toHaveLength(1);
    clock += 1;
    expect(exceptions.active()).toEqual([]);
    expect(await exceptions.get(made.id)).toMatchObject({ state: "expired" });
    await exceptions.look();
    await exceptions.look();
    expect(events.map((event) => event.action)).toEqual(["log_exception_created", "log_exception_expired"]);
    expect(await exceptions.list({ state: "expired" })).toHaveLength(1);
    expect(await exceptions.list({ state: "active" })).toEqual([]);
  });

  it("can be prolonged, within bounds, and say what changed", async () => {
    const made = await exceptions.create(wanted(), BY);
    const longer = await exceptions.change(made.id, { owner: "bob", expires: clock + 200 * DAY }, BY);
    expect(longer).toMatchObject({ owner: "bob", expiresAt: new Date(clock + 200 * DAY).toISOString() });
    expect(events.at(-1)?.changes?.map((change) => change.field)).toEqual(["owner", "expires"]);
    for (const expires of [clock, clock - 1, clock + 367 * DAY, Number.NaN])
      await expect(exceptions.change(made.id, { expires }, BY)).rejects.toMatchObject({
        code: "bad_request",
      });
  });

  it.each([
    { ruleId: "nope" },
    { ruleId: "Nameless" },
    { ruleId: "telltale-review-overdue" },
    { where: { "actor.id|nonsense": ["x"] } },
    { expires: 0 },
    { expires: Number.POSITIVE_INFINITY },
  ])("refuse %j", async (over) => {
    await expect(exceptions.create(wanted(over), BY)).rejects.toMatchObject({ code: "bad_request" });
    expect(events).toEqual([]);
  });

  it("count what they kept quiet, over a restart", async () => {
    const made = await exceptions.create(wanted(), BY);
    exceptions.countHits(made.id, 3);
    exceptions.countHits("nope", 3);
    expect(await exceptions.get(made.id)).toMatchObject({ hits: 3, lastHit: new Date(clock).toISOString() });
    exceptions.countHits(made.id, 2);
    await exceptions.flush();
    exceptions = await open();
    expect(exceptions.active()).toHaveLength(1);
    expect(await exceptions.list()).toMatchObject([{ id: made.id, hits: 5 }]);
  });

  it("are in force also when the event waits for the log", async () => {
    sealing = new LogError("closed", "gone");
    await expect(exceptions.create(wanted(), BY)).rejects.toMatchObject({ code: "unavailable" });
    expect(exceptions.active()).toHaveLength(1);
    expect(await state.db.selectFrom("self_events").selectAll().execute()).toHaveLength(1);
  });
});

describe("the scope of an exception", () => {
  it("is the rules below, and all that stand on them", () => {
    expect(toScope(rules, MANY)).toEqual({
      rules: ["refused"],
      logsource: { product: "telltale", category: "application" },
      affected: [MANY, "00000000-0000-4000-8000-000000000003"],
      titles: ["Many refused", "Many refused from one address"],
    });
    expect(toScope(rules, "nope")).toBeUndefined();
  });
});

describe("a preview", () => {
  let alerts: AlertStore;
  const sealed: object[] = [];
  const log = {
    get size() {
      return sealed.length;
    },
    read: (index: number) => {
      if (sealed[index] === undefined) throw new LogError("pruned", "gone");
      const bytes = Buffer.from(`${JSON.stringify(sealed[index])}\n`);
      return Promise.resolve({ bytes, ends: Uint32Array.of(bytes.length) });
    },
  };
  const seal = (...actors: string[]): number[] => actors.map((id) => sealed.push({ actor: { id } }) - 1);
  const preview = (where = { "actor.id": ["job"] }, days = 30) => {
    const scope = toScope(rules, MANY);
    if (scope === undefined) throw new Error("no scope");
    return previewException({ db: state.db, log, now: () => clock }, scope, where, days);
  };

  beforeEach(() => {
    sealed.length = 0;
    alerts = createAlertStore({ state, selfLog, now: () => clock });
  });

  it("says what would vanish, shrink, stay, and what cannot be known", async () => {
    const findings = [
      toFinding("all", seal("job", "job")),
      toFinding("some", seal("job", "eve"), "00000000-0000-4000-8000-000000000003"),
      toFinding("none", seal("eve", "eve")),
      toFinding("other rule", seal("job", "job"), "other"),
      toFinding("gone", [999]),
    ];
    await alerts.record(findings, { follower: "detect", next: 1_000 });
    expect(await preview()).toMatchObject({
      alerts: 4,
      vanishing: 1,
      shrinking: 1,
      unknown: 1,
      truePositives: [],
      complete: true,
    });
    clock += 31 * DAY;
    expect(await preview()).toMatchObject({ alerts: 0, vanishing: 0 });
    expect(await preview(undefined, 60)).toMatchObject({ alerts: 4 });
  });

  it("names confirmed attacks of any age, also one that came back since", async () => {
    const [alert] = await alerts.record([toFinding("job", seal("job", "job"))], {
      follower: "detect",
      next: 2,
    });
    await alerts.update(alert?.id ?? "", { verdict: "true_positive", status: "resolved" }, BY);
    clock += 200 * DAY;
    expect(await preview()).toMatchObject({
      alerts: 0,
      truePositives: [{ id: alert?.id, isTruePositive: true }],
    });
    await alerts.record([toFinding("job", seal("job"))], { follower: "detect", next: 3 });
    expect(await preview()).toMatchObject({ alerts: 1, vanishing: 1, truePositives: [{ id: alert?.id }] });
    expect(await preview({ "actor.id": ["eve"] })).toMatchObject({ truePositives: [] });
  });
});
