// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseEventsSearch } from "./search-state.js";

describe("address of the events page", () => {
  it("keeps what is well-formed", () => {
    expect(parseEventsSearch({ q: "a:b", from: "-1h", live: "0", event: "42" })).toEqual({
      q: "a:b",
      from: "-1h",
      live: "0",
      event: 42,
    });
  });

  it.each([
    { from: "yesterday", to: "-1h", live: "1", event: "-1" },
    { q: "", event: "1.5" },
    { q: 7, event: "9007199254740993" },
    { event: "x" },
  ])("leaves out what is not: %j", (raw) => {
    expect(parseEventsSearch(raw)).toEqual({});
  });

  it("bounds the query", () => {
    expect(parseEventsSearch({ q: "x".repeat(10_000) }).q).toHaveLength(4096);
  });
});
