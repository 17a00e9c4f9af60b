// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { ReceivedClock, verifyReceived } from "./received-clock.js";

let now: number;
let monotonic: number;
let steps: number[];
let clock: ReceivedClock;

/** Time passes on both clocks; the system's is set by `step` besides. */
function pass(ms: number, step = 0): void {
  monotonic += ms;
  now += ms + step;
}

function start(last = 0): ReceivedClock {
  return new ReceivedClock({
    now: () => now,
    monotonic: () => monotonic,
    last,
    onStep: (step) => void steps.push(step),
  });
}

beforeEach(() => {
  now = Date.UTC(2026, 9, 25, 0, 59);
  monotonic = 5_000;
  steps = [];
  clock = start();
});

describe("the clock that stamps events", () => {
  it("never runs backwards and reports a large step once", () => {
    const first = clock.stamp();
    expect(first).toBe("2026-10-25T00:59:00.000Z");
    pass(0, -500);
    expect(clock.stamp()).toBe(first);
    expect(steps).toEqual([]);
    pass(0, -10_000);
    expect(clock.stamp()).toBe(first);
    clock.stamp();
    expect(steps).toEqual([-10_500]);
    pass(10_501);
    expect(clock.stamp()).toBe("2026-10-25T00:59:00.001Z");
    expect(steps).toEqual([-10_500]);
  });

  it("reports a jump ahead, and the way back", () => {
    clock.stamp();
    pass(1000, 86_400_000);
    clock.stamp();
    pass(120_000);
    clock.stamp();
    pass(1000, -86_400_000);
    const stood = clock.stamp();
    expect(steps).toEqual([86_400_000, -86_400_000]);
    pass(1000);
    expect(clock.stamp()).toBe(stood);
  });

  it("reports a clock that stands still, again and again but not more than once a minute", () => {
    for (let i = 0; i < 300; i++) {
      clock.stamp();
      monotonic += 1000;
    }
    expect(steps.length).toBeGreaterThan(3);
    expect(steps.length).toBeLessThan(7);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBeLessThan(-230_000);
  });

  it("lets drift, slow corrections and the end of summer time pass", () => {
    for (let minute = 0; minute < 3 * 24 * 60; minute++) {
      clock.stamp();
      pass(60_000, minute % 2 === 0 ? 30 : 20); // 400 millionths
    }
    expect(steps).toEqual([]);
  });

  it("starts no earlier than the newest event of the log, and says so when that is far off", () => {
    expect(start(now + 1500).stamp()).toBe("2026-10-25T00:59:01.500Z");
    expect(steps).toEqual([]);
    expect(start(now + 9000).stamp()).toBe("2026-10-25T00:59:09.000Z");
    expect(steps).toEqual([-9000]);
  });

  it("never goes back, whatever the clock does", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.integer({ min: -1e9, max: 1e9 }))), (moves) => {
        const any = start();
        let before = "";
        for (const [ms, step] of moves) {
          pass(ms, Math.max(step, -now - ms));
          const stamp = any.stamp();
          expect(stamp >= before).toBe(true);
          before = stamp;
        }
      }),
    );
  });
});

describe("a start", () => {
  it("is refused when the clock is far behind the newest event, unless somebody accepts that", () => {
    expect(() => verifyReceived(now + 599_000, now, false)).not.toThrow();
    expect(() => verifyReceived(now - 1e12, now, false)).not.toThrow();
    expect(() => verifyReceived(now + 601_000, now, false)).toThrow("601 s behind the newest event");
    expect(() => verifyReceived(now + 601_000, now, true)).not.toThrow();
  });
});
