// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold } from "./fold.js";
import { anywhere, compileGlob, type Glob, toGlob, toRe2 } from "./glob.js";

const glob = (text: string): Glob =>
  toGlob(Array.from(text, (char) => (char === "*" || char === "?" ? char : { text: char })));

describe("compileGlob success", () => {
  const cases = [
    ["*", ""],
    ["a*", "abc"],
    ["*c", "abc"],
    ["a*c", "ac"],
    ["a?c", "abc"],
    ["?", "😀"],
    ["*a*b*", "xxaxxbxx"],
    ["a*", "a\nb"],
    ["AUTHN_*", "authn_login"],
  ] as const;
  test.each(cases)("%s fits %s", (pattern, text) => {
    expect(compileGlob(glob(pattern))(text)).toBe(true);
  });
});

describe("compileGlob failure", () => {
  const cases = [
    ["?", ""],
    ["a?c", "ac"],
    ["a*c", "abd"],
    ["abc", "abcd"],
    ["a.c", "abc"],
  ] as const;
  test.each(cases)("%s does not fit %s", (pattern, text) => {
    expect(compileGlob(glob(pattern))(text)).toBe(false);
  });
});

test("compileGlob agrees with a plain regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "😀", "."), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "."), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const source = Array.from(pattern, (c) => (c === "*" ? ".*" : c === "?" ? "." : c === "." ? "\\." : c));
      expect(compileGlob(glob(pattern))(text)).toBe(new RegExp(`^${source.join("")}$`, "su").test(text));
    }),
    { numRuns: 3000 },
  );
});

test("compileGlob agrees with a plain regular expression on long pieces", () => {
  const one = fc.constantFrom("a", "b", "?", "😀");
  const piece = fc.string({ unit: one, minLength: 25, maxLength: 100 });
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.boolean(),
      (pieces, at, whole) => {
        const source = pieces
          .map((each) => Array.from(each, (c) => (c === "?" ? "." : c)).join(""))
          .join(".*");
        const letters = Array.from(pieces.join("ab").replaceAll("?", "b"));
        if (!whole) letters[at % letters.length] = "a";
        const text = letters.join("");
        expect(compileGlob(glob(pieces.join("*")))(text)).toBe(new RegExp(`^${source}$`, "su").test(text));
      },
    ),
  );
});

test("compileGlob is not slow where each place of the text begins like the pattern", () => {
  const text = "a".repeat(60_000);
  for (const piece of [
    `${"a".repeat(1000)}b`,
    `b${"a".repeat(1000)}`,
    `${"a".repeat(500)}?${"a".repeat(500)}b`,
  ]) {
    const started = performance.now();
    expect(compileGlob(anywhere(glob(piece)))(text)).toBe(false);
    // The product of both lengths would take seconds.
    expect(performance.now() - started).toBeLessThan(1500);
  }
});

test("compileGlob is not slow on the pattern that makes backtracking matchers explode", () => {
  const test = compileGlob(anywhere(glob("a*a*a*a*a*a*a*a*a*a*b")));
  const started = performance.now();
  expect(test("a".repeat(20_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
});

test("toRe2 leaves no operator in what was typed", () => {
  expect(toRe2(glob("a.(b)|[c]\\d$^+{2}*?é"))).toBe(
    "a\\x{2e}\\x{28}b\\x{29}\\x{7c}\\x{5b}c\\x{5d}\\x{5c}d\\x{24}\\x{5e}\\x{2b}\\x{7b}2\\x{7d}.*.é",
  );
});

describe("fold", () => {
  const cases = [
    ["ALICE", "alice"],
    ["ÉCOLE", "école"],
    ["İ", "i"],
    ["ΟΔΟΣ", "οδοσ"],
    ["ß", "ß"],
    ["\uD800x", "\uFFFDx"],
    ["😀", "😀"],
  ] as const;
  test.each(cases)("%s becomes %s", (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  test("folding twice changes nothing more", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fold(fold(text))).toBe(fold(text));
      }),
    );
  });
});
