// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Hold, Retention } from "../../shared/api/types.js";
import {
  daysAhead,
  forecastWords,
  keptWords,
  scopeWords,
  searchableWords,
  toStorageAnswer,
} from "./words.js";

const NOW = Date.UTC(2026, 10, 22, 12);
const disk: NonNullable<Retention["disk"]> = {
  freeBytes: 400e9,
  totalBytes: 1000e9,
  limitBytes: 1e9,
  bytesPerDay: 2e9,
  daysUntilFull: 199.5,
  since: new Date(NOW - 3 * 86_400_000).toISOString(),
  freeBytesThen: 406e9,
  full: false,
};
const hold: Hold = {
  id: "h",
  name: "case",
  reason: "court",
  scope: { first: 10, next: 21 },
  placed: "2026-11-01T00:00:00.000Z",
  placedBy: "ada",
  released: null,
  releasedBy: null,
  releaseReason: null,
};

const onTimes = (from: string, to: string): Hold => ({ ...hold, scope: { from, to } });

function retention(change: Partial<Retention> = {}): Retention {
  return {
    policy: { searchableDays: 90, keptDays: 365, override: null },
    size: 1000,
    firstKept: 100,
    pruned: [{ first: 0, next: 100 }],
    searchableFrom: 500,
    nextDue: null,
    waiting: 0,
    archiving: false,
    lastRun: null,
    lastError: null,
    holds: [],
    storage: {
      segments: 3,
      compressed: 2,
      bytes: 1e6,
      oldest: "2026-01-05T12:00:00Z",
      oldestSearchable: null,
    },
    disk,
    ...change,
  };
}

describe("storage in words", () => {
  it.each([
    [{}, "Events are kept for 365 days, and the disk lasts 199 days at this rate."],
    [{ disk: { ...disk, daysUntilFull: null } }, "Events are kept for 365 days."],
    [
      { firstKept: 0, disk: null, holds: [hold, { ...hold, released: "2026-11-02T00:00:00Z" }] },
      "Events are kept for 365 days; 1 legal hold keeps some of them longer.",
    ],
    [{ disk: null, holds: [hold] }, "Events are kept for 365 days; 1 legal hold covers none of them."],
    [
      {
        disk: null,
        holds: [{ ...hold, scope: { first: 1000, next: 1001 } }, onTimes("2025-01-01", "2026-01-05")],
      },
      "Events are kept for 365 days; 2 legal holds cover none of them.",
    ],
    [
      { disk: null, holds: [onTimes("2026-11-23", "2026-12-01"), onTimes("2026-01-01", "2026-01-06"), hold] },
      "Events are kept for 365 days; 1 legal hold keeps some of them longer.",
    ],
    [{ disk: { ...disk, daysUntilFull: 3.9 } }, "The disk is full in 3 days at this rate: 400 GB are free."],
    [{ disk: { ...disk, full: true } }, "The disk is full: no events are taken until there is room."],
    [{ lastError: "the archive is not there." }, "Retention met trouble: the archive is not there."],
  ])("answers %#", (change, answer) => {
    expect(toStorageAnswer(retention(change), NOW)).toBe(answer);
  });

  it("shows the figures of the forecast", () => {
    expect(forecastWords(disk, NOW)).toBe(
      "199 days: 6 GB in the last 3 days are 2 GB a day, and 399 GB are left until events would be refused",
    );
    expect(forecastWords({ ...disk, bytesPerDay: null }, NOW)).toContain("Not known yet");
    expect(forecastWords({ ...disk, daysUntilFull: null }, NOW)).toContain("Not filling");
    expect(forecastWords({ ...disk, full: true }, NOW)).toContain("Full");
  });

  it("counts what is kept and what can be searched", () => {
    expect(keptWords(retention())).toBe("365 days: 900 events, the oldest from 2026-01-05");
    expect(searchableWords(retention())).toBe("90 days: 500 events");
  });

  it("says what a hold is on", () => {
    expect(scopeWords(hold)).toBe("events 10 to 20");
    expect(scopeWords({ scope: { first: 10, next: 11 } })).toBe("event 10");
    expect(scopeWords({ scope: { from: "2026-11-01T00:00:00Z", to: "2026-11-08T00:00:00Z" } })).toBe(
      "received from 2026-11-01 00:00 UTC to 2026-11-08 00:00 UTC",
    );
    expect(daysAhead("2026-11-25T00:00:00Z", NOW)).toBe(3);
  });
});
