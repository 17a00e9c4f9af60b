// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Source } from "../../shared/api/types.js";
import { sourcesAnswer, sourceWords, toShownSources } from "./source-words.js";

const source = (more: Partial<Source> = {}): Source => ({
  app: "shop-api",
  via: "ingest_a",
  boot: "b",
  state: "live",
  lastSeq: 9,
  lastReceived: "2026-11-22T12:00:00.000Z",
  missing: 0,
  gaps: [],
  findings: 0,
  ...more,
});

describe("sources in words", () => {
  it("says what is missing and who is silent", () => {
    expect(sourceWords(source())).toEqual({ words: "sends signs of life", isBad: false });
    expect(sourceWords(source({ state: "stopped", missing: 1 }))).toEqual({
      words: "stopped; 1 event missing",
      isBad: true,
    });
    expect(sourceWords(source({ state: "silent" })).isBad).toBe(true);
  });
  it("answers for all of them", () => {
    const all = { complete: true, total: 1, sources: [source()] };
    expect(sourcesAnswer({ complete: true, total: 0, sources: [] })).toContain("No application");
    expect(sourcesAnswer(all)).toBe("1 process numbers its events: nothing is missing and none is silent.");
    expect(sourcesAnswer({ ...all, total: 2, sources: [source(), source({ state: "silent" })] })).toBe(
      "2 processes number their events: something is wrong with 1.",
    );
    expect(sourcesAnswer({ ...all, complete: false })).toContain("older ones");
  });
  it("shows first those with which something is wrong", () => {
    const many = [...Array.from({ length: 30 }, () => source()), source({ boot: "x", missing: 3 })];
    expect(toShownSources(many)).toHaveLength(20);
    expect(toShownSources(many)[0]?.boot).toBe("x");
  });
});
