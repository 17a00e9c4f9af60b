// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { judgePassword, parseSignInSearch, readSetupToken } from "./search-state.js";

describe("where to go after signing in", () => {
  it("is a path of this site", () => {
    expect(parseSignInSearch({ to: "/events?q=a" })).toEqual({ to: "/events?q=a" });
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "events",
    "/sign-in",
    7,
  ])("is never %s", (to) => expect(parseSignInSearch({ to })).toEqual({}));
});

describe("the set-up token", () => {
  it.each([
    [{ search: "?token=abc", hash: "" }, "abc"],
    [{ search: "", hash: "#token=abc" }, "abc"],
    [{ search: "", hash: "#abc" }, "abc"],
    [{ search: "", hash: "" }, ""],
  ])("is read from %j", (location, token) => expect(readSetupToken(location)).toBe(token));
});

describe("a new password", () => {
  it("is judged in words", () => {
    expect(judgePassword("", "ada")).toContain("12 characters");
    expect(judgePassword("short", "ada")).toBe("5 of 12 characters.");
    expect(judgePassword("ada likes sums", "Ada")).toContain("your name");
    expect(judgePassword("aaaaaaaaaaaa", "bob")).toContain("repeats");
    expect(judgePassword("correct horse battery", "ada")).toBeUndefined();
  });
});
