// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules, explainRule, parseSigma, renderExplanation, type Explanation } from "../index.js";

const RULE = `title: Admin signs in from outside
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
logsource: {product: telltale}
detection:
  selection:
    action: authn_login_success
    actor.id|startswith: [adm, root]
  internal:
    client.ip|cidr: 10.0.0.0/8
  condition: selection and not internal
---
title: Break-glass account
logsource: {product: telltale}
filter:
  rules: any
  account: {actor.id: admin-emergency}
  condition: account
`;
const explain = (event: object, text = RULE): Explanation => {
  const [rule] = compileRules(parseSigma(text, "r.yml")).rules;
  if (rule === undefined) throw new Error("no rule");
  const explanation = explainRule(rule, event);
  expect(explanation.fires).toBe(rule.matches(event));
  expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  return explanation;
};
const outside = { action: "authn_login_success", actor: { id: "Admin-7" }, client: { ip: "203.0.113.9" } };

describe("an explanation", () => {
  it("says why a rule fires", () => {
    expect(renderExplanation(explain(outside))).toBe(
      `Admin signs in from outside (6f3e2987-db24-4c78-a860-b4f4095a7095) fires
>   + all of these
>     + selection: all of these
>       + action is "authn_login_success"; it holds "authn_login_success"
>       + any of these
>         + actor.id begins with "adm"; it holds "Admin-7"
          - actor.id begins with "root"; it holds "Admin-7"
>     + none of this
>       - internal: client.ip is an address in 10.0.0.0/8; it holds "203.0.113.9"
  filter "Break-glass account" does not apply
>     - account: actor.id is "admin-emergency"; it holds "Admin-7"
`,
    );
  });

  it("says why it does not, and which part decides", () => {
    const text = renderExplanation(explain({ ...outside, client: { ip: "10.1.2.3" }, actor: {} }));
    expect(text.split("\n").filter((line) => line.startsWith(">"))).toEqual([
      ">   - all of these",
      ">     - selection: all of these",
      ">       - any of these",
      '>         - actor.id begins with "adm"; it is missing',
      '>         - actor.id begins with "root"; it is missing',
      ">     - none of this",
      '>       + internal: client.ip is an address in 10.0.0.0/8; it holds "10.1.2.3"',
      '>     - account: actor.id is "admin-emergency"; it is missing',
    ]);
    expect(text).toContain(" does not fire\n");
  });

  it("names the filter that excludes the event", () => {
    const explanation = explain({ ...outside, actor: { id: "admin-emergency" } });
    expect(explanation).toMatchObject({ fires: false, detection: { holds: true } });
    expect(renderExplanation(explanation)).toContain('is excluded by "Break-glass account"');
  });

  it.each([
    ["a: ''", "a is empty"],
    ["a: null", "a is missing or null"],
    ["a|exists: false", "a is absent"],
    ["a|exists: true", "a is present"],
    ["a|cased|contains: B", 'a contains "B" in exactly this case'],
    ["a|endswith: b", 'a ends with "b"'],
    ["a: x*y?", 'a fits "x*y?"'],
    ["a: '*'", "a has a value"],
    ["a|re|i: ^x", 'a matches the regex "^x" with i'],
    ["a|gte: 5", "a is at least 5"],
    ["a|hour|lt: 6", "a has an hour less than 6"],
    ["a|fieldref: b", "a is equal to the field b; it is missing; b holds 1"],
    ["'|all': [x]", 'any value contains "x"; it holds "1"'],
  ])("says in words what %s wants", (selection, words) => {
    const text = `title: t\nlogsource: {product: p}\ndetection:\n  s:\n    ${selection}\n  condition: s\n`;
    expect(renderExplanation(explain({ b: 1 }, text))).toContain(words);
  });

  it("stays small for large rules and events", () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `v${i}`).join(",");
    const names = Array.from({ length: 15 }, (_, i) => `  s${i}: {a: [${i === 0 ? values : "x,y"}]}`).join(
      "\n",
    );
    const text = `title: t\nlogsource: {product: p}\ndetection:\n${names}\n  condition: ${"(s0 or s1) and ".repeat(15)}all of s*\n`;
    const explanation = explain({ a: Array.from({ length: 5_000 }, () => "z".repeat(10_000)) }, text);
    expect(JSON.stringify(explanation).length).toBeLessThan(1_500_000);
    const found = explain({ a: "v9999" }, text);
    expect(renderExplanation(found)).toContain('+ a is "v9999"');
    expect(renderExplanation(found)).toContain("… and 9980 more");
  });
});
