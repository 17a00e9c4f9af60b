// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sentEvent } from "../test/arbitrary.js";
import { formatLine, neutralize, type SentEvent, toSentence, VOCABULARY } from "./index.js";

const base: SentEvent = {
  v: 1,
  id: "a",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop-api" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  reason: "bad_password",
  actor: { type: "user", id: "admin" },
  client: { ip: "192.168.1.10" },
};
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

describe("formatLine", () => {
  test("is the line of the design", () => {
    expect(formatLine({ ...base, message: "User login attempt" })).toBe(
      '2026-11-22T10:00:00.123Z WARN authn_login_fail failure user=admin ip=192.168.1.10 app=shop-api reason=bad_password "User login attempt"',
    );
  });

  test("cannot be forged by values", () => {
    const line = formatLine({
      ...base,
      actor: { type: "user", id: "x ip=1.2.3.4\n2026 INFO" },
      message: '\u001b[2K"\u202e',
    });
    expect(line).toContain('user="x ip=1.2.3.4␊2026 INFO"');
    expect(line).toContain('"␛[2K\\"<U+202E>"');
  });

  test("is one safe line for every event", () => {
    fc.assert(
      fc.property(sentEvent(), (event) => {
        expect(formatLine(event)).not.toMatch(unsafe);
        expect(toSentence(event)).not.toMatch(unsafe);
      }),
    );
  });
});

describe("toSentence", () => {
  test("does not name an application that did not name itself", () => {
    const event = {
      v: 1,
      id: "1",
      time: "2026-11-22T10:00:00.000Z",
      outcome: "success",
      level: "info",
    } as const;
    const bob = { ...event, source: { app: "unknown" }, actor: { type: "user", id: "bob" } } as const;
    expect(toSentence({ ...bob, action: "user_updated" })).toBe("bob changed a user");
    expect(toSentence({ ...bob, action: "authn_login_success" })).not.toContain("unknown");
  });
  const alice = {
    ...base,
    actor: { type: "user" as const, id: "u1", name: "alice" },
    client: { ip: "203.0.113.7" },
  };

  test.each<[Partial<SentEvent>, string]>([
    [{}, "alice failed to sign in to shop-api from 203.0.113.7 (bad password)"],
    [
      { action: "authn_login_success", outcome: "success", reason: undefined },
      "alice signed in to shop-api from 203.0.113.7",
    ],
    [
      {
        action: "authz_fail",
        outcome: "denied",
        reason: "not_owner",
        targets: [{ type: "order", id: "17" }],
      },
      "alice was not allowed to use order 17 in shop-api from 203.0.113.7 (not owner)",
    ],
    [
      {
        action: "user_created",
        outcome: "success",
        reason: undefined,
        targets: [{ type: "user", name: "bob" }],
      },
      "alice created bob in shop-api from 203.0.113.7",
    ],
    [
      {
        action: "transaction_payout",
        outcome: "success",
        reason: undefined,
        client: undefined,
        money: { amount: "12.50", currency: "EUR" },
      },
      "alice paid out 12.50 EUR in shop-api",
    ],
    [
      { action: "malicious_sqli", outcome: "denied", reason: undefined, actor: undefined },
      "someone tried SQL injection in shop-api from 203.0.113.7",
    ],
    [
      { action: "stock_counted", outcome: "success", reason: undefined },
      "alice: stock_counted (success) in shop-api from 203.0.113.7",
    ],
    [
      { action: "sshd_disconnected", outcome: "unknown", reason: undefined, actor: undefined },
      "sshd_disconnected in shop-api from 203.0.113.7",
    ],
    [
      {
        action: "sys_crash",
        outcome: "error",
        actor: { type: "system" },
        client: undefined,
        reason: "out_of_memory",
      },
      "the system could not keep shop-api running (out of memory)",
    ],
  ])("%j", (change, sentence) => {
    expect(toSentence({ ...alice, ...change })).toBe(sentence);
  });

  test("leaves no placeholder, and takes none from the sender", () => {
    for (const { action } of VOCABULARY) {
      for (const outcome of ["success", "failure", "denied", "error", "unknown"] as const) {
        expect(toSentence({ ...base, action, outcome })).not.toMatch(/[{}|]/);
      }
    }
    const sly = { ...base, action: "user_created", targets: [{ type: "user", id: "{app}$&" }] };
    expect(toSentence(sly)).toContain("{app}$&");
  });
});

test("neutralize makes the invisible visible and leaves the rest", () => {
  expect(neutralize("Grüße 世界 👋")).toBe("Grüße 世界 👋");
  expect(neutralize("a\u0000b\r\nc\u001b[31m\u007f")).toBe("a␀b␍␊c␛[31m␡");
  expect(neutralize("\u009b\u202e\ud800")).toBe("<U+009B><U+202E><U+D800>");
});
