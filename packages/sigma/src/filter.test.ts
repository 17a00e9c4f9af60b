// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { SigmaError } from "./errors.js";
import { parseSigma } from "./parse.js";

const LOGIN = `title: Login
name: login
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
logsource: {product: telltale, category: authentication}
detection: {s: {action: login}, condition: s}
`;
const READ = `title: Read
name: read
logsource: {product: telltale, category: access}
detection: {s: {action: [read, login]}, condition: s}
`;
const filter = (rules: string, body = "s: {user: bob}\n  condition: s", product = "telltale"): string =>
  `title: Not Bob\nlogsource: {product: ${product}}\nfilter:\n  rules: ${rules}\n  ${body}\n`;
const set = (...texts: string[]) => compileRules(parseSigma(texts.join("---\n"), "f.yml"));

function refusal(work: () => unknown): SigmaError {
  try {
    work();
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("a filter", () => {
  it.each(["[login]", "login", "[6F3E2987-db24-4c78-a860-b4f4095a7095]", "[login, read]", "any"])(
    "that names %s takes its events away",
    (rules) => {
      const read = set(LOGIN, READ, filter(rules));
      expect(read.match({ action: "login", user: "Bob" })).toEqual(rules.match(/any|read/) ? [] : [1]);
      if (rules !== "[login, read]") {
        const ruleSet = set(LOGIN, filter(rules));
        expect(ruleSet.match({ action: "login", user: "alice" })).toEqual([0]);
        expect(ruleSet.match({ action: "login", user: "bob" })).toEqual([]);
      }
    },
  );

  it("is told apart from a rule that does not match", () => {
    const [rule] = set(
      LOGIN,
      filter("any"),
      filter("login", "s: {ip: 10.0.0.1}\n  condition: s").replace("Bob", "IP"),
    ).rules;
    expect(rule?.exceptions.map((one) => one.filter.title)).toEqual(["Not Bob", "Not IP"]);
    expect(rule?.excepted({ action: "login", ip: "10.0.0.1" })?.title).toBe("Not IP");
    expect(rule?.excepted({ action: "login", ip: "10.0.0.1", user: "bob" })?.title).toBe("Not Bob");
    expect(rule?.excepted({ action: "login" })).toBeUndefined();
    expect(rule?.excepted({ action: "read", user: "bob" })).toBeUndefined();
    expect(rule?.matches({ action: "login", user: "bob" })).toBe(false);
    expect(rule?.exceptions[0]?.matches({ action: "read", user: "bob" })).toBe(true);
  });

  it("changes the fingerprint", () => {
    expect(set(LOGIN, filter("login")).fingerprint).not.toBe(set(LOGIN).fingerprint);
  });

  it("of any applies where its log source is equal or less specific", () => {
    const access = filter("any").replace("product: telltale", "category: Access");
    expect(set(LOGIN, READ, access).match({ action: "login", user: "bob" })).toEqual([0]);
    const idle = set(LOGIN, filter("any", undefined, "windows"));
    expect(idle.idleFilters.map(({ title }) => title)).toEqual(["Not Bob"]);
    expect(idle.match({ action: "login", user: "bob" })).toEqual([0]);
  });

  it("may have names that the rule has, and selectors of its own", () => {
    const ruleSet = set(LOGIN, filter("login", "s1: {user: bob}\n  s2: {user: eve}\n  condition: 1 of s*"));
    expect(ruleSet.match({ action: "login", user: "eve" })).toEqual([]);
    expect(ruleSet.match({ action: "login", user: "al" })).toEqual([0]);
  });

  it("whose rules are gone is let through when it is listed, and told", () => {
    const documents = parseSigma(`${LOGIN}---\n${filter("[gone]")}`, "f.yml");
    const ruleSet = compileRules(documents, { lenient: ["Not Bob"] });
    expect(ruleSet.idleFilters).toHaveLength(1);
    expect(refusal(() => compileRules(documents, { lenient: ["other"] })).code).toBe("unknown_reference");
  });

  it("can be read as pySigma does when asked", () => {
    const text = `${LOGIN}---\n${filter("login", "s: {user: bob}\n  condition: not s")}`;
    const ruleSet = compileRules(parseSigma(text, "f.yml", { filterCondition: "keeps" }));
    expect(ruleSet.match({ action: "login", user: "bob" })).toEqual([]);
    expect(ruleSet.match({ action: "login", user: "al" })).toEqual([0]);
  });
});

describe("a filter is refused", () => {
  const correlation = `title: Many\nname: many\ncorrelation: {type: event_count, rules: [login], timespan: 5m, condition: {gte: 5}}\n`;
  it.each([
    ["when a rule is not there", [LOGIN, filter("[login, gone]")], "unknown_reference", 10, "filter.rules"],
    [
      "when it names a correlation",
      [LOGIN, correlation, filter("many")],
      "unknown_reference",
      14,
      "filter.rules",
    ],
    [
      "when its log source does not cover the rule",
      [LOGIN, filter("login", undefined, "windows")],
      "bad_value",
      10,
      "filter.rules",
    ],
    ["without rules", [filter("[]")], "bad_value", 4, "filter.rules"],
    ["with null as rules", [filter("")], "bad_value", 4, "filter.rules"],
    ["without a selection", [filter("any", "condition: s")], "missing_key", 3, "filter"],
    ["without a condition", [filter("any", "s: {a: 1}")], "missing_key", 3, "filter"],
    [
      "with an unknown name",
      [filter("any", "s: {a: 1}\n  condition: t")],
      "unknown_identifier",
      6,
      "filter.condition",
    ],
    [
      "when it is negated",
      [filter("any", "s: {a: 1}\n  condition: not s")],
      "bad_condition",
      6,
      "filter.condition",
    ],
    [
      "when it is negated twice over",
      [filter("any", "s: {a: 1}\n  t: {b: 1}\n  condition: not s and not t")],
      "bad_condition",
      7,
      "filter.condition",
    ],
    ["without a log source", ["title: t\nfilter: {rules: any}\n"], "missing_key", 1, ""],
    ["when it is a rule too", [`${LOGIN}filter: {}\n`], "unsupported", 5, "detection"],
    ["with our extension", [`${filter("any")}telltale: {key: [a]}\n`], "unknown_key", 7, "telltale"],
  ])("%s", (_name, texts, code, line, key) => {
    expect(refusal(() => set(...texts))).toMatchObject({ code, file: "f.yml", line, key });
  });
  it("under the other reading, when it was written for the specification's", () => {
    const error = refusal(() => parseSigma(filter("any"), "f.yml", { filterCondition: "keeps" }));
    expect(error).toMatchObject({ code: "bad_condition", key: "filter.condition" });
  });
  it("when a correlation refers to it", () => {
    const text = `${LOGIN}---\nname: not_bob\n${filter("any")}---\ntitle: c\ncorrelation: {type: event_count, rules: [not_bob], timespan: 5m, condition: {gte: 5}}\n`;
    expect(refusal(() => set(text)).code).toBe("unknown_rule");
  });
});
