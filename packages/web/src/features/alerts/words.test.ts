// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Alert, AlertChange } from "../../shared/api/types.js";
import { parseAlertsSearch } from "./search-state.js";
import {
  evidenceWords,
  isIn,
  toAlertAnswer,
  toExtent,
  toHistorySentence,
  toSubject,
  worstOf,
} from "./words.js";

function alert(change: Partial<Alert> = {}): Alert {
  return {
    id: "a",
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
    createdAt: 0,
    updatedAt: 0,
    history: [],
    ...change,
  };
}

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

  it("filters by status", () => {
    expect(isIn(alert({ status: "in_progress" }), "open")).toBe(true);
    expect(isIn(alert({ status: "resolved" }), "open")).toBe(false);
    expect(isIn(alert({ status: "resolved" }), "all")).toBe(true);
    expect(parseAlertsSearch({ status: "resolved", alert: "01a2-b" })).toEqual({
      status: "resolved",
      alert: "01a2-b",
    });
    expect(parseAlertsSearch({ status: "gone", alert: "../x" })).toEqual({});
  });
});
