// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { SigmaError } from "./errors.js";
import { explainCorrelation, type CorrelationExplanation } from "./explain-correlation.js";
import { parseSigma } from "./parse.js";

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind: ${name}}, condition: s}\n`;

type Line = [seconds: number, kind: string, more?: object];

function explain(body: string, lines: readonly Line[], until?: number, more = ""): CorrelationExplanation {
  const text = `title: It\nname: it\ncorrelation: {group-by: [user], timespan: 1m, ${body}}\n${more}`;
  const set = compileRules(parseSigma([base("a"), base("b"), text].join("---\n"), "x.yml"));
  const events = lines.map(([seconds, kind, fields = {}], index) => ({
    index,
    time: seconds * 1000,
    event: { kind, user: "u", ...fields },
  }));
  return explainCorrelation(set, "it", events, until === undefined ? undefined : until * 1000);
}

describe("explainCorrelation", () => {
  it("says why it fired", () => {
    const told = explain("type: event_count, rules: [a], condition: {gte: 2}", [
      [0, "a"],
      [1, "a"],
      [2, "b"],
    ]);
    expect(told).toMatchObject({
      fired: true,
      wanted: "events: at least 2 within 1m for one user",
      rules: [{ name: "a", matched: 2 }],
      findings: [{ evidence: [0, 1] }],
      groups: [{ key: "u", fired: true, value: 2, missing: [] }],
    });
  });
  it("says how near it came, nearest first, and what could not be counted", () => {
    const told = explain("type: value_count, rules: [a], condition: {field: ip, gte: 3}", [
      [0, "a", { ip: "1" }],
      [1, "a", { ip: "2" }],
      [2, "a", { ip: "1", user: "v" }],
      [3, "a"],
      [4, "a", { ip: "1", user: null }],
    ]);
    expect(told).toMatchObject({ fired: false, withoutGroup: 1, withoutValue: 1 });
    expect(told.groups.map(({ key, value, index, missing }) => [key, value, index, missing])).toEqual([
      ["u", 2, 1, ["different values of ip: 2, wanted at least 3"]],
      ["v", 1, 2, ["different values of ip: 1, wanted at least 3"]],
    ]);
  });
  it("names the rules that were not seen", () => {
    const told = explain("type: temporal, rules: [a, b]", [
      [0, "a"],
      [90, "b"],
    ]);
    expect(told.groups[0]?.missing).toContain(`"b" was not seen`);
    const ordered = explain("type: temporal_ordered, rules: [a, b]", [
      [0, "b"],
      [1, "a"],
    ]);
    expect(ordered.groups[0]?.missing[0]).toContain("order");
  });
  it("names the event that speaks against something missing", () => {
    const body = "type: temporal, rules: [a, b], condition: a and not b";
    expect(
      explain(
        body,
        [
          [0, "a"],
          [5, "b"],
        ],
        100,
      ).groups[0]?.missing,
    ).toEqual([`"b" was seen: event 1`]);
    expect(explain(body, [[0, "a"]], 100)).toMatchObject({ fired: true, waiting: 0 });
    expect(explain(body, [[0, "a"]])).toMatchObject({ fired: false, waiting: 1, groups: [] });
  });
  it("says which of several figures was missing", () => {
    const told = explain(
      "type: event_count, rules: [a, b], condition: {gte: 2}",
      [
        [0, "a", { id: 1 }],
        [1, "b", { id: 2 }],
      ],
      undefined,
      "telltale: {aggregates: {users: {distinct: id}, failed: {distinct: id, rules: [a]}}, where: {users: {gte: 2}, failed/users: {gte: 0.6}}}\n",
    );
    expect(told.wanted).toBe(
      "events: at least 2, users: at least 2, failed/users: at least 0.6 within 1m for one user",
    );
    expect(told.groups[0]?.missing).toEqual(["failed/users: 0.5, wanted at least 0.6"]);
  });
  it("knows no other rule", () => {
    const set = compileRules(parseSigma(base("a"), "x.yml"));
    expect(() => explainCorrelation(set, "a", [])).toThrow(SigmaError);
  });
});
