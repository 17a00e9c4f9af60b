// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Action } from "./permissions.js";
import { isAllowed, KEY_ROLES, PERMISSIONS, USER_ROLES } from "./permissions.js";

const ORDER = ["ingest", "read", "admin", "backfill"];
const ACTIONS = Object.keys(PERMISSIONS) as Action[];

describe("permissions", () => {
  it("say the same as the table for every role and action, both ways", () => {
    for (const action of ACTIONS) {
      const allowed: readonly string[] = PERMISSIONS[action];
      for (const role of USER_ROLES)
        expect(isAllowed({ kind: "user", role }, action)).toBe(allowed.includes(role));
      for (const role of KEY_ROLES) {
        expect(isAllowed({ kind: "key", role }, action)).toBe(allowed.includes(`key:${role}`));
      }
    }
  });

  it("do not mix up a user's role with a key's role of the same name", () => {
    expect(isAllowed({ kind: "user", role: "key:admin" }, "keys.manage")).toBe(false);
    expect(isAllowed({ kind: "key", role: "owner" }, "keys.manage")).toBe(false);
  });

  it("give nothing to a role or an action nobody declared", () => {
    for (const role of ["", "__proto__", "constructor", "root", "Owner"]) {
      for (const action of [...ACTIONS, "__proto__" as Action, "toString" as Action]) {
        expect(isAllowed({ kind: "user", role }, action)).toBe(false);
      }
    }
  });

  it("let an ingest key write, learn the public key of the log, follow decisions, and nothing else, and an auditor change nothing", () => {
    for (const action of ACTIONS) {
      expect(isAllowed({ kind: "key", role: "ingest" }, action)).toBe(
        ["events.write", "log.key", "decisions.follow"].includes(action),
      );
      const changes = [
        "events.write",
        "events.reveal",
        "alerts.decide",
        "keys.manage",
        "forward.manage",
        "notify.manage",
        "decisions.make",
        "decisions.follow",
        "retention.manage",
        "erasures.manage",
        "reviews.write",
        "reviews.sign",
        "exceptions.manage",
      ].includes(action);
      expect(isAllowed({ kind: "user", role: "auditor" }, action)).toBe(!changes);
    }
  });
});

describe("docs/reference/permissions.md", () => {
  it("shows the table, all of it and nothing else", () => {
    const text = readFileSync(new URL("../../../../docs/reference/permissions.md", import.meta.url), "utf8");
    const columns = [
      ...USER_ROLES,
      ...KEY_ROLES.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).map((role) => `key:${role}`),
    ];
    expect(text).toContain(`| action | ${columns.join(" | ")} |`);
    const rows = [...text.matchAll(/^\| `([a-z.]+)` \| (.+) \|$/gm)].map((match) => [match[1], match[2]]);
    const expected = ACTIONS.map((action) => {
      const allowed: readonly string[] = PERMISSIONS[action];
      return [action, columns.map((column) => (allowed.includes(column) ? "yes" : "–")).join(" | ")];
    });
    expect(rows).toEqual(expected);
  });
});
