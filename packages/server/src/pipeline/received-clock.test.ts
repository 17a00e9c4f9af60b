// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { ReceivedClock } from "./received-clock.js";

it("never runs backwards and reports a large step once", () => {
  let now = 1_000_000;
  const steps: number[] = [];
  const clock = new ReceivedClock(
    () => now,
    0,
    (back) => steps.push(back),
  );
  const first = clock.stamp();
  expect(first).toBe("1970-01-01T00:16:40.000Z");
  now -= 500;
  expect(clock.stamp()).toBe(first);
  expect(steps).toEqual([]);
  now -= 10_000;
  expect(clock.stamp()).toBe(first);
  clock.stamp();
  expect(steps).toEqual([10_500]);
  now = 1_000_001;
  expect(clock.stamp()).toBe("1970-01-01T00:16:40.001Z");
});

it("starts no earlier than the newest event of the log", () => {
  const clock = new ReceivedClock(
    () => 5,
    9000,
    () => {},
  );
  expect(clock.stamp()).toBe("1970-01-01T00:00:09.000Z");
});
