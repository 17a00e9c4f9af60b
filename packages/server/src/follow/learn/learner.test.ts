// SPDX-License-Identifier: Apache-2.0
import { neutralize, type SecurityEvent } from "@telltale/event";
import { describe, expect, test } from "vitest";
import { heartbeat, make, type Made, ordinary, workday } from "../../../test/learn-log.js";
import { type Anomaly, anomalyId, toSelfEvent } from "./anomaly.js";
import { Learner, SnapshotError } from "./learner.js";
import { prefixPlaces } from "./places.js";
import { LEARN_DEFAULTS, type LearnSettings } from "./settings.js";

const DAY = 24;
/** A Wednesday, past everybody's grace. */
const NOW = 23 * DAY;
const HISTORY = ordinary(23);
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0";

function learnerWith(settings: Partial<LearnSettings> = {}): Learner {
  return new Learner({ ...LEARN_DEFAULTS, ...settings }, prefixPlaces);
}

/** What is known after the ordinary weeks, in which nothing is found. */
function learnHistory(): string {
  const learner = learnerWith();
  const found = HISTORY.flatMap((event, index) => learner.observe(event, index));
  expect(found).toEqual([]);
  return [...learner.snapshotPieces()].join("");
}
const KNOWN = learnHistory();

function experienced(settings: Partial<LearnSettings> = {}): Learner {
  const learner = learnerWith(settings);
  learner.restore(KNOWN);
  return learner;
}

/** Observes events after the ordinary weeks; returns what was found in them. */
function after(made: readonly (Made | SecurityEvent)[], settings: Partial<LearnSettings> = {}): Anomaly[] {
  const learner = experienced(settings);
  let index = HISTORY.length;
  return made.flatMap((each) => learner.observe("id" in each ? each : make(each), index++));
}

const clerk = { user: "user-1", role: "clerk", country: "DE", ip: "8.8.4.4", agent: FIREFOX };

/** The Wednesday up to 10:00 as always, then these events, with Telltale alive all day. */
function during(made: readonly Made[]): SecurityEvent[] {
  const morning = ordinary(24, { from: 23, skip: ({ at }) => at >= NOW + 10 });
  const all = [...morning, ...made.map((each) => make(each))];
  return all.sort((a, b) => (a.received < b.received ? -1 : a.received > b.received ? 1 : 0));
}

/** From the Wednesday on, nobody works for some days from Thursday on. */
function withHoliday(days: number): SecurityEvent[] {
  return ordinary(28, {
    from: 23,
    skip: ({ user, at }) => user?.startsWith("user") === true && at > 24 * DAY && at < (24 + days) * DAY,
  });
}

