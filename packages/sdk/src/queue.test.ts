// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Queue } from "./queue.js";
import type { Waiting } from "./waiting.js";

function entry(seq: number, telemetry: boolean, size: number): Waiting {
  const none = { mac: "", losses: undefined, watch: undefined };
  return { json: "x".repeat(size), bytes: size, seq, telemetry, ...none };
}

describe("Queue", () => {
  test("drops the oldest telemetry, then the oldest of the rest, never what is on its way", () => {
    const dropped: number[] = [];
    const queue = new Queue(1350, (_, entries) => dropped.push(...entries.map(({ seq }) => seq)));
    queue.push(entry(1, false, 100));
    queue.push(entry(2, true, 100));
    queue.push(entry(3, false, 100));
    queue.push(entry(4, true, 100));
    queue.push(entry(5, false, 100));
    expect(dropped).toEqual([2]);
    const flying = queue.take(1, 1000);
    expect(flying.map(({ seq }) => seq)).toEqual([1]);
    queue.push(entry(6, false, 100));
    queue.push(entry(7, false, 100));
    expect(dropped).toEqual([2, 4, 3]);
    queue.push(entry(8, false, 5000));
    expect(dropped).toEqual([2, 4, 3, 5, 6, 7, 8]);
    queue.release();
    expect(queue.cost).toBe(0);
  });

  test("holds its promises whatever comes", () => {
    const step = fc.oneof(
      fc.record({ push: fc.boolean(), size: fc.integer({ min: 1, max: 600 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 10 }), bytes: fc.integer({ min: 1, max: 2000 }) }),
      fc.constant("release" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let dropped = 0;
        let delivered = 0;
        let seq = 0;
        let flying: readonly Waiting[] = [];
        const order: number[] = [];
        const queue = new Queue(4000, (_, entries) => (dropped += entries.length));
        for (const each of steps) {
          if (each === "release") {
            queue.release();
            flying = [];
          } else if ("push" in each) queue.push(entry(++seq, each.push, each.size));
          else if (flying.length === 0) {
            flying = queue.take(each.take, each.bytes);
            delivered += flying.length;
            order.push(...flying.map((one) => one.seq));
          }
          expect(queue.cost).toBeLessThanOrEqual(4000);
          expect(queue.isSettled((flying[0]?.seq ?? seq + 1) - 1)).toBe(
            flying.length > 0 || queue.count === 0,
          );
        }
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(dropped + delivered + queue.count).toBe(seq);
      }),
    );
  });
});
