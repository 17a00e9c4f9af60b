// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyInput, sentEvent } from "../test/arbitrary.js";
import { canonicalJson, EventError, LIMITS, normalizeEvent, type SentEvent } from "./index.js";
import { eventSchema } from "./schema.js";

const NOW = "2026-11-22T10:00:00.123Z";
const ID = "0193a3b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b";
const context = { now: NOW, makeId: () => ID };
const base: SentEvent = {
  v: 1,
  id: "a",
  time: NOW,
  source: { app: "shop" },
  action: "order_placed",
  outcome: "success",
  level: "info",
};

const normalize = (input: unknown): SentEvent => normalizeEvent(input, context).event;
const invalid = (event: SentEvent): unknown => event.data?._invalid;

describe("an ordinary event", () => {
  test("is returned as it is", () => {
    const result = normalizeEvent(base, context);
    expect(result.event).toBe(base);
    expect(result).toMatchObject({ changed: false, claimed: false });
  });

  test("in any form that the schema allows", () => {
    fc.assert(
      fc.property(sentEvent(), (event) => {
        expect(normalizeEvent(event, context)).toMatchObject({ changed: false });
      }),
    );
  });

  test("gets what it lacks: id, time, source, outcome and level of the vocabulary", () => {
    expect(normalizeEvent({ action: "authn_login_fail" }, context)).toEqual({
      event: {
        v: 1,
        id: ID,
        time: NOW,
        source: { app: "unknown" },
        action: "authn_login_fail",
        outcome: "failure",
        level: "warn",
      },
      changed: true,
      claimed: false,
    });
    expect(normalize({ action: "own_action" })).toMatchObject({ outcome: "unknown", level: "info" });
    expect(normalizeEvent({ action: "x" }, { ...context, app: "shop" }).event.source).toEqual({
      app: "shop",
    });
  });

  test("gets its keys in the order of the schema", () => {
    const event = normalize({
      data: { a: 1 },
      reason: "r",
      action: "x",
      actor: { id: "1", type: "user" },
      id: "i",
    });
    expect(Object.keys(event)).toEqual([
      "v",
      "id",
      "time",
      "source",
      "action",
      "outcome",
      "level",
      "reason",
      "actor",
      "data",
    ]);
    expect(Object.keys(event.actor ?? {})).toEqual(["type", "id"]);
  });
});

