// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUrlSearch, toUrlSearch } from "./url.js";

describe("search parameters", () => {
  it("keeps numbers and JSON as the text they are", () => {
    expect(parseUrlSearch("?q=403&x=%7B%7D&live=0")).toEqual({ q: "403", x: "{}", live: "0" });
  });

  it("leaves out what is unset and keeps times readable", () => {
    expect(toUrlSearch({ q: undefined, to: "", from: "2026-11-22T10:00:00.000Z", event: 7 })).toBe(
      "?from=2026-11-22T10:00:00.000Z&event=7",
    );
    expect(toUrlSearch({})).toBe("");
  });

  it("takes __proto__ for a name like any other", () => {
    const parsed = parseUrlSearch("?__proto__=1&a=2");
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(parsed["a"]).toBe("2");
  });

  it("survives the way there and back, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (q) => {
        expect(parseUrlSearch(toUrlSearch({ q }))).toEqual({ q });
      }),
    );
  });
});