function withBeats(made: readonly Made[], from: number, to: number): SecurityEvent[] {
  const beats = Array.from({ length: Math.round((to - from) * 12) }, (_, i) => from + i / 12);
  const all = [
    ...beats.map((at) => ({ at, event: heartbeat(at) })),
    ...made.map((each) => ({ at: each.at, event: make(each) })),
  ];
  return all.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

describe("first seen", () => {
  test("a country that nobody was in, with a new device: one event that says so with numbers", () => {
    const [found, ...more] = after([
      { ...clerk, at: NOW + 10, country: "BR", agent: "curl/8.1", ip: "200.147.3.157" },
      { ...clerk, at: NOW + 10.1, country: "BR", agent: "curl/8.1", ip: "200.147.3.157" },
    ]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      action: "anomaly_first_seen",
      code: "new_country",
      at: HISTORY.length,
      score: 95,
    });
    expect(found!.reason).toBe(
      "user-1 signed in from Brazil (BR) for the first time in 23 days; 442 events from Germany before; new as well: curl and 200.147.3.0/24",
    );
    expect(found!.data).toMatchObject({
      new: { country: "BR", agent: "curl" },
      before: [{ value: "DE", count: 442 }],
    });
  });
  test("a country where colleagues are is no anomaly by itself; with a new device it is", () => {
    const colleagues = [0, 2, 3, 4].map((n) => ({ ...clerk, user: `user-${n}`, at: NOW + 9, country: "AT" }));
    const quiet = { minScore: 101 };
    expect(after(colleagues, quiet)).toEqual([]);
    const settings = { minScore: 50 };
    const alone = after([...colleagues, { ...clerk, at: NOW + 10, country: "AT" }], settings);
    expect(alone.filter(({ entity }) => entity.id === "user-1")).toEqual([]);
    const both = after(
      [...colleagues, { ...clerk, at: NOW + 10, country: "AT", agent: "curl/8.1" }],
      settings,
    );
    expect(both.filter(({ entity }) => entity.id === "user-1")).toHaveLength(1);
  });
  test("a new phone, a new version, a new network: nothing", () => {
    expect(
      after([
        { ...clerk, at: NOW + 10, agent: "Mozilla/5.0 (iPhone) Version/19.1 Mobile Safari/604.1" },
        { ...clerk, at: NOW + 10.1, agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0" },
        { ...clerk, at: NOW + 10.2, ip: "85.214.1.2" },
      ]),
    ).toEqual([]);
  });
  test("a privileged action that nobody with the role does; an ordinary one is left alone", () => {
    const [found] = after([{ ...clerk, at: NOW + 10, action: "authz_change", level: "warn" }]);
    expect(found).toMatchObject({ action: "anomaly_first_seen", code: "new_action" });
    expect(found!.reason).toBe(
      "user-1 did authz_change for the first time in 23 days; 442 events of 2 other kinds before; 0 of 7 others with the role clerk did it",
    );
    expect(after([{ ...clerk, at: NOW + 10, action: "session_renewed" }])).toEqual([]);
  });
  test("a service that never changed and comes from elsewhere", () => {
    const batch: Made = {
      at: NOW + 2.5,
      user: "batch",
      type: "service",
      action: "data_exported",
      level: "warn",
      app: "jobs",
    };
    expect(after([{ ...batch, ip: "9.9.9.7", agent: "batch/2" }])).toEqual([]);
    const [found] = after([{ ...batch, ip: "45.3.2.1", agent: "batch/1" }]);
    expect(found).toMatchObject({ code: "new_network", entity: { type: "user", id: "batch" } });
  });
  test("failures teach nothing: a country does not become usual by failing, and is still told at the first success", () => {
    const tries = Array.from({ length: 200 }, (_, i) => ({
      ...clerk,
      at: NOW + 10 + i / 1000,
      country: "BR",
      action: "authn_login_fail",
      outcome: "failure" as const,
    }));
    const found = after([...tries, { ...clerk, at: NOW + 10.5, country: "BR" }]).filter(
      ({ entity }) => entity.type === "user",
    );
    expect(found.map(({ code, at }) => [code, at])).toEqual([["new_country", HISTORY.length + 200]]);
  });
  test("a young account, and one with few events, is not judged", () => {
    const learner = learnerWith();
    const found = [0, 5, 13].flatMap((day, i) =>
      learner.observe(make({ ...clerk, at: day * DAY + 9, country: "DE" }), i),
    );
    found.push(
      ...learner.observe(
        make({
          ...clerk,
          at: 20 * DAY,
          country: "BR",
          agent: "curl/8",
          action: "authz_change",
          level: "warn",
        }),
        9,
      ),
    );
    const young = ordinary(10);
    young.push(make({ ...clerk, at: 240, country: "BR", agent: "curl/8" }));
    const other = learnerWith();
    found.push(...young.flatMap((event, i) => other.observe(event, i)));
    expect(found).toEqual([]);
  });
  test("what was not seen for the expiry is new again", () => {
    const learner = experienced({ expiryDays: 30 });
    let index = HISTORY.length;
    for (let day = 24; day < 64; day++)
      for (const each of workday(day, "user-1")) learner.observe(make({ ...each, country: "AT" }), index++);
    const found = learner.observe(make({ ...clerk, at: 64 * DAY + 10, agent: "curl/8" }), index);
    expect(found.map(({ code }) => code)).toEqual(["new_country"]);
  });
  test("users of another tenant are others", () => {
    expect(after([{ ...clerk, tenant: "other", at: NOW + 10, country: "BR", agent: "curl/8.1" }])).toEqual(
      [],
    );
  });
});

describe("hour", () => {
  test("a service at an hour that it never had", () => {
    const [found, ...more] = after([
      {
        at: NOW + 14,
        user: "batch",
        type: "service",
        action: "data_exported",
        level: "warn",
        app: "jobs",
        ip: "9.9.9.9",
        agent: "batch/1",
      },
    ]);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ action: "anomaly_hour", code: "odd_hour", entity: { id: "batch" } });
    expect(found!.reason).toBe(
      "batch did data_exported at 14:00 UTC on a weekday; none of the 23 active hours on 23 days before was within 1 h of it, usual is 02:00–03:00 UTC",
    );
  });
  test("a person in the middle of the night, once a day; not two hours late, not on a Saturday morning", () => {
    const night = after([
      { ...clerk, at: NOW + 3 },
      { ...clerk, at: NOW + 4 },
    ]);
    expect(night.map(({ action, at }) => [action, at])).toEqual([["anomaly_hour", HISTORY.length]]);
    expect(after([{ ...clerk, at: NOW + 17 }])).toEqual([]);
    expect(after([{ ...clerk, at: 26 * DAY + 10 }])).toEqual([]);
  });
});