describe("what does not fit is kept elsewhere", () => {
  test("unknown fields move to data, beside what is there", () => {
    const event = normalize({ ...base, foo: 1, bar: { x: 2 }, data: { foo: "mine" } });
    expect(event.data).toEqual({ foo: "mine", foo_: 1, bar: { x: 2 } });
    expect(event.level).toBe("info");
    expect(invalid(event)).toBeUndefined();
  });

  test("unknown fields of actor move to data.actor", () => {
    const input = {
      ...base,
      actor: { type: "user", id: "1", mood: "bad" },
      data: { actor: { mood: "good" } },
    };
    expect(normalize(input)).toMatchObject({
      actor: { type: "user", id: "1" },
      data: { actor: { mood: "good", mood_: "bad" } },
    });
    expect(input.data).toEqual({ actor: { mood: "good" } });
    expect(normalize({ ...base, actor: { type: "user", mood: 1 }, data: { actor: "text" } }).data).toEqual({
      actor: "text",
      "actor.mood": 1,
    });
  });

  test.each<[string, unknown, string, unknown]>([
    ["time", 12, "not_a_time", NOW],
    ["time", "yesterday", "not_a_time", NOW],
    ["time", "2026-02-30T10:00:00.000Z", "not_a_time", NOW],
    ["outcome", "fine", "not_allowed", "unknown"],
    ["outcome", "Failure", "not_allowed", "failure"],
    ["level", 7, "not_allowed", "warn"],
    ["actor", "alice", "not_an_object", undefined],
    ["actor", ["alice"], "not_an_object", undefined],
    ["targets", 5, "not_a_list", undefined],
    ["data", "text", "not_an_object", undefined],
    ["reason", { a: 1 }, "not_a_string", undefined],
    ["reason", 5, "not_a_string", "5"],
    ["v", 2, "unknown_version", 1],
    ["id", "", "not_an_id", ID],
    ["id", "x".repeat(LIMITS.idChars + 1), "not_an_id", ID],
    ["money", { currency: "EUR" }, "incomplete", undefined],
    ["money", { amount: "ten", currency: "EUR" }, "incomplete", undefined],
  ])("%s: %j is %s", (name, value, reason, kept) => {
    const event = normalize({ ...base, [name]: value });
    expect(invalid(event)).toContainEqual({ field: name, reason, value });
    expect(event.level).toBe("warn");
    const { _invalid, ...data } = event.data ?? {};
    const rest: Record<string, unknown> = { ...event, data: Object.keys(data).length > 0 ? data : undefined };
    expect(rest[name]).toEqual(kept);
  });

  test("a number for a text is used, and noted", () => {
    const event = normalize({ ...base, actor: { type: "user", id: 42 }, request: { status: "401" } });
    expect(event.actor).toEqual({ type: "user", id: "42" });
    expect(event.request).toEqual({ status: 401 });
    expect(invalid(event)).toEqual([
      { field: "actor.id", reason: "not_a_string", value: 42 },
      { field: "request.status", reason: "not_an_integer", value: "401" },
    ]);
  });

  test("money without a currency gets the code of none", () => {
    const event = normalize({ ...base, money: { amount: "1" } });
    expect(event).toEqual({ ...base, money: { amount: "1", currency: "XXX" } });
  });

  test("critical stays critical", () => {
    expect(normalize({ ...base, level: "critical", reason: {} }).level).toBe("critical");
  });

  test("null is absent", () => {
    const event = normalize({ ...base, actor: null, client: { ip: null } });
    expect(event).toEqual({ ...base, client: {} });
  });

  test("wrong items of a list are noted one by one, but never so many that the event grows", () => {
    const some = normalize({ ...base, targets: [{ type: "user", id: "1" }, 5, { id: "2", extra: true }] });
    expect(some.targets).toEqual([
      { type: "user", id: "1" },
      { type: "object", id: "2" },
    ]);
    expect(invalid(some)).toHaveLength(2);
    const hostile = { ...base, targets: Array.from({ length: 20_000 }, () => 1) };
    const event = normalize(hostile);
    expect(event.targets).toBeUndefined();
    expect(invalid(event)).toEqual([
      { field: "targets", reason: "too_many_wrong_items", value: hostile.targets },
    ]);
    expect(canonicalJson(event).length).toBeLessThan(JSON.stringify(hostile).length + 200);
  });

  test("a time with an offset or with more digits is brought to UTC and kept", () => {
    const event = normalize({ ...base, time: "2026-11-22T12:00:00.123456+02:00" });
    expect(event.time).toBe("2026-11-22T10:00:00.123Z");
    expect(event.data).toEqual({ time: "2026-11-22T12:00:00.123456+02:00" });
    expect(event.level).toBe("info");
    expect(normalize({ ...base, time: "2026-11-22T10:00:00Z" })).toEqual({
      ...base,
      time: "2026-11-22T10:00:00.000Z",
    });
  });
});

describe("what a sender may not say is a claim", () => {
  test("received, via, tenant", () => {
    const result = normalizeEvent({ received: "x", via: "k", tenant: "t", ...base }, context);
    expect(result.claimed).toBe(true);
    expect(result.event.data).toEqual({ _claimed: { received: "x", via: "k", tenant: "t" } });
  });

  test.each(["log_viewed", "anomaly_x", "telltale_heartbeat", "LOG_viewed"])("action %s", (action) => {
    const result = normalizeEvent({ ...base, action }, context);
    expect(result).toMatchObject({ claimed: true, changed: true });
    expect(result.event).toMatchObject({
      action: `claimed_${action}`,
      level: "warn",
      data: { _claimed: { action } },
    });
  });

  test("another app's name", () => {
    const result = normalizeEvent(base, { ...context, app: "blog" });
    expect(result.claimed).toBe(true);
    expect(result.event).toMatchObject({
      source: { app: "blog" },
      level: "warn",
      data: { _claimed: { app: "shop" } },
    });
    expect(normalizeEvent(base, { ...context, app: "shop" }).changed).toBe(false);
  });

  test("earlier claims are kept", () => {
    const event = normalize({ ...base, via: "k", data: { _claimed: { via: "older" } } });
    expect(event.data).toEqual({ _claimed: { via: "older", via_: "k" } });
  });
});

