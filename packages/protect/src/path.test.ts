// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { boundFields, formatPath } from "./path.js";

describe("formatPath", () => {
  it.each([
    [["data", "headers", "set-cookie"], "data.headers.set-cookie"],
    [["targets", 0, "name"], "targets[0].name"],
    [["data", "a.b", "c d"], 'data["a.b"]["c d"]'],
    [["data", 'say "hi"\n'], 'data["say \\"hi\\"\\n"]'],
    [["data", ""], 'data[""]'],
    [["data", "ключ"], 'data["ключ"]'],
    [["data", "x".repeat(100)], `data["${"x".repeat(64)}…"]`],
  ])("%j", (steps, expected) => {
    expect(formatPath(steps)).toBe(expected);
  });
});

describe("boundFields", () => {
  it("leaves a short list alone", () => {
    const fields = [{ path: "a[1]", how: "masked" as const, kind: "email" }];
    expect(boundFields(fields)).toBe(fields);
  });

  it("makes one entry of the elements of a list", () => {
    const fields = Array.from({ length: 200 }, (_, i) => ({
      path: `a[${i}].b`,
      how: "masked" as const,
      kind: i % 2 ? "email" : "jwt",
    }));
    expect(boundFields(fields)).toEqual([
      { path: "a[*].b", how: "masked", kind: "jwt" },
      { path: "a[*].b", how: "masked", kind: "email" },
    ]);
  });
});
