// SPDX-License-Identifier: Apache-2.0
import { compileRules, parseSigma, SigmaError } from "@telltale/sigma";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileConditions, type Conditions, toFilter, toFilterYaml, toLiteral } from "./filter.js";

const parts = {
  id: "7423a84c-b4ad-45a1-b2b9-3c0097ead080",
  title: "Load test",
  description: "nightly",
  author: "ada",
  logsource: { product: "telltale", category: "application" },
  rules: ["password_brute_force_attempt"],
  where: { "actor.id": ["job"], "client.ip|cidr": ["10.0.0.0/8"] },
};

const rule = (name: string) =>
  `title: ${name}\nname: ${name}\nlogsource: {product: telltale, category: application}\ndetection: {s: {action: a}, condition: s}\n`;

describe("a filter as text", () => {
  it("is what the specification shows", () => {
    expect(toFilterYaml(parts)).toBe(`title: "Load test"
id: 7423a84c-b4ad-45a1-b2b9-3c0097ead080
description: "nightly"
author: "ada"
logsource:
  product: "telltale"
  category: "application"
filter:
  rules:
    - "password_brute_force_attempt"
  selection:
    "actor.id":
      - "job"
    "client.ip|cidr":
      - "10.0.0.0/8"
  condition: selection
`);
  });

  it("cannot be broken out of: no text of it begins a line of its own", () => {
    const hostile = 'x"\n  rules:\n    - "*"\u2028# \u0085\u0000\ud800\ufeff';
    const yaml = toFilterYaml({ ...parts, title: hostile, where: { [hostile]: [hostile] } });
    expect(yaml.split(/[\n\r\u0085\u2028\u2029]/)).toHaveLength(15);
  });
});

describe("a filter among rules", () => {
  it("keeps the rule it names from matching these events, and no other", () => {
    const filter = toFilter({ ...parts, rules: ["mine"], where: { "actor.id": [toLiteral("j*b")] } });
    // As a worker gets it.
    const documents = [...parseSigma(`${rule("mine")}---\n${rule("other")}`, "x"), structuredClone(filter)];
    const set = compileRules(documents);
    expect(set.match({ action: "a", actor: { id: "j*b" } })).toEqual([1]);
    expect(set.match({ action: "a", actor: { id: "job" } })).toEqual([0, 1]);
    expect(set.rules[0]?.excepted({ action: "a", actor: { id: "j*b" } })?.id).toBe(parts.id);
  });
});

describe("conditions", () => {
  it("hold when every field has one of its values", () => {
    const matches = compileConditions({ "actor.id": ["job", "cron"], "client.ip|cidr": ["10.0.0.0/8"] });
    expect(matches({ actor: { id: "cron" }, client: { ip: "10.1.2.3" } })).toBe(true);
    expect(matches({ actor: { id: "cron" }, client: { ip: "203.0.113.7" } })).toBe(false);
    expect(matches({ client: { ip: "10.1.2.3" } })).toBe(false);
  });

  it.each<Conditions>([
    { "actor.id|nonsense": ["x"] },
    { "client.ip|cidr": ["not a network"] },
    { "actor.id|re": ["("] },
    { "actor.id|re": ["(?=x)"] },
  ])("refuse %j", (where) => {
    expect(() => toFilter({ ...parts, where })).toThrow(SigmaError);
  });

  it("made from a value mean this value and no other, whatever stands in it", () => {
    const seed = Date.now();
    const text = fc.string({ unit: fc.constantFrom("*", "?", "\\", "a", "b", '"', "|", "%", "\n") });
    fc.assert(
      fc.property(text, text, (value, other) => {
        const matches = compileConditions({ "actor.id": [toLiteral(value)] });
        expect(matches({ actor: { id: value } })).toBe(true);
        expect(matches({ actor: { id: other } })).toBe(value === other);
      }),
      { seed, numRuns: 500 },
    );
  });
});
