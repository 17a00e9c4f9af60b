// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createNameJudges } from "../names/verdict.js";
import { createFinder } from "./find.js";
import { KEPT_KINDS } from "./personal.js";
import { createDetectors } from "./registry.js";

/**
 * Every detector on the shapes that are worst for it: many beginnings that never end, long runs, separators without values. Those of `asking`
 * are for detectors that run only when a policy asks for them. What they cost in time is what the benchmark of this package prints.
 */
const SHAPES = JSON.parse(
  readFileSync(new URL("../../test/worst-shapes.json", import.meta.url), "utf8"),
) as Record<"default" | "asking", Record<string, string>>;

const { secretOf } = createNameJudges();
const finders = {
  default: createFinder(createDetectors(secretOf)),
  asking: createFinder(createDetectors(secretOf, KEPT_KINDS)),
};
const CASES = (["default", "asking"] as const).flatMap((group) =>
  Object.entries(SHAPES[group]).map(([name, shape]) => [name, shape, finders[group]] as const),
);

/** Milliseconds of CPU time, which other processes on the machine do not add to. */
function timeOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

function repeat(shape: string, length: number): string {
  return shape.repeat(Math.ceil(length / shape.length)).slice(0, length);
}

// Four times the text may cost four times the time; a quadratic scan costs sixteen times as much.
const GROWTH = 8;
const ROUNDS = 30;

describe("time on hostile texts", () => {
  it.each(CASES)(
    "%s: linear",
    (_, shape, find) => {
      for (const text of [
        repeat(shape, 40_000),
        `password=${repeat(shape, 40_000)}`,
        `x ${repeat(`${shape}!`, 40_000)}`,
      ]) {
        const quarter = text.slice(0, 10_000);
        let whole = Number.POSITIVE_INFINITY;
        let part = Number.POSITIVE_INFINITY;
        // Below half a millisecond the clock says nothing about growth.
        const growth = (): number => Math.max(whole, 0.5) / Math.max(part, 0.125);
        // The best of many rounds is what the code costs; a round in which a neighbour had the caches says nothing.
        for (let round = 0; round < ROUNDS && (round < 2 || growth() >= GROWTH); round++) {
          whole = Math.min(
            whole,
            timeOf(() => find(text, "text")),
          );
          part = Math.min(
            part,
            timeOf(() => find(quarter, "text")),
          );
        }
        expect(growth()).toBeLessThan(GROWTH);
      }
    },
    60_000,
  );
});
