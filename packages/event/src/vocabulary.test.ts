// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { findAction, isReservedAction, VOCABULARY } from "./index.js";

describe("VOCABULARY", () => {
  test("has the 57 events of OWASP and the families that OWASP lacks", () => {
    expect(VOCABULARY.filter(({ owasp }) => owasp)).toHaveLength(57);
    const families = new Set(VOCABULARY.map(({ family }) => family));
    const own = [
      "api",
      "mfa",
      "password_reset",
      "transaction",
      "apikey",
      "impersonation",
      "data",
      "consent",
      "config",
    ];
    for (const family of [...own, "webhook", "integration", "telltale", "log"])
      expect(families).toContain(family);
    expect(VOCABULARY.filter(({ family }) => family === "log")).toHaveLength(41);
    expect(VOCABULARY.filter(({ family }) => family === "transaction")).toHaveLength(10);
  });

  test("names each action once, in snake_case, beginning with its family", () => {
    expect(new Set(VOCABULARY.map(({ action }) => action)).size).toBe(VOCABULARY.length);
    for (const { action, family } of VOCABULARY) {
      expect(action).toMatch(/^[a-z]+(_[a-z0-9]+)+$/);
      expect(action.startsWith(`${family}_`)).toBe(true);
    }
  });

  test("says for each action what to show and how to map it", () => {
    for (const { phrase, summary, ecs, ocsf } of VOCABULARY) {
      expect(phrase.past).not.toBe("");
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect([...ecs.category, ...ecs.type].every((word) => /^[a-z_]+$/.test(word))).toBe(true);
      expect(ocsf.class_uid).toBeGreaterThan(1000);
      expect(ocsf.activity_id).toBeGreaterThan(0);
    }
  });

  test("reserves for Telltale exactly the families log, anomaly and telltale", () => {
    for (const { action, family } of VOCABULARY) {
      expect(isReservedAction(action)).toBe(
        family === "log" || family === "telltale" || family === "anomaly",
      );
    }
    expect(
      ["log_", "Log_viewed", "anomaly_new", "TELLTALE_x", " log_viewed", "l\u200bog_x", "ｌｏｇ_x"].every(
        isReservedAction,
      ),
    ).toBe(true);
    expect(["login", "log", "claimed_log_viewed", "anomalous_x", "blog_\u200bx"].some(isReservedAction)).toBe(
      false,
    );
  });
});

test("findAction finds by own name only", () => {
  expect(findAction("authn_login_fail")).toMatchObject({
    level: "warn",
    outcome: "failure",
    family: "authn",
  });
  expect(findAction("constructor")).toBeUndefined();
  expect(findAction("authn_login_fail:bob")).toBeUndefined();
});
