// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { makeIo } from "../../test/test-io.js";
import { attack } from "./attacker.js";
import { createNarrator } from "./narrator.js";
import type { Shopper } from "./shopper.js";

function recordingShopper(calls: string[]): Shopper {
  const record = async (call: string): Promise<boolean> => {
    calls.push(call);
    return true;
  };
  return {
    address: "203.0.113.66",
    signIn: (name, password) => record(`signIn ${name} ${password}`),
    order: async () => undefined,
    readOrder: (id) => record(`readOrder ${id}`),
    createUser: ({ name }, superuser) => record(`createUser ${name} ${superuser}`),
    setRole: (name, role) => record(`setRole ${name} ${role}`),
    updateBalance: (name) => record(`updateBalance ${name}`),
  };
}

const backDoor = { name: "helpdesk", password: "never-to-be-shown" };

describe("attack", () => {
  it("goes from guessing to taking over, and tells of it without a password", async () => {
    const calls: string[] = [];
    const test = makeIo();
    const victim = { name: "bob", password: "right-and-secret" };
    const names = ["alice", "bob", "carol", "dave", "erin", "frank"];
    await attack({
      io: test.io,
      tell: createNarrator(test.io),
      browser: recordingShopper(calls),
      victim,
      names,
      backDoor,
    });
    const success = calls.indexOf("signIn bob right-and-secret");
    expect(calls.slice(0, success).filter((each) => each.startsWith("signIn bob"))).toHaveLength(success);
    expect(success).toBeGreaterThanOrEqual(5);
    expect(calls.filter((each) => each.startsWith("readOrder")).length).toBeGreaterThanOrEqual(10);
    expect(calls.indexOf("readOrder 1")).toBeLessThan(calls.indexOf("updateBalance bob"));
    // As an administrator bob might change balances; the rule about that would stay silent.
    expect(calls.indexOf("updateBalance bob")).toBeLessThan(calls.indexOf("setRole bob admin"));
    expect(calls).toContain("createUser helpdesk true");
    expect(new Set(calls.slice(-names.length)).size).toBe(names.length);
    expect(test.stdout()).toContain("guesses the password of bob");
    for (const call of calls.filter((each) => each.startsWith("signIn"))) {
      expect(test.stdout()).not.toContain(call.split(" ")[2]);
    }
  });
  it("stops when it is told to", async () => {
    const calls: string[] = [];
    const test = makeIo();
    test.stop();
    const browser = recordingShopper(calls);
    await attack({
      io: test.io,
      tell: createNarrator(test.io),
      browser,
      victim: { name: "b", password: "p" },
      names: [],
      backDoor,
    });
    expect(calls).toEqual([]);
  });
});
