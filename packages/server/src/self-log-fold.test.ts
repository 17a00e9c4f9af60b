// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "./self-log.js";
import { createFoldedLog } from "./self-log-fold.js";

let now: number;
let events: SelfEvent[];
beforeEach(() => {
  now = 1_000_000;
  events = [];
});
const log = (options?: Parameters<typeof createFoldedLog>[2]): ReturnType<typeof createFoldedLog> =>
  createFoldedLog({ emit: (event) => void events.push(event) }, () => now, options);

describe("createFoldedLog", () => {
  it("says the same thing once in a window and then how often it was repeated", () => {
    const folded = log();
    for (let i = 0; i < 5; i++) folded.emit("a", { action: "x" });
    folded.emit("b", { action: "x" });
    now += 60_000;
    folded.emit("a", { action: "x", data: { other: 1 } });
    expect(events).toEqual([
      { action: "x" },
      { action: "x" },
      { action: "x", data: { other: 1, repeats: 4 } },
    ]);
  });
  it("spends no more than its budget on ever new keys, and counts the rest", () => {
    const folded = log({ budget: 3 });
    for (let i = 0; i < 1000; i++) folded.emit(`key ${i}`, { action: "x" });
    expect(events).toHaveLength(3);
    now += 60_000;
    folded.emit("next", { action: "x" });
    expect(events.at(-1)).toEqual({ action: "x", data: { untold: 997 } });
    folded.emit("after", { action: "x" });
    expect(events.at(-1)).toEqual({ action: "x" });
  });
});
