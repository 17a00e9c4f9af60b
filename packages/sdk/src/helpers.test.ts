// SPDX-License-Identifier: Apache-2.0
import { VOCABULARY, type VocabularyAction } from "@telltale/event";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { EventDetails, Needs } from "./helper-types.js";
import { createHelpers } from "./helpers.js";

const calls: [string, unknown][] = [];
const helpers = createHelpers((action, details) => calls.push([action, details]));

describe("helpers", () => {
  test("are one for each action that a sender may use, named after it", () => {
    calls.length = 0;
    const all = Object.values(helpers).flatMap((group) => Object.values(group)) as (() => void)[];
    for (const helper of all) helper();
    const families = new Set(["sdk", "source", "log", "telltale", "anomaly"]);
    const expected = VOCABULARY.filter(({ family }) => !families.has(family)).map(({ action }) => action);
    expect(calls.map(([action]) => action).sort()).toEqual(expected.sort());
    expect(Object.keys(helpers)).toEqual(
      expect.arrayContaining(["authn", "passwordReset", "transaction", "apikey"]),
    );
  });

  test("hand their details on", () => {
    calls.length = 0;
    helpers.authn.loginFail({ actor: { id: "alice" }, reason: "bad_password" });
    helpers.passwordReset.completed({ targets: [{ type: "user", id: "1" }] });
    helpers.malicious.excess404();
    helpers.transaction.payout({
      money: { amount: "5.00", currency: "EUR" },
      targets: [{ type: "account" }],
    });
    helpers.authz.change({ targets: [{ type: "user", id: "1" }], changes: [{ field: "role", to: "admin" }] });
    expect(calls.map(([action]) => action)).toEqual([
      "authn_login_fail",
      "password_reset_completed",
      "malicious_excess_404",
      "transaction_payout",
      "authz_change",
    ]);
    expect(calls[0]?.[1]).toEqual({ actor: { id: "alice" }, reason: "bad_password" });
  });

  test("say by their types what an action should carry", () => {
    // @ts-expect-error a failed sign-in needs a reason
    helpers.authn.loginFail({ actor: { id: "alice" } });
    // @ts-expect-error and an actor
    helpers.authn.loginFail();
    // @ts-expect-error a payout needs money
    helpers.transaction.payout({ targets: [{ type: "account" }] });
    // @ts-expect-error a change of role needs the change
    helpers.authz.change({ targets: [{ type: "user", id: "1" }] });
    // @ts-expect-error a target needs a type
    helpers.user.created({ targets: [{ id: "1" }] });
    // @ts-expect-error no such action
    expect(helpers.authn.loginFails).toBeUndefined();
    // @ts-expect-error reserved for Telltale
    expect(helpers.log).toBeUndefined();
    expectTypeOf<keyof Needs>().toExtend<VocabularyAction>();
    expectTypeOf<Needs[keyof Needs]>().toExtend<keyof EventDetails>();
  });
});
