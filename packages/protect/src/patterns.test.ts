// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileUserPatterns, PatternError } from "./patterns.js";
import { createProtector } from "./protector.js";

describe("patterns of the user", () => {
  const patterns = compileUserPatterns([
    { kind: "badge", pattern: "BDG-[0-9]{4,8}" },
    { kind: "project", pattern: "project \\w+", ignoreCase: true },
  ]);
  const protector = createProtector({ patterns });

  it("mask in free text, and not in identity fields", () => {
    const event = { message: "BDG-12345 saw Project Apollo", actor: { id: "BDG-12345" } };
    expect(protector.protect(event)).toEqual([
      { path: "message", how: "masked", kind: "badge" },
      { path: "message", how: "masked", kind: "project" },
    ]);
    expect(event).toEqual({ message: "[masked:badge] saw [masked:project]", actor: { id: "BDG-12345" } });
    expect(protector.protect(event)).toBeNull();
  });

  it("never match a marker", () => {
    const broad = createProtector({
      patterns: compileUserPatterns([{ kind: "all", pattern: "[a-z:\\[\\]]+" }]),
    });
    const once = broad.protectText("mail a@b.example now").text;
    expect(broad.protectText(once)).toEqual({ text: once, found: [] });
  });

  it("change the policy", () => {
    expect(protector.policy).not.toBe(createProtector().policy);
  });

  it("stay linear where others explode", () => {
    const evil = createProtector({ patterns: compileUserPatterns([{ kind: "evil", pattern: "(a+)+$" }]) });
    const start = performance.now();
    evil.protectText(`${"a".repeat(5000)}!`);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

function codeOf(pattern: { kind: string; pattern: string }): string {
  try {
    compileUserPatterns([pattern]);
  } catch (error) {
    if (error instanceof PatternError) return `${error.code} ${error.index}`;
  }
  return "accepted";
}

describe("refused patterns", () => {
  it.each([
    [{ kind: "Bad Kind", pattern: "x" }, "bad_kind 0"],
    [{ kind: "x", pattern: "(" }, "bad_pattern 0"],
    [{ kind: "x", pattern: "(?=a)" }, "bad_pattern 0"],
    [{ kind: "x", pattern: "a*" }, "matches_nothing 0"],
    [{ kind: "x", pattern: "a".repeat(1001) }, "too_long 0"],
  ])("%j", (pattern, expected) => {
    expect(codeOf(pattern)).toBe(expected);
  });

  it("more than a hundred", () => {
    expect(() =>
      compileUserPatterns(Array.from({ length: 101 }, () => ({ kind: "x", pattern: "x" }))),
    ).toThrow("at most 100");
  });
});
