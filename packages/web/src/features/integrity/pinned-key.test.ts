// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isBroken, judgeInTime, judgePin, nextPin, parsePin, pinWords, toSealState } from "./pinned-key.js";

const seen = { origin: "o", vkey: "k", size: 10, root: "r" };
const pin = { ...seen, since: "2026-11-22T10:00:00.000Z" };

describe("what this browser remembers of a log", () => {
  it.each([
    ["first", undefined, seen],
    ["same", pin, seen],
    ["grown", pin, { ...seen, size: 11, root: "s" }],
    ["key_changed", pin, { ...seen, vkey: "other" }],
    ["origin_changed", pin, { ...seen, origin: "p", vkey: "other" }],
    ["shrunk", pin, { ...seen, size: 9, root: "q" }],
    ["forked", pin, { ...seen, root: "s" }],
  ] as const)("judges %s", (verdict, stored, now) => {
    expect(judgePin(stored, now)).toBe(verdict);
    expect(isBroken(verdict)).toBe(pinWords(verdict) !== undefined);
  });

  it("takes a late answer for late, and a shorter log for shorter", () => {
    const late = { ...seen, size: 9, root: "q" };
    expect(judgeInTime(pin, late, undefined)).toBe("late");
    expect(judgeInTime(pin, late, pin)).toBe("shrunk");
    // Pinned when the question left: 8; another tab has seen 10 since.
    expect(judgeInTime(pin, late, { ...pin, size: 8, root: "p" })).toBe("same");
    expect(judgeInTime(pin, late, { ...pin, size: 9, root: "other" })).toBe("forked");
    expect(judgeInTime(pin, { ...seen, root: "s" }, undefined)).toBe("forked");
    expect(judgeInTime(pin, { ...seen, size: 11, root: "s" }, undefined)).toBe("grown");
  });

  it("remembers growth and never overwrites the evidence of a break", () => {
    const later = "2026-11-23T10:00:00.000Z";
    expect(nextPin(undefined, seen, "first", later)).toEqual({ ...seen, since: later });
    expect(nextPin(pin, { ...seen, size: 12, root: "t" }, "grown", later)).toEqual({
      ...pin,
      size: 12,
      root: "t",
    });
    expect(nextPin(pin, { ...seen, vkey: "other" }, "key_changed", later)).toBe(pin);
    expect(nextPin(pin, { ...seen, size: 1 }, "shrunk", later)).toBe(pin);
  });

  it("takes nothing malformed for a pin", () => {
    expect(parsePin(JSON.stringify(pin))).toEqual(pin);
    for (const text of [null, "", "null", "[]", "{}", '{"origin":1}', "{"])
      expect(parsePin(text)).toBeUndefined();
  });

  it("shows the worst it knows", () => {
    expect(toSealState(undefined, null)).toBe("unknown");
    expect(toSealState("same", null)).toBe("unwitnessed");
    expect(toSealState("same", { from: 0, to: 9, verdict: "intact" })).toBe("unwitnessed");
    expect(toSealState("same", { from: 0, to: 0, verdict: "unverifiable" })).toBe("unwitnessed");
    expect(toSealState("key_changed", { from: 0, to: 9, verdict: "intact" })).toBe("broken");
    expect(toSealState("grown", { from: 0, to: 9, verdict: "tampered" })).toBe("broken");
    expect(toSealState("grown", { from: 0, to: 9, verdict: "unverifiable" })).toBe("unknown");
  });
});