const reads = (count: number, over: number): SecurityEvent[] =>
  during(
    Array.from({ length: count }, (_, i) => ({
      ...clerk,
      at: NOW + 10 + (i * over) / count,
      action: "sensitive_read",
      level: "warn",
      route: "/orders/:id",
    })),
  );

describe("rate of a user", () => {
  test("a burst is told at the event that crosses the limit, once", () => {
    const found = after(reads(300, 0.5)).filter(({ entity }) => entity.type === "user");
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ action: "anomaly_rate", code: "too_much", score: 88 });
    expect(found[0]!.reason).toBe(
      "user-1 did 31 times sensitive_read in the hour from 10:00 UTC; usual in 40 active hours is 4, the most before was 4",
    );
    const [since, until] = found[0]!.evidence;
    expect(until! - since!).toBeGreaterThanOrEqual(26);
    expect(until).toBe(found[0]!.at);
  });
  test("a slow pull is found by the day", () => {
    const found = after(reads(200, 10)).filter(({ entity }) => entity.type === "user");
    expect(found).toMatchObject([{ code: "too_much", data: { period: "day", usual: 24, most: 24 } }]);
  });
  test("twice as much as usual is a busy day", () => {
    expect(after(reads(10, 1)).filter(({ entity }) => entity.type === "user")).toEqual([]);
  });
});

function shopAfter(daysOff: number): Anomaly[] {
  return after(withHoliday(daysOff)).filter(({ entity }) => entity.id === "shop");
}

const visits = (count: number): Made[] =>
  Array.from({ length: count }, (_, i) => ({
    at: NOW + 10 + i / count,
    app: "site",
    route: "/pages",
    action: "api_request",
  }));

describe("routes and sources", () => {
  test("far more than at this hour of the week; a little more is nothing", () => {
    const [found] = after(during(visits(400)));
    expect(found).toMatchObject({
      action: "anomaly_rate",
      code: "too_much",
      entity: { type: "source", id: "site" },
    });
    expect(found!.reason).toMatch(
      /^site has reached \d+ events in the hour from 10:00 UTC; usual on Wednesdays are 2\d/,
    );
    expect(after(during(visits(35))).filter(({ code }) => code === "too_much")).toEqual([]);
  });
  test("silence is found by the heartbeat when nothing at all comes any more, and told once", () => {
    const found = after(withBeats([], NOW, NOW + 12));
    const silent = found.filter(({ code, entity }) => code === "silent" && entity.id === "site");
    expect(silent).toHaveLength(1);
    expect(silent[0]!.reason).toMatch(
      /^site has reported nothing for \d whole hours? up to 0\d:00 UTC; at least \d+ events would be usual on Wednesdays$/,
    );
    expect(silent[0]!.evidence[0]).toBeLessThan(HISTORY.length);
  });
  test("no silence while it reports, nor when Telltale itself did not run", () => {
    expect(after(ordinary(24, { from: 23 }))).toEqual([]);
    expect(after([heartbeat(NOW + 12), ...ordinary(25, { from: 24 })])).toEqual([]);
  });
  test("a backlog after a pause is no burst", () => {
    expect(
      after([heartbeat(NOW + 10), ...withBeats(visits(400), NOW + 10, NOW + 11)]).filter(
        ({ entity }) => entity.id === "site",
      ),
    ).toEqual([]);
  });
  test("an app for working days may be silent at the weekend and on a holiday; after days of it that is told", () => {
    expect(shopAfter(1)).toEqual([]);
    expect(shopAfter(4)).toMatchObject([{ code: "silent", data: { hours: 60 } }]);
  });
  test("an app for working days that stops in the middle of the day is found", () => {
    const found = after(
      ordinary(24, {
        from: 23,
        skip: ({ app, user, at }) => app === undefined && user !== undefined && at > NOW + 12,
      }),
    );
    expect(found.filter(({ code }) => code === "silent").map(({ entity }) => entity.id)).toEqual(["shop"]);
  });
});

