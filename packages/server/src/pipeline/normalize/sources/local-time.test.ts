// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { firstYear, newestYear, parseZone, YearClock, type LocalStamp } from "./local-time.js";

const NOW = Date.UTC(2026, 10, 22, 12);
const utc = parseZone("UTC");
const stamp = (month: number, day: number, hour = 0): LocalStamp => ({
  month,
  day,
  hour,
  minute: 0,
  second: 0,
});
const iso = (ms: number | undefined) =>
  ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16);

describe("parseZone", () => {
  it.each([
    ["UTC", "2026-07-01T12:00"],
    ["+02:00", "2026-07-01T10:00"],
    ["-0330", "2026-07-01T15:30"],
    ["Europe/Berlin", "2026-07-01T10:00"],
    ["America/New_York", "2026-07-01T16:00"],
    ["Asia/Kolkata", "2026-07-01T06:30"],
  ])("%s", (name, expected) => {
    expect(iso(parseZone(name)(Date.UTC(2026, 6, 1, 12)))).toBe(expected);
  });
  it("takes the earlier of two times when clocks go back, and goes on when they go forward", () => {
    const berlin = parseZone("Europe/Berlin");
    expect(iso(berlin(Date.UTC(2026, 9, 25, 2, 30)))).toBe("2026-10-25T00:30");
    expect(iso(berlin(Date.UTC(2026, 9, 25, 3, 30)))).toBe("2026-10-25T02:30");
    expect(iso(berlin(Date.UTC(2026, 2, 29, 1, 30)))).toBe("2026-03-29T00:30");
    expect(iso(berlin(Date.UTC(2026, 2, 29, 3, 30)))).toBe("2026-03-29T01:30");
  });
  it.each(["Mars/Base", "", "+25:00", "CET "])("refuses %j", (name) => {
    expect(() => parseZone(name)).toThrow(expect.objectContaining({ code: "bad_zone" }));
  });
});

describe("newestYear", () => {
  it("is this year for what has been and last year for what would still come", () => {
    expect(newestYear(stamp(11, 22, 11), utc, NOW)).toBe(2026);
    expect(newestYear(stamp(12, 10), utc, NOW)).toBe(2025);
  });
  it("forgives a clock that is up to a day ahead", () => {
    expect(newestYear(stamp(11, 23), utc, NOW)).toBe(2026);
    expect(newestYear(stamp(11, 24), utc, NOW)).toBe(2025);
  });
  it("gives leap days a leap year", () => {
    expect(newestYear(stamp(2, 29), utc, NOW)).toBe(2024);
  });
});

describe("YearClock", () => {
  it("goes over New Year", () => {
    const years = new YearClock(utc, () => NOW, 2024);
    expect([stamp(12, 31, 23), stamp(1, 1), stamp(2, 1)].map((each) => iso(years.resolve(each)))).toEqual([
      "2024-12-31T23:00",
      "2025-01-01T00:00",
      "2025-02-01T00:00",
    ]);
  });
  it("puts a late line of the old year into the old year", () => {
    const years = new YearClock(utc, () => NOW, 2024);
    const stamps = [stamp(12, 31, 23), stamp(1, 1), stamp(12, 31, 23), stamp(1, 2)];
    expect(stamps.map((each) => iso(years.resolve(each)))).toEqual([
      "2024-12-31T23:00",
      "2025-01-01T00:00",
      "2024-12-31T23:00",
      "2025-01-02T00:00",
    ]);
  });
  it("says that there is no such day", () => {
    expect(new YearClock(utc, () => NOW, 2025).resolve(stamp(2, 29))).toBeUndefined();
  });
  it.each([Number.NaN, 12, 99_999, 2025.5])("refuses the year %d", (year) => {
    expect(() => new YearClock(utc, () => NOW, year)).toThrow(expect.objectContaining({ code: "bad_year" }));
  });
});

describe("firstYear", () => {
  it("finds a New Year inside the file", () => {
    expect(firstYear(stamp(12, 20), stamp(1, 5), utc, NOW)).toBe(2025);
    expect(firstYear(stamp(1, 5), stamp(11, 1), utc, NOW)).toBe(2026);
    expect(firstYear(stamp(1, 5), stamp(12, 20), utc, NOW)).toBe(2025);
  });
});
