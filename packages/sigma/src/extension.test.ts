// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { SigmaError } from "./errors.js";
import { parseSigma } from "./parse.js";
import type { SigmaCorrelation } from "./types.js";

const spraying = (aggregates: string, where: string, condition = "{gte: 15}", type = "event_count"): string =>
  `title: Spraying
correlation:
  {type: ${type}, rules: [fail, ok], group-by: [client.ip], timespan: 1h, condition: ${condition}}
telltale:
  aggregates: ${aggregates}
  where: ${where}
`;

const parse = (text: string): SigmaCorrelation => parseSigma(text, "x.yml")[0] as SigmaCorrelation;

const refusal = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof SigmaError) return error.code;
  }
  return "accepted";
};

describe("telltale key of a correlation", () => {
  it("reads aggregates and bounds on them and on ratios", () => {
    const { telltale } = parse(
      spraying(
        "{users: {distinct: actor.id}, failed: {distinct: actor.id, rules: [fail]}, quiet: {distinct: actor.id, each: {lte: 2}}, n: {count: events}, most: {most: [actor.id]}, rows: {sum: data.rows}}",
        "{users: {gte: 5}, failed/users: {gte: 0.6}, quiet / users: {gte: 0.8}, most: {lte: 2}, n: {gt: 1, lt: 9}, rows: {lt: 5}}",
      ),
    );
    expect(telltale?.aggregates[1]).toEqual({
      name: "failed",
      kind: "distinct",
      fields: ["actor.id"],
      rules: [0],
      each: [],
    });
    expect(telltale?.where.slice(0, 3)).toEqual([
      { aggregate: 0, bounds: [{ operator: "gte", value: 5 }] },
      { aggregate: 1, of: 0, bounds: [{ operator: "gte", value: 0.6 }] },
      { aggregate: 2, of: 0, bounds: [{ operator: "gte", value: 0.8 }] },
    ]);
  });
  it.each([
    ["an unknown aggregate", spraying("{a: {count: events}}", "{b: {gte: 1}}"), "unknown_identifier"],
    ["an unknown divisor", spraying("{a: {count: events}}", "{a/b: {gte: 1}}"), "unknown_identifier"],
    ["two slashes", spraying("{a: {count: events}}", "{a/a/a: {gte: 1}}"), "bad_condition"],
    [
      "an aggregate nobody uses",
      spraying("{a: {count: events}, b: {sum: x}}", "{a: {gte: 1}}"),
      "bad_condition",
    ],
    ["two kinds", spraying("{a: {count: events, sum: x}}", "{a: {gte: 1}}"), "bad_value"],
    ["no kind", spraying("{a: {rules: [ok]}}", "{a: {gte: 1}}"), "bad_value"],
    ["an unknown key", spraying("{a: {count: events, over: 1}}", "{a: {gte: 1}}"), "unknown_key"],
    ["an unknown rule", spraying("{a: {count: events, rules: [x]}}", "{a: {gte: 1}}"), "unknown_rule"],
    ["an unknown operator", spraying("{a: {count: events}}", "{a: {above: 1}}"), "unknown_key"],
    ["each of a sum", spraying("{a: {sum: x, each: {gte: 1}}}", "{a: {gte: 1}}"), "unknown_key"],
    ["a sum of two fields", spraying("{a: {sum: [x, y]}}", "{a: {gte: 1}}"), "bad_value"],
    ["an impossible bound", spraying("{a: {count: events}}", "{a: {gt: 2, lt: 1}}"), "bad_value"],
    ["no bound", spraying("{a: {count: events}}", "{a: {}}"), "bad_value"],
    [
      "another type",
      spraying("{a: {count: events}}", "{a: {gte: 1}}", "{gte: 2}", "temporal"),
      "unsupported",
    ],
    ["an absence", spraying("{a: {count: events}}", "{a: {gte: 1}}", "{lt: 2}"), "unsupported"],
    ["a bad name", spraying("{1a: {count: events}}", "{1a: {gte: 1}}"), "bad_value"],
    [
      "a name of the prototype",
      spraying("{a: {count: events}}", "{__proto__: {gte: 1}}"),
      "unknown_identifier",
    ],
  ])("refuses %s", (_name, text, code) => {
    expect(refusal(text)).toBe(code);
  });
});
