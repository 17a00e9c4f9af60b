// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { clickHouse, compileRules, parseSigma, toSql } from "../index.js";

const SOURCE = { from: "events", index: "idx", time: "time", line: "line", matches: "matches", prefix: "c" };

function planOf(detection: string, more = "") {
  const text = `title: t\nname: t\nlogsource: {product: t}\ndetection: {s: ${detection}, condition: s}\n${more}`;
  return toSql(compileRules(parseSigma(text, "f.yml")), clickHouse, SOURCE);
}

it("writes a rule in ClickHouse's words", () => {
  const [query] = planOf("{a.b|contains: [x, y], c|re: '^z.'}").rules;
  expect(query?.sql).toContain("arrayExists(x -> (position(x, {p");
  expect(query?.sql).toContain("match(x, concat('(?-s)', {p");
  expect(query?.sql).toContain("arrayJoin([CASE WHEN");
  expect(query?.sql).not.toMatch(/lambda|list_|\$\d/);
  expect(query?.params).toEqual(expect.arrayContaining(["a", "b", "a.b", "x", "y", "c", "^z."]));
});

it("puts nothing of a rule into the text", () => {
  const [query] = planOf(`{"x'} DROP": "'; DROP TABLE events"}`).rules;
  expect(query?.sql).not.toMatch(/drop/i);
});

it("quotes names of columns", () => {
  expect(clickHouse.identifier("a`\\b")).toBe("`a\\`\\\\b`");
});

it("says what it cannot", () => {
  expect(planOf("[word]").unsayableRules.get(0)).toMatch(/keywords/);
  const count =
    "---\ntitle: c\ncorrelation: {type: event_count, rules: [t], timespan: 1m, condition: {gte: 2}}\n";
  expect(planOf("{a: 1}", count).correlations[0]?.sql).toMatch(
    /^CREATE TEMPORARY TABLE c_0 AS WITH entries AS/,
  );
  const different =
    "---\ntitle: c\ncorrelation: {type: value_count, rules: [t], timespan: 1m, condition: {field: a, gte: 2}}\n";
  expect(planOf("{a: 1}", different).unsayableCorrelations.get(0)).toMatch(/different values/);
});

it("defines every function that its queries call", () => {
  const defined = new Set(clickHouse.prelude().map((statement) => /FUNCTION (tt_\w+)/.exec(statement)?.[1]));
  const every =
    "{a: 1, b: null, c|exists: true, d|gt: 1, e|hour: 2, f|minute: 2, g|day: 2, h|week: 2, i|month: 2, j|year: 2, k|cidr: 10.0.0.0/8, l|fieldref: m, n|re: x}";
  const ordered =
    "---\ntitle: c\ncorrelation: {type: temporal_ordered, rules: [t], group-by: [a], timespan: 1m}\n";
  const plan = planOf(every, ordered);
  const text = [...plan.rules, ...plan.correlations].map(({ sql }) => sql).join() + plan.undecided;
  const called = new Set([...text.matchAll(/tt_\w+/g)].map(([name]) => name));
  expect(called.size).toBeGreaterThan(15);
  expect([...called].filter((name) => !defined.has(name))).toEqual([]);
});
