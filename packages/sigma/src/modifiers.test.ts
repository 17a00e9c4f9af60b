// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { SigmaError } from "./errors.js";
import { MODIFIER_NAMES } from "./modifiers.js";
import { parseSigma } from "./parse.js";

const OPTIONS = { placeholders: { Admins: ["root", "adm*"], Dots: ["a.b", "(c)"], One: ["x"] } };
const ruleOf = (selection: string): string =>
  `title: t\nlogsource: {product: p}\ndetection:\n  s:\n    ${selection}\n  condition: s\n`;
const fires = (selection: string, event: object): boolean =>
  compileRules(parseSigma(ruleOf(selection), "m.yml", OPTIONS)).match(event).length === 1;

function refusal(selection: string): { code: string; line: number; key: string } {
  try {
    parseSigma(ruleOf(selection), "m.yml", OPTIONS);
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error(`${selection} was accepted`);
}

/** Each modifier with a value that it finds and one that it does not. */
const ROWS: [modifier: string, selection: string, fits: object, fails: object][] = [
  ["contains", "a|contains: bc", { a: "ABCD" }, { a: "b c" }],
  ["startswith", "a|startswith: bc", { a: "bcd" }, { a: "abc" }],
  ["endswith", "a|endswith: bc", { a: "abc" }, { a: "bcd" }],
  ["all", "a|contains|all: [x, y]", { a: "yx" }, { a: "x" }],
  ["neq", "a|neq: x", { a: "y" }, { a: "X" }],
  ["cased", "a|cased: Ab*", { a: "Abc" }, { a: "abc" }],
  ["exists", "a|exists: true", { a: "" }, { b: 1 }],
  ["re", "a|re: '^b.d$'", { a: "bcd" }, { a: "Bcd" }],
  ["i", "a|re|i: '^b'", { a: "Bc" }, { a: "ab" }],
  ["ignorecase", "a|re|ignorecase: '^b'", { a: "Bc" }, { a: "ab" }],
  ["m", "a|re|m: '^b'", { a: "a\nb" }, { a: "ab" }],
  ["multiline", "a|re|multiline: '^b'", { a: "a\nb" }, { a: "ab" }],
  ["s", "a|re|s: 'a.b'", { a: "a\nb" }, { a: "ab" }],
  ["dotall", "a|re|dotall: 'a.b'", { a: "a\nb" }, { a: "ab" }],
  ["cidr", "a|cidr: 'fe80::/10'", { a: "FE80::1" }, { a: "10.0.0.1" }],
  ["lt", "a|lt: 1", { a: 0.5 }, { a: 1 }],
  ["lte", "a|lte: 1", { a: "1.0" }, { a: 1.1 }],
  ["gt", "a|gt: -1", { a: 0 }, { a: -1 }],
  ["gte", "a|gte: 1", { a: 1 }, { a: "x" }],
  ["minute", "a|minute: 59", { a: "2026-03-01T00:59:00Z" }, { a: "2026-03-01T00:58:00Z" }],
  ["hour", "a|hour: 0", { a: "2026-03-01T00:59:00Z" }, { a: "2026-03-01T01:00:00Z" }],
  ["day", "a|day|lte: 2", { a: "2026-03-01T00:59:00Z" }, { a: "2026-03-31T00:59:00Z" }],
  ["week", "a|week: 9", { a: "2026-03-01T00:00:00Z" }, { a: "2026-03-02T00:00:00Z" }],
  ["month", "a|month: 3", { a: "2026-03-01T00:00:00Z" }, { a: "2026-02-28T23:00:00Z" }],
  ["year", "a|year|gt: 2025", { a: "2026-03-01T00:00:00Z" }, { a: "2025-12-31T23:59:59Z" }],
  ["fieldref", "a|fieldref: b", { a: "X", b: "x" }, { a: "x", b: "y" }],
  ["expand", "a|expand: 'u-%Admins%'", { a: "u-admin" }, { a: "u-%Admins%" }],
  ["base64", "a|base64: foobar", { a: "Zm9vYmFy" }, { a: "Zm9vYmFyX" }],
  ["base64offset", "a|base64offset|contains: foobar", { a: "eGZvb2Jhcg==" }, { a: "foobar" }],
  ["wide", "a|wide: ab", { a: "a\0b\0" }, { a: "ab" }],
  ["utf16le", "a|utf16le|contains: ab", { a: "xa\0b\0" }, { a: "\0a\0bx" }],
  ["utf16be", "a|utf16be: ab", { a: "\0a\0b" }, { a: "a\0b\0" }],
  ["utf16", "a|utf16: ab", { a: "\u00ff\u00fea\0b\0" }, { a: "a\0b\0" }],
  ["windash", "a|windash|contains: ' -x'", { a: "y ―x" }, { a: "y x" }],
];

describe("every modifier", () => {
  it("has a row here", () => {
    expect(ROWS.map(([name]) => name).sort()).toEqual([...MODIFIER_NAMES].sort());
  });
  it.each(ROWS)("%s: %s", (_name, selection, fits, fails) => {
    expect(fires(selection, fits)).toBe(true);
    expect(fires(selection, fails)).toBe(false);
  });
});

describe("chains of modifiers", () => {
  it.each<[string, object, boolean]>([
    ["a|re|contains: '^b$'", { a: "b" }, true],
    ["a|re|contains: 'b'", { a: "abc" }, true],
    ["a|re|startswith: 'b|c'", { a: "cx" }, true],
    ["a|re|startswith: 'b|c'", { a: "xc" }, false],
    ["a|re|m|startswith: 'b'", { a: "a\nb" }, false],
    ["a|re|endswith: 'b|c'", { a: "xb" }, true],
    ["a|re|endswith: 'b|c'", { a: "bx" }, false],
    ["a|re|i|endswith: 'B'", { a: "xb" }, true],
    ["a|expand|contains: '%Admins%'", { a: "the root user" }, true],
    ["a|contains|expand: '%Admins%'", { a: "the root user" }, true],
    ["a|contains|expand: '%Admins%'", { a: "the user" }, false],
    ["a|startswith|expand: '%Admins%-*-%One%'", { a: "adm1-2-xyz" }, true],
    [String.raw`a|contains|expand: '100\%One%'`, { a: "100%One%" }, true],
    [String.raw`a|expand: 'p\*%One%'`, { a: "p*x" }, true],
    [String.raw`a|contains|expand: 'p\*%One%'`, { a: "pxx" }, false],
    [String.raw`a|contains|expand: 'p\*\?%One%'`, { a: "_p*?x_" }, true],
    ["a|re|expand: '^%Dots%$'", { a: "a.b" }, true],
    ["a|re|expand: '^%Dots%$'", { a: "axb" }, false],
    ["a|re|expand: '^%Dots%$'", { a: "(c)" }, true],
    ["a|expand|all: ['%One%', x]", { a: "x" }, true],
    ["a|contains|all|expand: ['%Admins%', '%One%']", { a: "x root" }, true],
    ["a|contains|all|expand: ['%Admins%', '%One%']", { a: "root" }, false],
    ["a|wide|contains: 'a*b'", { a: "xa\0..b\0y" }, true],
    ["a|contains|wide: 'a*b'", { a: "xa\0..b\0y" }, true],
    ["a|contains|wide: 'a*b'", { a: "ab" }, false],
    ["a|windash|contains|all: [' -a', ' /b']", { a: "x –b —a" }, true],
    ["a|windash|contains|all: [' -a', ' /b']", { a: "x –b" }, false],
    ["a|windash|contains: ' –é'", { a: "x -É" }, true],
    ["a|windash: 'a-b /c'", { a: "a/b -c" }, false],
    ["a|neq|contains: x", { a: "axb" }, false],
    ["a|neq|gt: 5", { a: 5 }, true],
    ["a|fieldref|neq: b", { a: "x", b: "X" }, false],
    ["a|fieldref|cased: b", { a: "x", b: "X" }, false],
    ["a|cased|contains: B", { a: "ab" }, false],
    ["a|cased|re: B", { a: "aB" }, true],
    ["a|exists|neq: true", {}, true],
    ["a|all|neq: [x*, '*y']", { a: "xy" }, false],
    ["a|all|neq: [x*, '*y']", { a: "x" }, true],
  ])("%s on %j: %s", (selection, event, expected) => {
    expect(fires(selection, event)).toBe(expected);
  });
});

describe("chains without meaning", () => {
  it.each([
    ["a|i: x", "modifier_conflict"],
    ["a|contains|re: x", "modifier_conflict"],
    ["a|base64|re: x", "modifier_conflict"],
    ["a|contains|cidr: 10.0.0.0/8", "modifier_conflict"],
    ["a|re|base64: x", "modifier_conflict"],
    ["a|contains|base64: x", "modifier_conflict"],
    ["a|wide|base64offset: x*y", "modifier_conflict"],
    ["a|wide|utf16be: x", "modifier_conflict"],
    ["a|wide|expand: '%One%'", "modifier_conflict"],
    ["a|contains: null", "modifier_conflict"],
    ["a|cased: null", "modifier_conflict"],
    ["a|cased|exists: true", "modifier_conflict"],
    ["a|cased|gt: 5", "modifier_conflict"],
    ["a|cidr|cased: 10.0.0.0/8", "modifier_conflict"],
    ["a|fieldref: b*", "modifier_conflict"],
    ["a|fieldref: ' '", "bad_value"],
    ["a|exists: 'yes'", "wrong_type"],
    ["a|lt: x", "wrong_type"],
    ["a|lt: 0x10", "wrong_type"],
    ["a|hour: 1.5", "wrong_type"],
    ["a|hour: 24", "bad_value"],
    ["a|month: 0", "bad_value"],
    ["a|week: 54", "bad_value"],
    ["a|re|startswith: 'b)|(c'", "bad_regex"],
    ["a|expand: '%Nobody%'", "unknown_placeholder"],
    ["a|re|expand: '%Nobody%'", "unknown_placeholder"],
    ["a|windash: '-a -b -c -d -e -f'", "too_many_variants"],
    ["a|: x", "unknown_modifier"],
    ["a|Contains: x", "unknown_modifier"],
    ["a|__proto__: x", "unknown_modifier"],
  ])("%s is %s, with its place", (selection, code) => {
    expect(refusal(selection)).toMatchObject({
      code,
      line: 5,
      key: `detection.s.${selection.slice(0, selection.indexOf(": "))}`,
    });
  });
});

/** Specification 2.1, "Escape Character": value as written, a text that it finds, one that it does not. */
describe("the escaping table", () => {
  it.each([
    ["a single backslash", String.raw`a\b`, String.raw`a\b`, String.raw`a\\b`],
    ["a doubled backslash", String.raw`a\\b`, String.raw`a\b`, String.raw`a\\b`],
    ["an escaped star", String.raw`a\*b`, "a*b", String.raw`a\xb`],
    ["an escaped question mark", String.raw`a\?b`, "a?b", "axb"],
    ["a backslash and a star", String.raw`a\\*b`, String.raw`a\xyb`, "a*b"],
    ["a backslash and a question mark", String.raw`a\\?b`, String.raw`a\xb`, "a?b"],
    ["three backslashes and a star", String.raw`a\\\*b`, String.raw`a\*b`, String.raw`a\xb`],
    ["four backslashes and a star", String.raw`a\\\\*b`, String.raw`a\\xb`, String.raw`a\xb`],
    ["three backslashes", String.raw`\\\a`, String.raw`\\a`, String.raw`\a`],
    ["four backslashes", String.raw`\\\\a`, String.raw`\\a`, String.raw`\\\\a`],
    ["a backslash at the end", "a\\", "a\\", "a"],
    ["a star", "a*b", "a__b", "a__"],
    ["a star for nothing", "a*b", "ab", "a"],
    ["a question mark", "a?b", "a_b", "ab"],
    ["a question mark for what is no 16 bits", "a?b", "a😀b", "a😀😀b"],
  ])("%s", (_name, value, fits, fails) => {
    expect(fires(`a: '${value}'`, { a: fits })).toBe(true);
    expect(fires(`a: '${value}'`, { a: fails })).toBe(false);
  });
});

/** Missing, null, empty and present, asked in every way. */
describe("null, empty and exists", () => {
  const events = [{}, { a: null }, { a: "" }, { a: [] }, { a: "x" }];
  it.each([
    ["a: null", [true, true, false, true, false]],
    ["a: ''", [false, false, true, false, false]],
    ["a|exists: true", [false, true, true, true, true]],
    ["a|exists: false", [true, false, false, false, false]],
    ["a|neq: null", [false, false, true, false, true]],
    ["a|neq: ''", [true, true, false, true, true]],
    ["a: '*'", [false, false, true, false, true]],
    ["a|re: '^$'", [false, false, true, false, false]],
  ])("%s", (selection, expected) => {
    expect(events.map((event) => fires(selection, event))).toEqual(expected);
  });
});
