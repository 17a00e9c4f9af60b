// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { pointAt } from "./bad-query.js";

describe("pointAt", () => {
  it.each([
    ["a b:c", 2, ["a b:c", "  ^"]],
    ["user:", 5, ["user:", "     ^"]],
    ["", 0, ["", "^"]],
    ["😀 x:y", 3, ["😀 x:y", "  ^"]],
    ["a\nb:c", 2, ["a␊b:c", "  ^"]],
  ])("%j at %i", (query, position, lines) => {
    expect(pointAt(query, position)).toEqual(lines);
  });
  it("shows the surroundings in a long query", () => {
    const [line = "", caret = ""] = pointAt(`${"x".repeat(500)}!${"y".repeat(500)}`, 500);
    expect(line.length).toBeLessThan(130);
    expect(line[caret.indexOf("^")]).toBe("!");
  });
  it.each([Number.NaN, -5, 1e9, Number.POSITIVE_INFINITY])("survives the position %d", (position) => {
    expect(pointAt("abc", position)).toHaveLength(2);
  });
});
