// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { describe, expect, it } from "vitest";
import type { LearnStatus } from "../../shared/api/types.js";
import { kindWord, learningWords, toAnomaliesAnswer, toSurroundings, toUnusual } from "./words.js";

const NOW = Date.UTC(2026, 10, 22, 12);
const learn: LearnStatus = {
  enabled: true,
  since: "2026-06-01T12:00:00.000Z",
  graceDays: 14,
  streamGraceDays: 14,
  users: 120,
  streams: 1,
};
const event = (data: Record<string, unknown>): SecurityEvent => ({
  received: "2026-11-22T12:00:00.000Z",
  via: "telltale",
  v: 1,
  id: "x",
  time: "2026-06-22T12:00:00.000Z",
  source: { app: "telltale" },
  action: "anomaly_first_seen",
  outcome: "unknown",
  level: "warn",
  data,
});

describe("anomalies in words", () => {
  it("answers whether anything is unusual", () => {
    expect(toAnomaliesAnswer(learn, 0, false)).toBe("Nothing unusual was found in the last 30 days.");
    expect(toAnomaliesAnswer(learn, 1, false)).toBe("1 anomaly in the last 30 days.");
    expect(toAnomaliesAnswer(learn, 50, true)).toBe("More than 50 anomalies in the last 30 days.");
    expect(toAnomaliesAnswer({ ...learn, since: null }, 0, false)).toContain("no events");
    expect(toAnomaliesAnswer({ ...learn, enabled: false }, 3, false)).toContain("learning is off");
  });

  it("says how far learning is", () => {
    expect(learningWords(learn, NOW)).toBe(
      "Learning since 2026-06-01; 120 users and 1 route or source are known.",
    );
    expect(learningWords({ ...learn, since: "2026-11-20T12:00:00.000Z" }, NOW)).toContain("12 days to go");
    expect(learningWords({ ...learn, enabled: false }, NOW)).toContain("TELLTALE_LEARN");
    expect(learningWords({ ...learn, since: null }, NOW)).toContain("14 days");
  });

  it("leads to what the entity did around that time", () => {
    const range = { from: "2026-11-22T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z" };
    const user = { entity: { type: "user", id: "alice" }, app: "shop", score: 71 };
    expect(toUnusual(event(user))).toEqual({ type: "user", id: "alice", app: "shop", score: 71 });
    const { q, ...rest } = toSurroundings(event(user));
    expect(rest).toEqual(range);
    expect(q).toContain("alice");
    expect(q).toContain("source.app");
    expect(toSurroundings(event({ entity: { type: "log", id: "main" } }))).toEqual(range);
  });

  it("takes whatever an event holds", () => {
    for (const data of [{}, { entity: null }, { entity: "x" }, { entity: { id: 5 } }, { score: "high" }])
      expect(toUnusual(event(data))).toEqual({ type: "log", id: "", app: undefined, score: undefined });
    expect(kindWord("anomaly_silence")).toBe("silence");
    expect(kindWord("anomaly_else")).toBe("anomaly_else");
  });
});
