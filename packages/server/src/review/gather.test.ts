// SPDX-License-Identifier: Apache-2.0
import { parseQuery } from "@telltale/query";
import { afterEach, describe, expect, it } from "vitest";
import { ReviewFixture } from "../../test/review-fixture.js";
import { SearchError, type SearchErrorCode } from "../follow/index/error.js";
import type { Search } from "../follow/index/search.js";
import type { ReviewSection } from "./content.js";
import { gatherSection, REVIEW_LIMITS, toShown } from "./gather.js";
import type { ReviewActor } from "./review.js";
import { SECTIONS } from "./sections.js";

const ada: ReviewActor = { kind: "user", id: "u-ada", name: "ada", role: "owner" };
const DAY = 86_400_000;

let fixture: ReviewFixture;
afterEach(() => fixture.close());

const fail = (code: SearchErrorCode) => () => Promise.reject(new SearchError(code, "no"));
const user = (id: string) => ({ type: "user" as const, id });

/** The sections of a review of the last day. */
async function sectionsOf(): Promise<Map<string, ReviewSection>> {
  fixture.now += 1000;
  const { review } = await fixture.reviews.make({ from: fixture.now - DAY, to: fixture.now }, ada);
  return new Map(review.content.sections.map((section) => [section.id, section]));
}

describe("what a review looks at", () => {
  it("is asked in queries that the search understands, under ids of their own", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    for (const { query } of SECTIONS) expect(() => parseQuery(query), query).not.toThrow();
    expect(new Set(SECTIONS.map(({ id }) => id)).size).toBe(SECTIONS.length);
  });

  it("puts each event into the sections that are about it, and ordinary ones into none", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z", {}, true);
    await fixture.add(
      { action: "order_placed", actor: user("alice") },
      { action: "authn_login_success", actor: user("alice") },
      { action: "authn_login_fail", outcome: "failure", actor: user("alice"), client: { ip: "203.0.113.7" } },
      { action: "authn_login_fail", outcome: "failure", actor: user("bob"), client: { ip: "203.0.113.7" } },
      { action: "authz_fail", outcome: "denied", actor: user("mallory") },
      {
        action: "user_created",
        actor: user("ada"),
        targets: [{ type: "user", id: "carol" }],
        data: { role: "admin" },
      },
      {
        action: "user_created",
        actor: user("ada"),
        targets: [{ type: "user", id: "dave" }],
        data: { role: "viewer" },
      },
      {
        action: "authz_change",
        actor: user("ada"),
        targets: [{ type: "user", id: "erin" }],
        changes: [{ field: "role", from: "user", to: "administrator" }],
      },
      {
        action: "authz_change",
        outcome: "denied",
        actor: user("x"),
        changes: [{ field: "role", to: "admin" }],
      },
      { action: "transaction_payout", money: { amount: "12.50", currency: "EUR" }, actor: user("ada") },
      { action: "order_paid", money: { amount: "1", currency: "USD" } },
      {
        action: "anomaly_rate",
        outcome: "unknown",
        reason: "burst",
        message: "bob exported 40 times in an hour, usually 2",
      },
      { action: "anomaly_silence", outcome: "unknown", targets: [{ type: "source", id: "billing" }] },
      { action: "log_pruned" },
      { action: "log_searched", actor: { type: "user", id: "u-ada", name: "ada" } },
    );
    const sections = await sectionsOf();
    const counts = Object.fromEntries([...sections].map(([id, { count }]) => [id, count]));
    expect(counts).toEqual({
      undecided: 0,
      alerts: 0,
      privileged: 4,
      administrators: 2,
      "sign-in-failures": 2,
      refused: 1,
      money: 2,
      anomalies: 1,
      "silent-sources": 1,
      record: 1,
      readers: 1,
    });
    expect([...sections.values()].every(({ complete }) => complete)).toBe(true);
    const failures = sections.get("sign-in-failures");
    expect(failures?.groups.find(({ field }) => field === "client.ip")).toEqual({
      field: "client.ip",
      distinct: 1,
      top: [{ value: "203.0.113.7", count: 2 }],
    });
    expect(failures?.rows.map(({ index }) => index)).toEqual([3, 2]);
    expect(failures?.rows[0]?.text).toBe("bob failed to sign in to shop from 203.0.113.7");
    const [anomaly] = sections.get("anomalies")?.rows ?? [];
    expect(anomaly?.text).toBe("bob exported 40 times in an hour, usually 2");
    expect(sections.get("administrators")?.groups[0]?.top.map(({ value }) => value)).toEqual([
      "carol",
      "erin",
    ]);
  });

  it("is bounded whatever comes, and shows hostile text as marks", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z", {}, true);
    const long = `<script>\u001b[31m\u202e${"😀".repeat(5000)}`;
    await fixture.add(
      ...Array.from({ length: 40 }, (_, i) => ({
        action: "authn_login_fail",
        outcome: "failure" as const,
        actor: user(`${i}${long}`),
        reason: long,
      })),
    );
    const section = (await sectionsOf()).get("sign-in-failures") as ReviewSection;
    expect(section.count).toBe(40);
    expect(section.rows).toHaveLength(REVIEW_LIMITS.rows);
    expect(section.groups[0]).toMatchObject({ field: "actor.id", distinct: 40 });
    expect(section.groups[0]?.top).toHaveLength(REVIEW_LIMITS.top);
    const text = JSON.stringify(section);
    expect(text.length).toBeLessThan(60_000);
    expect(text).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\\u001b|\\u202e|\\ud83d"/u);
  });

  it("takes alerts with their verdicts, and those of high risk that wait, of any age", async () => {
    fixture = await ReviewFixture.open("2026-11-20T10:00:00Z", {}, true);
    const raise = async (
      key: string,
      level: "high" | "low" | "critical",
      group: Record<string, string> = {},
    ) => {
      const finding = {
        ruleId: "r",
        title: `Title of ${key}`,
        level,
        tags: [],
        key,
        group,
        count: 1,
        fresh: 1,
        value: 1,
        firstTime: fixture.now,
        lastTime: fixture.now,
        evidence: [7],
        trigger: 7,
      };
      return (await fixture.alerts.record([finding], { follower: "detect", next: 8 }))[0]?.id ?? "";
    };
    await raise("old", "critical");
    fixture.now += 2 * DAY;
    const decided = await raise("decided", "high");
    await raise("waits", "high", { "client.ip": "203.0.113.7", "actor.id": "waits" });
    await raise("low", "low");
    await fixture.alerts.update(decided, { status: "resolved", verdict: "false_positive" }, ada);
    const sections = await sectionsOf();
    expect(sections.get("undecided")).toMatchObject({ count: 2, groups: [{ field: "level", distinct: 2 }] });
    expect(sections.get("undecided")?.rows.map(({ text }) => text)).toEqual([
      "Title of old: new, no verdict · old",
      "Title of waits: new, no verdict · client.ip 203.0.113.7 · actor.id waits",
    ]);
    const alerts = sections.get("alerts");
    expect(alerts).toMatchObject({ count: 3 });
    expect(alerts?.groups.find(({ field }) => field === "verdict")?.top).toEqual([
      { value: "none", count: 2 },
      { value: "false_positive", count: 1 },
    ]);
    expect(alerts?.rows.find(({ alert }) => alert === decided)).toMatchObject({ index: 7, level: "high" });
  });
});

