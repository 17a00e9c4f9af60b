// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";

// The measuring code is plain JavaScript, as the command that runs it has no build.
const folder = new URL("../measure/", import.meta.url);
const load = async (file: string): Promise<unknown> => (await import(new URL(file, folder).href)) as unknown;

interface Score {
  labelled: number;
  found: number;
  false: number;
  examples: { what: string; text: string; hidden: string }[];
}
interface Result {
  rows: { row: string | number; name: string; group: string; seen: Score; fresh: Score }[];
  benign: { name: string; bytes: number; masks: number; examples: { text: string }[] }[];
}
const { measure, totalOf, recallOf } = (await load("table.mjs")) as {
  measure: (options: object) => Result;
  totalOf: (result: Result, group: string, part: "seen" | "fresh") => Score;
  recallOf: (score: Score) => number;
};
const { spansOf, scoreItem, emptyScore } = (await load("score.mjs")) as {
  spansOf: (text: string, hidden: string) => { start: number; end: number; kind: string }[];
  scoreItem: (protector: object, item: object, score: Score) => void;
  emptyScore: () => Score;
};

const protector = createProtector();

describe("measuring", () => {
  it("sees what was hidden", () => {
    expect(spansOf("a 123 b 45", "a [masked:x] b [removed:y]")).toEqual([
      { start: 2, end: 5, kind: "x" },
      { start: 8, end: 10, kind: "y" },
    ]);
    expect(spansOf("a [masked:x] b", "a [masked:x] b")).toEqual([]);
  });

  it("counts a value that looks out as missed, and what hides nothing labelled as false", () => {
    const score = emptyScore();
    const shy = { protectText: () => ({ text: "id [masked:x] secret abcdefgh[masked:y]", found: [] }) };
    scoreItem(shy, { text: "id 12 secret abcdefghijklmnop", needles: ["abcdefghijklmnop"] }, score);
    expect(score).toMatchObject({ labelled: 1, found: 0, false: 1 });
  });

  it("gives the same figures for the same seed", () => {
    const once = measure({ protector, count: 1, benignBytes: 20_000 });
    expect(measure({ protector, count: 1, benignBytes: 20_000 })).toEqual(once);
  });
});

describe("the protector", () => {
  const result = measure({ protector, count: 1, benignBytes: 200_000, seed: "small" });

  it("is measured on every row", () => {
    const rows = new Set(result.rows.map(({ row }) => Number.parseInt(String(row), 10)));
    expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    for (const row of result.rows) {
      expect(row.seen.labelled).toBeGreaterThan(1);
    }
  });

  it("finds what is structured, and hides little else", () => {
    expect(recallOf(totalOf(result, "structured", "seen"))).toBeGreaterThanOrEqual(0.97);
    expect(recallOf(totalOf(result, "prose", "seen"))).toBeGreaterThanOrEqual(0.85);
    expect(result.benign.flatMap(({ examples }) => examples.map(({ text }) => text))).toEqual([]);
  });
});
