// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules, createCorrelator, explainRule, parseSigma, SigmaError } from "./index.js";

/**
 * Rules that are made to slow the engine down or to fill its memory. Each is refused with a clear error, or is accepted because its
 * cost is bounded: counted in reads and in sizes, or by ending at all where a naive engine would not.
 */
const ruleOf = (selections: string, condition = "s", rest = ""): string =>
  `title: t\nlogsource: {product: p}\n${rest}detection:\n${selections.replaceAll(/^/gm, "  ")}\n  condition: ${condition}\n`;
const many = (n: number, text: (i: number) => string, by = ","): string =>
  Array.from({ length: n }, (_, i) => text(i)).join(by);
const read = (text: string, options = {}) => parseSigma(text, "h.yml", options);

function refusal(text: string, options = {}): SigmaError {
  try {
    compileRules(read(text, options));
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

const values = (n: number): string => many(n, (i) => `v${i}`);

describe("YAML bombs", () => {
  const laughs = (width: number): string =>
    `a: &a [${"x,".repeat(width)}]\n${many(9, (i) => `${"bcdefghij"[i]}: &${"bcdefghij"[i]} [${`*${"abcdefghij"[i]},`.repeat(width)}]`, "\n")}\n`;
  it.each([
    ["aliases of aliases", laughs(8), "too_large", "more than 100 aliases"],
    [
      "one list a hundred times",
      `a: &a [${values(5_000)}]\nb: [${"*a,".repeat(99)}]\n`,
      "too_large",
      "more than 200000 values",
    ],
    ["an alias of itself", "a: &a {b: *a}\n", "yaml_invalid", ""],
    ["an alias around itself in a list", "a: &a [[*a]]\n", "too_deep", "nested deeper than 64"],
    ["a merge key of itself", "a: &a {<<: *a}\n", "yaml_invalid", ""],
    ["brackets", "[".repeat(100_000), "too_deep", "brackets"],
    ["indentation", many(200, (i) => `${" ".repeat(i)}a:`, "\n"), "too_deep", "nested deeper than 64"],
    ["keys of a map", many(100_000, (i) => `k${i}: 1`, "\n"), "too_large", "lines and commas"],
    ["documents", "---\na: 1\n".repeat(1_001), "too_large", "more than 1000 documents"],
    ["a large file", `title: ${"x".repeat(2 ** 20)}`, "too_large", "longer than 1048576 characters"],
    [
      "a large global part before many rules",
      `action: global\n${ruleOf(`s: {a: [${values(5_000)}]}`)}---\n${many(100, (i) => `title: t${i}\n`, "---\n")}`,
      "too_large",
      "collection",
    ],
  ])("%s", (_name, text, code, words) => {
    const error = refusal(text);
    expect([code, "too_deep", "too_large"]).toContain(error.code);
    if (words !== "")
      expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });
});

/** Counts how often its fields are read. */
function counting(event: Record<string, unknown>): { event: object; reads: () => number } {
  let reads = 0;
  return {
    event: new Proxy(event, {
      get(target, key) {
        reads++;
        return Reflect.get(target, key) as unknown;
      },
    }),
    reads: () => reads,
  };
}

describe("long lists", () => {
  it.each([1, 100, 10_000])("%i values read the field once, and are looked up, not tried", (n) => {
    const ruleSet = compileRules(read(ruleOf(`s: {a: [${values(n)}]}`)));
    const hit = counting({ a: `V${n - 1}` });
    const miss = counting({ a: "other" });
    expect([ruleSet.match(hit.event), ruleSet.match(miss.event)]).toEqual([[0], []]);
    expect([hit.reads(), miss.reads()]).toEqual([1, 1]);
  });

  it("a hundred rules over one field read it once", () => {
    const documents = read(
      many(100, (i) => ruleOf(`s: {a|contains: word${i}}`, "s", `name: n${i}\n`), "---\n"),
    );
    const { event, reads } = counting({ a: "a word7 b word77 c" });
    expect(compileRules(documents.map((one, i) => ({ ...one, title: `t${i}` }))).match(event)).toEqual([
      7, 77,
    ]);
    expect(reads()).toBe(1);
  });

  it.each([
    ["more values than a list may have", ruleOf(`s: {a: [${values(20_001)}]}`), "detection.s.a", 4],
    [
      "a list that a condition repeats",
      ruleOf(
        `s: {a: [${values(10_000)}]}\nx: {b: 1}`,
        many(500, () => "(s and x)", " or "),
      ),
      "detection.condition",
      6,
    ],
    [
      "a long text that a condition repeats",
      ruleOf(
        `s: {a: '${"x".repeat(19_000)}'}\nx: {b: 1}`,
        many(500, () => "(s and x)", " or "),
      ),
      "detection.condition",
      6,
    ],
    [
      "dashes in many values",
      ruleOf(`s:\n  a|windash: [${many(200, (i) => `'-a -b -c -d -e ${i}'`)}]`),
      "detection.s.a|windash",
      5,
    ],
    [
      "a text of a hundred thousand characters",
      ruleOf(`s: {a: '${"x".repeat(100_000)}'}`),
      "detection.s.a",
      4,
    ],
    [
      "question marks that may stand anywhere",
      ruleOf(`s: {a|contains: '${"?a".repeat(400)}b'}`),
      "detection.s.a|contains",
      4,
    ],
    ["a condition without end", ruleOf("s: {a: 1}", "s and ".repeat(10_000) + "s"), "detection.condition", 5],
  ])("%s", (_name, text, key, line) => {
    expect(refusal(text)).toMatchObject({ code: "too_large", key, line });
  });

  it.each([
    ["dashes", ruleOf(`s:\n  a|windash: '${"-x ".repeat(6)}'`)],
    ["dashes in a long text", ruleOf(`s:\n  a|windash: '-a -b -c -d -e ${"x".repeat(1_000)}'`)],
    ["placeholders", ruleOf("s:\n  a|expand: '%P%%P%%P%'")],
    ["placeholders behind a position", ruleOf("s:\n  a|contains|expand: '%P%*%P%*%P%'")],
  ])("variants of %s", (_name, text) => {
    const placeholders = { P: Array.from({ length: 30 }, (_, i) => `v${i}`) };
    expect(refusal(text, { placeholders }).code).toBe("too_many_variants");
  });
});

describe("regexes", () => {
  it.each([
    "(a+)+$",
    "^(a|a)*$",
    "(a|aa)+$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*a){20}$",
    "(?:a?){50}a{50}b",
  ])("%s ends on a hundred thousand characters that drive it to the end", (source) => {
    const ruleSet = compileRules(read(ruleOf(`s: {a|re: '${source}'}`)));
    expect(ruleSet.match({ a: `${"a".repeat(100_000)}!` })).toEqual([]);
  });

  it.each([
    ["repeats of repeats", ruleOf("s: {a|re: '((a{100}){100}){100}'}"), "bad_regex"],
    ["a long source", ruleOf(`s: {a|re: '${"a".repeat(10_001)}'}`), "bad_regex"],
    ["look-ahead", ruleOf("s: {a|re: '(?=a)b'}"), "bad_regex"],
    ["a back-reference", ruleOf(String.raw`s: {a|re: '(a)\1'}`), "bad_regex"],
    [
      "many that are large together",
      ruleOf(`s: {a|re: [${many(100, (i) => `'(${"abcdefghij".repeat(4)}${i}){900}'`)}]}`),
      "too_large",
    ],
  ])("%s", (_name, text, code) => {
    expect(refusal(text)).toMatchObject({ code, line: 4, key: "detection.s.a|re" });
  });
});

describe("wildcards", () => {
  it("stars between the same characters end", () => {
    const ruleSet = compileRules(read(ruleOf(`s: {a: '${"*a".repeat(2_000)}b'}`)));
    expect(ruleSet.match({ a: "a".repeat(100_000) })).toEqual([]);
  });
});

describe("nesting", () => {
  it.each([
    ["parentheses", ruleOf("s: {a: 1}", `${"(".repeat(65)}s${")".repeat(65)}`), "too_deep"],
    ["lists of lists in a search", ruleOf(`s: ${"[".repeat(70)}x${"]".repeat(70)}`), "too_deep"],
  ])("%s", (_name, text, code) => {
    expect(refusal(text).code).toBe(code);
  });
  it("of not is counted, not followed", () => {
    const ruleSet = compileRules(read(ruleOf("s: {a: 1}", `${"not ".repeat(4_001)}s`)));
    expect([ruleSet.match({ a: 1 }), ruleSet.match({ a: 2 })]).toEqual([[], [0]]);
  });
});

const correlationOf = (name: string, rules: readonly string[]): string =>
  `title: ${name}\nname: ${name}\ncorrelation: {type: temporal, rules: [${rules.join(",")}], timespan: 5m, condition: {gte: 1}}\n`;

describe("correlations", () => {
  const rule = ruleOf("s: {a: 1}", "s", "name: r\n");
  it.each([
    ["of themselves", [correlationOf("c", ["c"])], "cycle", 1],
    [
      "in a ring",
      [correlationOf("c", ["d"]), correlationOf("d", ["e"]), correlationOf("e", ["c"])],
      "cycle",
      1,
    ],
    [
      "in a ring beside a rule",
      [rule, correlationOf("c", ["r", "d"]), correlationOf("d", ["r", "c"])],
      "cycle",
      8,
    ],
    [
      "eleven deep",
      [rule, ...Array.from({ length: 11 }, (_, i) => correlationOf(`c${i}`, [i === 0 ? "r" : `c${i - 1}`]))],
      "too_deep",
      48,
    ],
    [
      "of a hundred and one rules",
      [
        correlationOf(
          "c",
          Array.from({ length: 101 }, (_, i) => `r${i}`),
        ),
      ],
      "bad_value",
      3,
    ],
    ["of a rule that is not there", [correlationOf("c", ["nobody"])], "unknown_rule", 1],
  ])("%s", (_name, texts, code, line) => {
    expect(refusal(texts.join("---\n"))).toMatchObject({ code, file: "h.yml", line });
  });

  it("ten levels of ten that refer to all of the level before are resolved level by level", () => {
    const levels = Array.from({ length: 10 }, (_, level) =>
      many(
        10,
        (i) =>
          correlationOf(
            `c${level}_${i}`,
            level === 0 ? ["r"] : Array.from({ length: 10 }, (_, k) => `c${level - 1}_${k}`),
          ),
        "---\n",
      ),
    );
    const ruleSet = compileRules(read([rule, ...levels].join("---\n")));
    expect(ruleSet.correlations).toHaveLength(100);
    const correlator = createCorrelator(ruleSet);
    expect(
      correlator.observe({ index: 0, time: 0, event: { a: 1 }, matches: ruleSet.match({ a: 1 }) }).length,
    ).toBeLessThanOrEqual(100);
  });
});

describe("events", () => {
  const [rule] = compileRules(read(ruleOf("s: ['needle']"))).rules;
  it("deeper than any real one are searched as far as the bound", () => {
    let event: object = { a: "needle" };
    for (let i = 0; i < 10_000; i++) event = { a: event };
    expect(rule?.matches(event)).toBe(false);
    if (rule !== undefined) expect(explainRule(rule, event).fires).toBe(false);
  });
  it("with a million values are searched as far as the bound", () => {
    const event = { list: Array.from({ length: 1_000_000 }, () => "x") };
    expect(rule?.matches(event)).toBe(false);
  });
});
