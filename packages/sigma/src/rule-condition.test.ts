// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { SigmaError } from "./errors.js";
import { parseSigma } from "./parse.js";
import type { SigmaCorrelation } from "./types.js";

const temporal = (condition: string, type = "temporal", rules = "login, mfa"): string =>
  `title: x\ncorrelation: {type: ${type}, rules: [${rules}], timespan: 60s, condition: ${condition}}\n`;
const conditionOf = (text: string): unknown => (parseSigma(text, "x.yml")[0] as SigmaCorrelation).condition;

const refusal = (text: string): string => {
  try {
    parseSigma(text, "x.yml");
  } catch (error) {
    if (error instanceof SigmaError) return error.code;
  }
  return "accepted";
};

describe("boolean conditions of temporal correlations", () => {
  it("reads and, or, not, parentheses and selectors", () => {
    expect(conditionOf(temporal("login and not mfa"))).toEqual({
      op: "and",
      args: [
        { op: "rule", rule: 0 },
        { op: "not", arg: { op: "rule", rule: 1 } },
      ],
    });
    expect(conditionOf(temporal("1 of them"))).toEqual({
      op: "or",
      args: [
        { op: "rule", rule: 0 },
        { op: "rule", rule: 1 },
      ],
    });
    expect(refusal(temporal("(a or b) and not (c and a)", "temporal", "a, b, c"))).toBe("accepted");
    expect(refusal(temporal("mfa and not login", "temporal_ordered"))).toBe("accepted");
  });
  it.each([
    ["nothing at all satisfies", temporal("not login and not mfa"), "bad_condition"],
    ["a rule is not mentioned", temporal("login"), "bad_condition"],
    ["a name is unknown", temporal("login and not mfb"), "unknown_identifier"],
    ["it is cut short", temporal("login and"), "bad_condition"],
    [
      "an order takes more than two rules",
      temporal("a and not b and c", "temporal_ordered", "a, b, c"),
      "unsupported",
    ],
    ["a count takes no words", temporal("login and not mfa", "event_count"), "wrong_type"],
  ])("refuses it when %s", (_name, text, code) => {
    expect(refusal(text)).toBe(code);
  });
});
