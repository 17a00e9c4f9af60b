// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { SigmaError } from "./errors.js";
import { MODIFIER_NAMES } from "./modifiers.js";
import { parseSigma } from "./parse.js";

const rule = (detection: string, rest = ""): string =>
  `title: t\nlogsource:\n  product: telltale\n${rest}detection:\n${detection.replaceAll(/^/gm, "  ")}\n`;

function errorOf(text: string, options = {}): SigmaError {
  try {
    parseSigma(text, "r.yml", options);
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** "none" when it was accepted or refused with a SigmaError, else what was thrown. */
function refusalOf(work: () => unknown): unknown {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof SigmaError ? "none" : error;
  }
}

/** Whether a rule with one selection matches the event. */
function fires(selection: string, event: object, options = {}): boolean {
  const ruleSet = compileRules(parseSigma(rule(`s:\n  ${selection}\ncondition: s`), "r.yml", options));
  const found = ruleSet.match(event).length === 1;
  expect(ruleSet.rules[0]?.matches(event)).toBe(found);
  return found;
}

describe("values", () => {
  it.each([
    ["a: Admin", { a: "aDMIN" }],
    ["a: 42", { a: 42 }],
    ["a: 42", { a: "42" }],
    ["a: '42'", { a: 42 }],
    ["a: 00000429", { a: "00000429" }],
    ["a: true", { a: "True" }],
    ["a: ''", { a: "" }],
    ["a: null", {}],
    ["a: null", { a: null }],
    ["a:", { a: [] }],
    ["a: [x, y]", { a: "Y" }],
    ["a: x", { a: ["z", ["X"]] }],
    ["a.b: x", { a: { b: "x" } }],
    ["a.b: x", { a: [{ c: 1 }, { b: "x" }] }],
    ["a.b: x", { "a.b": "x" }],
    ["a.b.c: x", { a: { "b.c": "x" } }],
    ["New Value: x", { NewValue: "x" }],
    ["__proto__: x", JSON.parse('{"__proto__":"x"}') as object],
    ["a|contains: ''", { a: "anything" }],
    ["a|contains|all: [x, y]", { a: "yx" }],
    ["a|startswith: ab*d", { a: "abcde" }],
    ["a|endswith: '?z'", { a: "xyz" }],
    ["a|contains: 5", { a: 1567 }],
    ["a|cased: Ab", { a: "Ab" }],
    ["a|neq: x", { a: "y" }],
    ["a|neq: x", {}],
    ["a|exists: true", { a: null }],
    ["a|exists: false", { b: 1 }],
    ["a|re: '^b+$'", { a: "bbb" }],
    ["a|re|i: '^B+$'", { a: "bbb" }],
    ["a|re: '(?i)^B+$'", { a: "bbb" }],
    ["a|re|m: '^b$'", { a: "a\nb" }],
    ["a|re|s: 'a.b'", { a: "a\nb" }],
    ["a|cidr: 10.0.0.0/8", { a: "10.9.9.9" }],
    ["a|gte: 400", { a: 400 }],
    ["a|lt: 10.5", { a: "10.49" }],
    ["a|fieldref: b.c", { a: "X1", b: [{ c: "y" }, { c: "x1" }] }],
    ["a|fieldref|startswith: b", { a: "abc", b: "AB" }],
    ["a|fieldref|neq: b", { a: "x", b: "y" }],
    ["a|base64: foobar", { a: "zm9VYMFY" }],
    ["a|base64offset|contains: foobar", { a: Buffer.from("xfoobarx").toString("base64") }],
    ["a|wide|base64offset|contains: ping", { a: Buffer.from("x ping y", "utf16le").toString("base64") }],
    ["a|utf16be|base64: a", { a: "AGE=" }],
    ["a|utf16|base64: a", { a: "//5hAA==" }],
    ["a|windash|contains: ' -enc '", { a: "powershell –ENC x" }],
    ["a|contains|windash: ' /f'", { a: "del -f" }],
    ["a|hour: 23", { a: "2026-03-02T00:30:00+01:00" }],
    ["a|hour|gte: 22", { a: "2026-03-02T23:00:00Z" }],
    ["a|week: 53", { a: "2027-01-01T12:00:00Z" }],
    ["a|year: 2026", { a: Date.UTC(2026, 5, 1) }],
  ])("%s matches %j", (selection, event) => {
    expect(fires(selection, event)).toBe(true);
  });

  it.each([
    ["a: 42", { a: "042" }],
    ["a: 00000429", { a: 429 }],
    ["a: ''", { a: null }],
    ["a: ''", {}],
    ["a: null", { a: "" }],
    ["a: null", { a: {} }],
    ["a|contains: ''", {}],
    ["a|cased: Ab", { a: "ab" }],
    ["a|neq: [x, y]", { a: "y" }],
    ["a|exists: true", {}],
    ["a|re: '^B+$'", { a: "bbb" }],
    ["a|gte: 400", { a: "0x200" }],
    ["a|gte: 400", { a: "" }],
    ["a|lt: 1", { a: null }],
    ["a|fieldref: b", {}],
    ["a|fieldref: b", { a: null, b: null }],
    ["constructor|exists: true", {}],
    ["toString: x", {}],
    ["a.length|exists: true", { a: "text" }],
    ["a|hour: 10", { a: "2026-03-02 10:00" }],
  ])("%s does not match %j", (selection, event) => {
    expect(fires(selection, event)).toBe(false);
  });

  it("expands placeholders, escaped percent signs stay", () => {
    const options = { placeholders: { Admins: ["root", "adm*"] } };
    expect(fires("a|expand: 'x-%Admins%'", { a: "x-admin" }, options)).toBe(true);
    expect(fires(String.raw`a|expand: '100\%'`, { a: "100%" }, options)).toBe(true);
    expect(errorOf(rule("s:\n  a|expand: '%Other%'\ncondition: s"), options)).toMatchObject({
      code: "unknown_placeholder",
    });
  });
});

const keywords = (list: string): boolean[] =>
  [{ m: "an Evil thing" }, { x: { y: ["evil", 5] } }, { evil: "no" }].map(
    (event) => compileRules(parseSigma(rule(`k:\n${list}\ncondition: k`), "r.yml")).match(event).length === 1,
  );

describe("keywords", () => {
  it("are searched in all values, not in names", () => {
    expect(keywords("  - evil")).toEqual([true, true, false]);
  });
  it("may be asked for all together, and as regexes", () => {
    expect(keywords("  '|all': [evil, thing]")).toEqual([true, false, false]);
    expect(keywords("  '|re': '^[5-9]$'")).toEqual([false, true, false]);
  });
});

const truth = (condition: string, event: object): boolean =>
  compileRules(
    parseSigma(
      rule(`sel_a: {a: 1}\nsel_b: {b: 1}\nother: {c: 1}\n_hidden: {d: 1}\ncondition: ${condition}`),
      "r.yml",
    ),
  ).match(event).length === 1;

describe("conditions", () => {
  it.each([
    ["sel_a and sel_b or other", { c: 1 }],
    ["sel_a or sel_b and other", { a: 1 }],
    ["not sel_a and sel_b", { b: 1 }],
    ["not (sel_a and sel_b)", { a: 1 }],
    ["1 of sel_*", { b: 1 }],
    ["any of *_a", { a: 1 }],
    ["all of sel_*", { a: 1, b: 1 }],
    ["all of them", { a: 1, b: 1, c: 1 }],
    ["sel_a AND NOT other", { a: 1 }],
    ["not 1 of sel_* and other", { c: 1 }],
    ["['sel_a and sel_b', other]", { c: 1 }],
  ])("%s holds for %j", (condition, event) => {
    expect(truth(condition, event)).toBe(true);
  });
  it.each([
    ["sel_a and sel_b or other", { a: 1 }],
    ["(sel_a or sel_b) and other", { a: 1 }],
    ["1 of them", { d: 1 }],
    ["all of sel_*", { a: 1 }],
    ["1 of sel*a", { b: 1 }],
  ])("%s does not hold for %j", (condition, event) => {
    expect(truth(condition, event)).toBe(false);
  });
});

describe("errors name code, line and key", () => {
  const one = "s:\n  a: 1\n";
  it.each([
    [
      "an unknown modifier",
      rule("s:\n  a|lenght: 1\ncondition: s"),
      "unknown_modifier",
      6,
      "detection.s.a|lenght",
    ],
    [
      "a repeated modifier",
      rule("s:\n  a|all|all: 1\ncondition: s"),
      "modifier_conflict",
      6,
      "detection.s.a|all|all",
    ],
    [
      "base64 with wildcard",
      rule("s:\n  a|base64: x*\ncondition: s"),
      "modifier_conflict",
      6,
      "detection.s.a|base64",
    ],
    ["look-around", rule("s:\n  a|re: '(?=x)'\ncondition: s"), "bad_regex", 6, "detection.s.a|re"],
    [
      "an exploding regex",
      rule("s:\n  a|re: '((a{900}){900}){900}'\ncondition: s"),
      "bad_regex",
      6,
      "detection.s.a|re",
    ],
    ["a bad network", rule("s:\n  a|cidr: 10.0.0.0/99\ncondition: s"), "bad_cidr", 6, "detection.s.a|cidr"],
    ["null in a list", rule("s:\n  a: [x, null]\ncondition: s"), "bad_value", 6, "detection.s.a"],
    ["an empty list", rule("s:\n  a: []\ncondition: s"), "bad_value", 6, "detection.s.a"],
    ["a map as value", rule("s:\n  a: {b: c}\ncondition: s"), "wrong_type", 6, "detection.s.a"],
    [
      "six dashes",
      rule(`s:\n  a|windash: '${" -x".repeat(6)}'\ncondition: s`),
      "too_many_variants",
      6,
      "detection.s.a|windash",
    ],
    ["an undefined name", rule(`${one}condition: s and t`), "unknown_identifier", 7, "detection.condition"],
    [
      "a selector without names",
      rule(`${one}condition: 1 of x*`),
      "empty_selector",
      7,
      "detection.condition",
    ],
    [
      "an aggregation",
      rule(`${one}condition: s | count() > 5`),
      "aggregation_obsolete",
      7,
      "detection.condition",
    ],
    ["a number of names", rule(`${one}condition: 2 of s*`), "unsupported", 7, "detection.condition"],
    ["an open parenthesis", rule(`${one}condition: (s`), "bad_condition", 7, "detection.condition"],
    ["nothing", rule(`${one}condition: ''`), "bad_condition", 7, "detection.condition"],
    ["no condition", rule(one), "missing_key", 4, "detection"],
    ["a timeframe", rule(`${one}timeframe: 5m\ncondition: s`), "unsupported", 7, "detection.timeframe"],
    ["no title", "logsource: {product: x}\n", "missing_key", 1, ""],
    ["a bad id", `id: 5\n${rule(`${one}condition: s`)}`, "bad_value", 1, "id"],
    ["a bad level", rule(`${one}condition: s`, "level: urgent\n"), "bad_value", 4, "level"],
    ["no log source", "title: t\ndetection: {}\n", "missing_key", 1, ""],
    ["a doubled key", "title: t\ntitle: u\n", "duplicate_key", 2, "title"],
    ["broken YAML", "title: [\n", "yaml_invalid", 2, ""],
    ["a list", "- 1\n", "wrong_type", 1, ""],
  ])("%s", (_name, text, code, line, key) => {
    expect(errorOf(text)).toMatchObject({ code, file: "r.yml", line, key });
  });

  it("says it in one line", () => {
    expect(errorOf(rule("s:\n  a|lenght: 1\ncondition: s")).message).toBe(
      'r.yml:6: detection.s.a|lenght: unknown modifier "lenght"',
    );
  });
});

it("keeps what it does not know at the top level, and the metadata", () => {
  const [document] = parseSigma(
    rule("s: {a: 1}\ncondition: s", "author: A\ntags: [attack.t1110]\nsimulation: {type: x, n: [1]}\n"),
    "r.yml",
  );
  expect(document).toMatchObject({
    author: "A",
    tags: ["attack.t1110"],
    custom: { simulation: { type: "x", n: [1] } },
  });
});

describe("hostile files get an answer quickly", () => {
  const bombs: [string, string][] = [
    [
      "billion laughs",
      `a: &a [x,x,x,x,x,x,x,x]\n${Array.from("bcdefghij")
        .map((c, i) => `${c}: &${c} [${`*${"abcdefghij"[i]},`.repeat(8)}]`)
        .join("\n")}\n`,
    ],
    ["deep flow", "[".repeat(100_000)],
    ["flow as deep as is let through", "[".repeat(2_000)],
    ["deep flow maps", "{a: ".repeat(100_000)],
    ["deep blocks", Array.from({ length: 1_500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")],
    ["deep dashes", "- ".repeat(100_000)],
    ["many values", `a: [${"x,".repeat(500_000)}]`],
    ["many keys", Array.from({ length: 150_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["too long", `title: ${"x".repeat(3_000_000)}`],
    ["many documents", "---\n".repeat(5_000)],
    ["a self-alias", "a: &a [*a]\n"],
    ["deep parentheses", rule(`s: {a: 1}\ncondition: ${"(".repeat(5_000)}s${")".repeat(5_000)}`)],
    ["control bytes", "\u0000\u0001: \u0007"],
  ];
  it.each(bombs)("%s", (_name, text) => {
    // CPU time, so that a busy machine does not fail the test.
    const started = process.cpuUsage();
    expect(errorOf(text)).toBeInstanceOf(SigmaError);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(5_000);
  });

  it("ten thousand values are no problem", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `v${i}`);
    const ruleSet = compileRules(parseSigma(rule(`s:\n  a: [${values.join(",")}]\ncondition: s`), "r.yml"));
    expect(ruleSet.match({ a: "V9999" })).toEqual([0]);
    expect(ruleSet.match({ a: "v10000" })).toEqual([]);
  });

  it("any text gives rules or a SigmaError, never another error", () => {
    const pieces = fc.constantFrom(
      ..."title: t|\n|  |detection:|logsource:|s:|condition: |s|a|'|\"|[|]|{|}|- |*|&x|*x|: |#|%|!|null|1|\t|>|---|correlation:|rules: ".split(
        "|",
      ),
      ...MODIFIER_NAMES.map((name) => `|${name}`),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (list) => {
        expect(refusalOf(() => compileRules(parseSigma(list.join(""), "f.yml")))).toBe("none");
      }),
      { numRuns: 500 },
    );
  });
});