function codeOf(input: unknown): string {
  try {
    normalizeEvent(input, context);
    return "none";
  } catch (error) {
    if (error instanceof EventError) return error.code;
    throw error;
  }
}

function nested(levels: number): unknown {
  return JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
}

describe("refused", () => {
  test.each([null, undefined, 1, "x", true, [], [base]])("not an object: %j", (input) => {
    expect(codeOf(input)).toBe("not_an_object");
  });

  test.each([
    {},
    { action: "" },
    { action: 5 },
    { action: null },
    { ...base, action: undefined },
    Object.create({ action: "x" }),
  ])("no action: %j", (input) => {
    expect(codeOf(input)).toBe("no_action");
  });

  test("too deep, a cycle included", () => {
    expect(codeOf({ ...base, data: nested(LIMITS.depth - 1) })).toBe("none");
    expect(codeOf({ ...base, data: nested(LIMITS.depth) })).toBe("too_deep");
    expect(codeOf({ ...base, foo: nested(LIMITS.depth) })).toBe("too_deep");
    expect(codeOf({ ...base, data: nested(20_000) })).toBe("too_deep");
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(codeOf({ ...base, data: cycle })).toBe("too_deep");
  });
});

function costOfUnknownKeys(count: number): number {
  const many = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
  const input = { ...base, ...many, actor: { ...many }, data: many };
  const rounds = Array.from({ length: 7 }, () => {
    const start = performance.now();
    normalize(input);
    return performance.now() - start;
  });
  return Math.min(...rounds);
}

describe("hostile", () => {
  test("__proto__, constructor and prototype are data", () => {
    const input: unknown = JSON.parse(
      '{"action":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"actor":{"__proto__":{"id":"root"}},"data":{"__proto__":{"polluted":1}}}',
    );
    const event = normalize(input);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(event.actor?.id).toBeUndefined();
    const again = JSON.parse(canonicalJson(event)) as Record<string, Record<string, unknown>>;
    expect(Object.keys(again.data ?? {}).sort()).toEqual(["__proto__", "__proto___", "actor", "constructor"]);
  });

  test("thirty-two times as many unknown keys cost about thirty-two times as much", () => {
    costOfUnknownKeys(500);
    // Quadratic work would cost a thousand times as much; a busy machine makes of thirty-two no more than a hundred or two.
    expect(costOfUnknownKeys(16_000) / costOfUnknownKeys(500)).toBeLessThan(400);
  });

  test("values that are no JSON become JSON", () => {
    const event = normalize({
      ...base,
      n: 10n,
      d: new Date(0),
      x: Number.NaN,
      data: { f: () => 1, i: Number.POSITIVE_INFINITY },
    });
    expect(JSON.parse(canonicalJson(event))).toMatchObject({
      data: { n: "10", d: "1970-01-01T00:00:00.000Z", x: "NaN", f: null, i: "Infinity" },
    });
  });

  test("anything gives an event of the schema, or a refusal; the input is untouched; a second time changes nothing", () => {
    fc.assert(
      fc.property(anyInput(), (input) => {
        const before = JSON.stringify(input);
        // A refusal other than EventError is thrown on by codeOf and fails the property.
        if (codeOf(input) !== "none") return;
        const event = normalize(input);
        expect(JSON.stringify(input)).toBe(before);
        expect(eventSchema.safeParse(event).error?.issues).toBeUndefined();
        expect(normalizeEvent(event, context)).toMatchObject({ changed: false });
        expect(JSON.parse(canonicalJson(event))).toEqual(event);
      }),
      { numRuns: 2000 },
    );
  });
});
