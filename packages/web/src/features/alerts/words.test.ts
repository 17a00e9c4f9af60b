// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Alert, AlertChange } from "../../shared/api/alert-types.js";
import { type AlertFilter, parseAlertsSearch } from "./search-state.js";
import {
  evidenceWords,
  isIn,
  silenceWords,
  toAlertAnswer,
  toConditionSentence,
  toExtent,
  toHistorySentence,
  toSubject,
  toWhere,
  worstOf,
} from "./words.js";

function alert(change: Partial<Alert> = {}): Alert {
  return {
    id: "a",
    kind: "alert",
    ruleId: "r",
    title: "Brute force",
    level: "high",
    tags: [],
    status: "new",
    key: "alice",
    group: { "actor.id": "alice" },
    count: 14,
    firstTime: 0,
    lastTime: 190_000,
    evidence: [1, 2],
    risk: 70,
    regressed: 0,
    checks: [],
    raisedAt: 0,
    createdAt: 0,
    updatedAt: 0,
    history: [],
    ...change,
  };
}

const has = (given: Partial<Alert>, filter: Partial<AlertFilter>) =>
  isIn(alert(given), { status: "open", ...filter }, "ada");

describe("alerts in words", () => {
  it("answers what must be decided", () => {
    expect(toAlertAnswer(0, [])).toBe("Nothing waits for a decision.");
    expect(toAlertAnswer(1, [alert()])).toBe("1 alert waits for a decision: Brute force, high.");
    const worst = alert({ level: "critical", title: "Spraying" });
    expect(toAlertAnswer(3, [alert(), worst])).toBe(
      "3 alerts wait for a decision. The worst is critical: Spraying.",
    );
    expect(worstOf([alert({ level: "low" }), worst, alert()])).toBe(worst);
  });

  it("says whom, how much and how long", () => {
    expect(toSubject(alert())).toBe("actor.id alice");
    expect(toSubject(alert({ group: {} }))).toBe("alice");
    expect(toExtent(alert())).toBe("14 events within 3 min");
    expect(toExtent(alert({ count: 1 }))).toBe("1 event");
    expect(evidenceWords(alert())).toBe("2 events kept as evidence; 12 more between the first and the last");
    expect(evidenceWords(alert({ count: 2 }))).toBe("2 events");
  });

  it.each([
    [{ field: "created" }, "Telltale opened this alert"],
    [{ field: "status", to: "in_progress" }, "Telltale set it to in progress"],
    [{ field: "verdict", to: "false_positive" }, "Telltale judged it: false positive"],
    [{ field: "verdict" }, "Telltale withdrew the verdict"],
    [{ field: "assignee", to: "ada" }, "Telltale gave it to ada"],
    [{ field: "comment", to: "secret" }, "Telltale wrote"],
    [{ field: "level", to: "high" }, "Telltale raised it to high"],
  ] as const)("tells the history: %j", (change, sentence) => {
    const entry = { at: 0, by: { kind: "system", id: "detect" }, ...change } as AlertChange;
    expect(toHistorySentence(entry)).toBe(sentence);
  });

  it.each([
    [{ field: "regressed", from: "test" }, "It came back: a new hit after it was resolved as test"],
    [{ field: "woken", from: "count", to: "new" }, "It grew as much as was agreed: new again"],
    [{ field: "snooze", to: "2026-11-23T14:05:00.000Z" }, "Telltale snoozed it until 2026-11-23 14:05 UTC"],
    [{ field: "mute", to: "1400" }, "Telltale muted it until there are 1,400 events"],
    [{ field: "check", to: "Ask" }, "Telltale did: Ask"],
  ] as const)("tells what ended or began: %j", (change, sentence) => {
    const entry = { at: 0, by: { kind: "system", id: "detect" }, ...change } as AlertChange;
    expect(toHistorySentence(entry)).toBe(sentence);
  });

  it("says what ends the silence", () => {
    expect(silenceWords(alert())).toBeUndefined();
    expect(silenceWords(alert({ status: "suppressed", mutedUntilCount: 28 }))).toBe(
      "Silent until it has 28 events (now 14) or until its level rises.",
    );
  });

  it("says when a rule fires", () => {
    const condition = {
      type: "event_count",
      groupBy: ["actor.id"],
      timespanMs: 300_000,
      bounds: [{ operator: "gte", value: 5 }],
      valueFields: [],
      of: ["Failed sign-in"],
    };
    expect(toConditionSentence(condition)).toBe(
      "It fires when there are at least 5 events of “Failed sign-in” with the same actor.id within 5 min.",
    );
    expect(toConditionSentence({ ...condition, type: "rule" })).toBe("One event that matches is enough.");
  });

  it("filters by status, level, verdict, who has it and text", () => {
    expect(has({ status: "in_progress" }, {})).toBe(true);
    expect(has({ status: "resolved" }, {})).toBe(false);
    expect(has({ status: "suppressed" }, {})).toBe(false);
    expect(has({ status: "resolved" }, { status: "all" })).toBe(true);
    expect(has({ kind: "finding" }, { status: "all" })).toBe(false);
    expect(has({ kind: "finding" }, { status: "findings" })).toBe(true);
    expect(has({}, { level: "low" })).toBe(false);
    expect(has({}, { verdict: "none" })).toBe(true);
    expect(has({ assignee: "ada" }, { who: "me" })).toBe(true);
    expect(has({ assignee: "bob" }, { who: "none" })).toBe(false);
    expect(has({}, { q: "ALICE" })).toBe(true);
    expect(toWhere({ status: "findings", who: "me", level: "high" }, "ada")).toEqual({
      kind: "finding",
      level: ["high"],
      assignee: "ada",
    });
  });

  it("reads what the address says, and nothing else", () => {
    const raw = {
      status: "resolved",
      alert: "01a2-b",
      who: "me",
      group: "rule",
      order: "risk",
      q: "x",
      view: "rules",
    };
    expect(parseAlertsSearch(raw)).toEqual(raw);
    expect(
      parseAlertsSearch({ status: "gone", alert: "../x", who: "you", level: "<b>", q: "", view: "queue" }),
    ).toEqual({});
  });
});
