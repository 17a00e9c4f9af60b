// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryLog } from "../../../test/memory-log.js";
import { indexAt, receivedAt } from "./index-at.js";

const BASE = Date.UTC(2026, 0, 1);
const logOf = (seconds: readonly number[]): MemoryLog => {
  const log = new MemoryLog();
  const lines = seconds.map((each) =>
    JSON.stringify({ received: new Date(BASE + each * 1000).toISOString(), id: String(each) }),
  );
  if (lines.length > 0) log.append(lines);
  return log;
};

describe("the index at a time", () => {
  it("leaves nothing out that came at the time or later, and goes back a minute at most", async () => {
    const order = fc.array(fc.nat(10_000), { maxLength: 60 }).map((all) => all.toSorted((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(order, fc.nat(11_000), async (seconds, at) => {
        const index = await indexAt(logOf(seconds), BASE + at * 1000);
        expect(seconds.slice(0, index).every((each) => each < at)).toBe(true);
        expect(seconds.slice(index).every((each) => each >= at - 60)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("asks no pruned event, and begins behind the last one that is gone", async () => {
    const log = logOf([0, 100, 200, 300]);
    const kept = {
      get size() {
        return log.size;
      },
      firstKept: (index: number) => Math.max(index, 2),
      read(from: number, to: number, most?: number) {
        if (from < 2) throw new Error("pruned");
        return log.read(from, to, most);
      },
    };
    expect(await indexAt(kept, BASE)).toBe(2);
    expect(await indexAt(kept, BASE + 300_000)).toBe(3);
  });

  it("knows no time of a line that has none", async () => {
    const log = new MemoryLog();
    log.append(['{"id":"x","received":"2026-01-01T00:00:00.000Z"}']);
    expect(await receivedAt(log, 0)).toBeNaN();
  });
});
