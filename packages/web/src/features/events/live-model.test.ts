// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { describe, expect, it } from "vitest";
import type { IndexedEvent } from "../../shared/api/types.js";
import { arrive, emptyLive, LIVE_MAX, mergeRows, release } from "./live-model.js";

function items(from: number, count: number): IndexedEvent[] {
  return Array.from({ length: count }, (_, at) => ({ index: from + at, event: {} as SecurityEvent }));
}
const indices = (list: readonly IndexedEvent[]) => list.map((item) => item.index);

describe("live events", () => {
  it("shows newest first and counts an index once", () => {
    const first = arrive({ ...emptyLive, newest: 9 }, items(8, 4));
    expect(indices(first.shown)).toEqual([11, 10]);
    expect(arrive(first, items(10, 2))).toBe(first);
  });

  it("holds, counts, and gives back without a hole", () => {
    const held = arrive({ ...emptyLive, held: true }, items(0, 3));
    expect(held.shown).toEqual([]);
    expect(held.waitingCount).toBe(3);
    const { state, reload } = release(held);
    expect(reload).toBe(false);
    expect(indices(state.shown)).toEqual([2, 1, 0]);
    expect(state.waitingCount).toBe(0);
  });

  it("goes on counting beyond what it keeps, and then asks for a reload", () => {
    const held = arrive({ ...emptyLive, held: true }, items(0, LIVE_MAX + 10));
    expect(held.waiting).toHaveLength(LIVE_MAX);
    expect(held.waitingCount).toBe(LIVE_MAX + 10);
    const { state, reload } = release(held);
    expect(reload).toBe(true);
    expect(state).toMatchObject({ shown: [], waiting: [], newest: LIVE_MAX + 9 });
  });

  it("asks for a reload when the stream lost some", () => {
    expect(release({ ...emptyLive, lost: 1 }).reload).toBe(true);
  });

  it("puts live rows above the fetched ones, each once", () => {
    const fetched = items(0, 3).reverse();
    expect(indices(mergeRows(items(1, 4).reverse(), fetched))).toEqual([4, 3, 2, 1, 0]);
    expect(mergeRows([], fetched)).toBe(fetched);
  });
});
