// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStoredPath, valueAt } from "./stored-path.js";

describe("parseStoredPath", () => {
  it.each<[string, (string | number)[]]>([
    ["message", ["message"]],
    ["data.headers.cookie", ["data", "headers", "cookie"]],
    ["targets[0].name", ["targets", 0, "name"]],
    ['data["a b"].c', ["data", "a b", "c"]],
    ['data["\\"x\\""][12]', ["data", '"x"', 12]],
    ["data.__proto__", ["data", "__proto__"]],
  ])("reads %s", (path, steps) => {
    expect(parseStoredPath(path)).toEqual(steps);
  });
  it.each(["", ".", "a.", ".a", "a..b", "a[", "a[x]", 'a["x]', "a b", "a[-1]", "[0", `${"a.".repeat(70)}a`])(
    "refuses %j",
    (path) => {
      expect(parseStoredPath(path)).toBeUndefined();
    },
  );
  it("reads every path that protection writes, and finds what it hid there", () => {
    const protector = createProtector();
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 5 }), (keys) => {
        let value: unknown = "password=hunter2hunter2";
        for (const key of keys.toReversed())
          value = Object.defineProperty({}, key, {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        const event = { data: value } as Record<string, unknown>;
        for (const { path } of protector.protect(event) ?? []) {
          const steps = parseStoredPath(path);
          expect(steps, path).toBeDefined();
          expect(valueAt(event, steps ?? [])).toMatch(/\[(?:masked|removed):/);
        }
      }),
    );
  });
});

describe("valueAt", () => {
  it("sees own properties only", () => {
    expect(valueAt({ a: [{ b: "x" }] }, ["a", 0, "b"])).toBe("x");
    for (const steps of [["constructor"], ["a", "length", "x"], ["__proto__"], ["a", 1]])
      expect(valueAt({ a: [0] }, steps)).toBeUndefined();
  });
});