describe("Telltale's own events", () => {
  test("are neither learned from nor judged", () => {
    const learner = learnerWith();
    const own = Array.from({ length: 3000 }, (_, i) =>
      make({
        at: i / 5,
        via: "telltale",
        app: "telltale",
        user: "owner",
        action: "log_viewed",
        country: i === 2999 ? "BR" : "DE",
      }),
    );
    expect(own.flatMap((event, i) => learner.observe(event, i))).toEqual([]);
    expect(learner.counts).toEqual({ users: 0, usersForgotten: 0, streams: 0 });
  });
});

describe("an imported history", () => {
  test("is learned by its own time, judged for what is new, and gives no silence", () => {
    const learner = learnerWith();
    const imports: Anomaly[] = [];
    let index = 0;
    for (const event of HISTORY) {
      if (event.via === "telltale") continue;
      const imported = { ...event, via: "backfill_a", received: make({ at: 60 * DAY }).received };
      imports.push(...learner.observe(imported, index++));
    }
    expect(imports).toEqual([]);
    const found = learner.observe(
      make({ ...clerk, at: 61 * DAY + 10, country: "BR", agent: "curl/8" }),
      index,
    );
    expect(found.map(({ code }) => code)).toEqual(["new_country"]);
  });
});

describe("floods", () => {
  test("a cap per hour; what was held back is told when the hour is over", () => {
    const odd = Array.from({ length: 8 }, (_, i) => ({
      ...clerk,
      user: `user-${i}`,
      at: NOW + 10,
      country: "BR",
      agent: `tool${i}/1`,
    }));
    const found = after([...odd, heartbeat(NOW + 11)], { maxPerHour: 2 });
    expect(found.map(({ code }) => code)).toEqual(["new_country", "new_country", "too_many_anomalies"]);
    expect(found[2]!.reason).toMatch(
      /^\d more anomalies were found in the hour from 10:00 UTC than the 2 that were told: \d new_country$/,
    );
  });
});