describe("a search that fails", () => {
  const section = { id: "x", title: "X", query: "action:x", groupBy: ["action"] };
  const whole = { complete: true, indexed: 5, size: 5 };
  const working: Pick<Search, "count" | "groups" | "hits"> = {
    count: async () => ({ total: 3, ...whole }),
    groups: async () => ({ groups: [{ value: "x", count: 3 }], distinct: 1, ...whole }),
    hits: async () => ({ hits: [], next: null, ...whole }),
  };
  const pauses: number[] = [];
  const gather = (broken: Partial<typeof working>) =>
    gatherSection(section, { from: 0, to: 1 }, [], {
      search: { ...working, ...broken },
      pause: async (ms) => void pauses.push(ms),
      needed: 5,
    });

  it("leaves its part out and says so", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    expect(await gather({ count: fail("search_timeout") })).toMatchObject({
      count: null,
      complete: false,
      missing: ["timeout"],
      groups: [{ field: "action" }],
    });
    expect(await gather({ groups: fail("search_failed") })).toMatchObject({
      count: 3,
      missing: ["failed"],
      groups: [],
    });
  });

  it("is asked again while others are served, but not for ever", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    let busy = 3;
    const hits: Search["hits"] = (request) => (busy-- > 0 ? fail("search_busy")() : working.hits(request));
    expect(await gather({ hits })).toMatchObject({ complete: true });
    expect(pauses).toHaveLength(3);
    expect(await gather({ hits: fail("search_busy") })).toMatchObject({ missing: ["timeout"] });
  });

  it("ends it all when the server stops", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await expect(gather({ hits: fail("search_closed") })).rejects.toMatchObject({ code: "search_closed" });
  });
});

it("cuts between characters", async () => {
  fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
  expect(toShown("a".repeat(300))).toBe("a".repeat(300));
  expect(toShown(`${"a".repeat(299)}😀b`)).toBe(`${"a".repeat(299)}😀…`);
});
