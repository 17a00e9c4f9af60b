// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  fromLocalInput,
  isRangeBound,
  parseRelative,
  rangeLabel,
  rangeWords,
  toInstants,
  toLocalInput,
} from "./time-range.js";

const NOW = Date.UTC(2026, 10, 22, 12);

describe("time range", () => {
  it("reads relative bounds", () => {
    expect(parseRelative("-15m")).toBe(900_000);
    expect(parseRelative("-7d")).toBe(604_800_000);
    expect(parseRelative("15m")).toBeUndefined();
    expect(parseRelative("-1y")).toBeUndefined();
  });

  it.each(["", "-", "now", "2026-11-22", "2026-13-41T00:00:00Z", "-9999999d", 7, undefined])(
    "refuses %s",
    (value) => {
      expect(isRangeBound(value, true)).toBe(false);
    },
  );

  it("takes 'all' and relative bounds only as a start", () => {
    expect(isRangeBound("all", true)).toBe(true);
    expect(isRangeBound("all", false)).toBe(false);
    expect(isRangeBound("-1h", false)).toBe(false);
    expect(isRangeBound("2026-11-22T10:00:00.000Z", false)).toBe(true);
  });

  it("asks the server with instants", () => {
    expect(toInstants({}, NOW)).toEqual({ from: "2026-11-21T12:00:00.000Z" });
    expect(toInstants({ from: "all" }, NOW)).toEqual({});
    expect(toInstants({ from: "-1h", to: "2026-11-22T11:30:00.000Z" }, NOW)).toEqual({
      from: "2026-11-22T11:00:00.000Z",
      to: "2026-11-22T11:30:00.000Z",
    });
  });

  it("names itself", () => {
    expect(rangeLabel({})).toBe("Last 24 hours");
    expect(rangeLabel({ from: "-1h" })).toBe("Last hour");
    expect(rangeLabel({ from: "all" })).toBe("The whole log");
    expect(rangeWords({ from: "-7d" })).toBe("in the last 7 days");
    expect(rangeWords({ from: "all" })).toBe("in the whole log");
    expect(rangeWords({ from: "2026-11-22T10:00:00.000Z", to: "2026-11-22T11:00:00.000Z" })).toMatch(
      /^between \d{4}-\d\d-\d\d \d\d:\d\d and \d\d:\d\d$/,
    );
  });

  it("goes through the local input and back, to the second", () => {
    expect(fromLocalInput(toLocalInput(NOW + 5000))).toBe("2026-11-22T12:00:05.000Z");
    expect(fromLocalInput("")).toBeUndefined();
  });
});
