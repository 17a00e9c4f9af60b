// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { ANY, compilePattern, fold, ONE, parsePattern, wrapPattern } from "./pattern.js";

describe("the escaping table of the specification", () => {
  it.each([
    ["a single backslash", String.raw`C:\Windows`, [String.raw`C:\Windows`]],
    ["a doubled backslash", String.raw`C:\\Windows`, [String.raw`C:\Windows`]],
    ["an escaped star", String.raw`a\*b`, ["a*b"]],
    ["an escaped question mark", String.raw`a\?b`, ["a?b"]],
    ["two backslashes and a star", String.raw`a\\*`, [String.raw`a` + "\\", ANY]],
    ["two backslashes and a question mark", String.raw`a\\?`, ["a\\", ONE]],
    ["three backslashes and a star", String.raw`a\\\*b`, [String.raw`a\*b`]],
    ["three backslashes", String.raw`\\\host`, [String.raw`\\host`]],
    ["four backslashes", String.raw`\\\\host`, [String.raw`\\host`]],
    ["a backslash at the end", String.raw`dir\ `.trim(), ["dir\\"]],
    ["a star and a question mark", "*a?b*", [ANY, "a", ONE, "b", ANY]],
    ["neighbouring stars", "a**b", ["a", ANY, "b"]],
    ["nothing", "", []],
  ])("%s", (_name, text, parts) => {
    expect(parsePattern(text)).toEqual(parts);
  });
});

const matches = (pattern: string, text: string, cased = false): boolean =>
  compilePattern(parsePattern(pattern), cased)(cased ? text : fold(text));

describe("matching", () => {
  it.each([
    ["", ""],
    ["*", ""],
    ["abc", "ABC"],
    ["a*", "Abcd"],
    ["*d", "abcD"],
    ["*bc*", "aBCd"],
    ["a*c*e", "abcde"],
    ["a*e", "ae"],
    ["?", "😀"],
    ["a?c", "a😀c"],
    ["*?c", "😀c"],
    ["*a?", "xxa😀"],
    ["?*?", "ab"],
    ["*a*a*a*", "bananas"],
    ["ΑΣ", "ας"],
    ["*ΑΣ*", "ΑΣΑ"],
    ["kelvin", "\u212Aelvin"],
  ])("%j takes %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(true);
  });

  it.each([
    ["", "a"],
    ["abc", "abcd"],
    ["a*", "ba"],
    ["a*c*e", "abcd"],
    ["aa*aa", "aaa"],
    ["?", ""],
    ["?", "ab"],
    ["?*?", "a"],
    ["a?c", "ac"],
    ["*a?", "xxa"],
    ["straße", "strasse"],
  ])("%j refuses %j", (pattern, text) => {
    expect(matches(pattern, text)).toBe(false);
  });

  it("keeps the case under cased", () => {
    expect(matches("aB*", "aBc", true)).toBe(true);
    expect(matches("aB*", "abc", true)).toBe(false);
  });

  it("is not slowed down by a pattern of stars on a text made for it", () => {
    const pattern = compilePattern(parsePattern(`${"*a".repeat(100)}*b?`), false);
    const started = process.cpuUsage();
    expect(pattern("a".repeat(60_000))).toBe(false);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(5_000);
  });
});

it("wraps without doubling stars", () => {
  expect(wrapPattern(["a"], true, true)).toEqual([ANY, "a", ANY]);
  expect(wrapPattern([ANY, "a", ANY], true, true)).toEqual([ANY, "a", ANY]);
  expect(wrapPattern([], true, true)).toEqual([ANY]);
});
