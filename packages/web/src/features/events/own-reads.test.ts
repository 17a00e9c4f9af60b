// SPDX-License-Identifier: Apache-2.0
import { parseQuery } from "@telltale/query";
import { describe, expect, it } from "vitest";
import { hidesReads, toTypedPosition, withoutReads } from "./own-reads.js";

describe("Telltale's own reads", () => {
  it("are hidden unless they are asked for, by the address or by the query", () => {
    expect(hidesReads({})).toBe(true);
    expect(hidesReads({ q: "outcome:failure" })).toBe(true);
    expect(hidesReads({ own: "1" })).toBe(false);
    for (const q of ["action:log_viewed", "action:log_*", "via:telltale", "NOT source.app:telltale"])
      expect(hidesReads({ q }), q).toBe(false);
  });

  it.each(["", "  ", "alice", "a OR b", 'message:"x) OR ("', "NOT outcome:success"])(
    "leave %j as it was meant",
    (query) => {
      expect(() => parseQuery(withoutReads(query))).not.toThrow();
      expect(withoutReads(query)).toContain("NOT action:log_searched AND NOT action:log_viewed");
    },
  );

  it("move no error from its place", () => {
    expect(toTypedPosition(5, "outcome:x")).toBe(4);
    expect(toTypedPosition(90, "outcome:x")).toBe(9);
    expect(toTypedPosition(0, "outcome:x")).toBe(0);
  });
});
