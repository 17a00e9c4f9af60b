// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createThrottle, toNetwork } from "./throttle.js";

function make() {
  const clock = { now: 1_000_000 };
  return { clock, throttle: createThrottle(() => clock.now) };
}

describe("throttle", () => {
  it("lets five failures pass, then doubles the wait up to five minutes", () => {
    const { clock, throttle } = make();
    const waits: number[] = [];
    for (let i = 0; i < 18; i++) {
      let wait = throttle.attempt("alice", "192.0.2.1");
      waits.push(wait);
      while (wait > 0) {
        clock.now += wait * 1_000;
        wait = throttle.attempt("alice", "192.0.2.1");
      }
    }
    expect(waits.slice(0, 9)).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8]);
    expect(waits.at(-1)).toBe(300);
  });

  it("counts guesses that are sent at once", () => {
    const { throttle } = make();
    const passed = Array.from({ length: 100 }, () => throttle.attempt("alice", "192.0.2.1")).filter(
      (w) => w === 0,
    );
    expect(passed).toHaveLength(5);
  });

  it("forgets the failures of a pair that signed in", () => {
    const { throttle } = make();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 4; i++) expect(throttle.attempt("alice", "192.0.2.1")).toBe(0);
      expect(throttle.attempt("alice", "192.0.2.1")).toBe(0);
      throttle.succeeded("alice", "192.0.2.1");
    }
  });

  it("stops one address that tries many names, and only that address", () => {
    const { throttle } = make();
    const waits = Array.from({ length: 40 }, (_, i) => throttle.attempt(`user${i}`, "192.0.2.1"));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(30);
    expect(throttle.attempt("user39", "192.0.2.2")).toBe(0);
  });

  it("does not let strangers lock out somebody at an address that is known", () => {
    const { throttle } = make();
    expect(throttle.attempt("alice", "198.51.100.7")).toBe(0);
    throttle.succeeded("alice", "198.51.100.7");
    for (let i = 0; i < 200; i++) throttle.attempt("alice", `203.0.113.${i}`);
    expect(throttle.attempt("alice", "192.0.2.99")).toBeGreaterThan(0);
    expect(throttle.attempt("alice", "198.51.100.7")).toBe(0);
  });

  it("treats an IPv6 customer network as one address", () => {
    expect(toNetwork("2001:db8:0:1::5")).toBe(toNetwork("2001:0db8:0000:0001:ffff:1:2:3"));
    expect(toNetwork("2001:db8:0:2::5")).not.toBe(toNetwork("2001:db8:0:1::5"));
    expect(toNetwork("::1")).toBe("0:0:0:0::/64");
    expect(toNetwork("::ffff:192.0.2.1")).toBe("192.0.2.1");
  });
});