describe("memory", () => {
  test("failures make no user, and invented users push out only each other", () => {
    const settings = { maxUsers: 20, maxYoungUsers: 50, maxStreams: 20, maxYoungStreams: 20 };
    const learner = experienced(settings);
    let index = HISTORY.length;
    const before = learner.counts;
    for (let i = 0; i < 2000; i++)
      learner.observe(
        make({
          at: NOW + 10,
          user: `x${i}`,
          action: "authn_login_fail",
          outcome: "failure",
          app: `a${i}`,
          route: `/${i}`,
        }),
        index++,
      );
    expect(learner.counts.users).toBe(before.users);
    for (let i = 0; i < 5000; i++) learner.observe(make({ ...clerk, at: NOW + 10, user: `y${i}` }), index++);
    expect(learner.counts.users).toBe(70);
    expect(learner.counts.streams).toBe(80);
    // Those who were known are known still.
    const found = learner.observe(make({ ...clerk, at: NOW + 11, country: "BR", agent: "curl/8" }), index);
    expect(found.map(({ code }) => code)).toEqual(["new_country"]);
  });
  test("one user cannot make it grow", () => {
    const learner = learnerWith();
    const long = "x".repeat(30_000);
    for (let i = 0; i < 1500; i++)
      learner.observe(
        make({
          at: i / 100,
          user: "mallory",
          action: `act_${i}_${long}`,
          agent: `tool${i} ${long}`,
          ip: `9.${i >> 8}.${i & 255}.1`,
          country: `${"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26]}${"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(i >> 3) % 26]}`,
          route: long + i,
        }),
        i,
      );
    const lines = [...learner.snapshotPieces()];
    const user = lines.find((each) => each.startsWith('["user"'))!;
    expect(user.length).toBeLessThan(40_000);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(user.length);
  });
  test("it knows since when it learns, and so does its snapshot", () => {
    const learner = learnerWith();
    expect(learner.since).toBeUndefined();
    const event = make({ at: 60 * DAY });
    learner.observe(event, 0);
    learner.observe(make({ at: 61 * DAY }), 1);
    expect(learner.since).toBe(Date.parse(event.received));
    learner.observe({ ...make({ at: 3 * DAY }), via: "backfill_a" }, 2);
    expect(learner.since).toBe(Date.parse(make({ at: 3 * DAY }).time));
    const restored = learnerWith();
    restored.restore([...learner.snapshotPieces()].join(""));
    expect(restored.since).toBe(learner.since);
  });
  test("hostile values do no harm and are shown harmlessly", () => {
    const learner = learnerWith();
    const values = ["", "__proto__", "constructor", "\u202Eevil\n", "\uD800", "a".repeat(60_000), "\0"];
    let index = 0;
    for (const value of values)
      for (let i = 0; i < 30; i++)
        learner.observe(
          make({
            at: i,
            user: value,
            role: value,
            action: value,
            app: value,
            route: value,
            country: value,
            ip: value,
            agent: value,
            tenant: value,
          }),
          index++,
        );
    expect(learner.observe({ ...make({ at: 1 }), received: "never" }, index)).toEqual([]);
    const restored = learnerWith();
    restored.restore([...learner.snapshotPieces()].join(""));
    expect([...restored.snapshotPieces()].join("")).toBe([...learner.snapshotPieces()].join(""));
    const [found] = after([{ ...clerk, at: NOW + 10, country: "BR", agent: "\u202Ecurl\u001b[31m" }]);
    expect(found!.reason).toContain("<U+202E>curl␛[31m");
    expect(neutralize(found!.reason)).toBe(found!.reason);
  });
});

describe("snapshots", () => {
  test("of another kind or version are refused", () => {
    for (const text of ["", "{}", '["learner",0]', '["learner",1', "null"])
      expect(() => learnerWith().restore(text)).toThrow(SnapshotError);
  });
});

describe("anomalies as events", () => {
  test("the same anomaly is the same event, byte by byte; another index is another", () => {
    const odd = { ...clerk, at: NOW + 10, country: "BR", agent: "curl/8.1" };
    const [one] = after([odd]);
    const [same] = after([odd]);
    const [other] = after([{ at: NOW + 9, app: "site" }, odd]);
    expect(toSelfEvent(same!)).toEqual(toSelfEvent(one!));
    expect(anomalyId(one!)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
    expect(anomalyId(other!)).not.toBe(anomalyId(one!));
    expect(toSelfEvent(one!)).toMatchObject({
      action: "anomaly_first_seen",
      outcome: "unknown",
      level: "critical",
      source: { app: "telltale" },
      actor: { id: "user-1" },
      client: { country: "BR" },
      data: { score: 90, entity: { type: "user", id: "user-1" }, evidence: [HISTORY.length] },
    });
  });
  test("a hostile event makes no large anomaly", () => {
    const event = make({ ...clerk, at: NOW + 10, country: "BR", agent: "x".repeat(50_000) });
    const targets = Array.from({ length: 500 }, (_, i) => ({ type: "t".repeat(5000), id: String(i) }));
    const [found] = after([{ ...event, targets }]);
    expect(JSON.stringify(toSelfEvent(found!)).length).toBeLessThan(12_000);
  });
});
