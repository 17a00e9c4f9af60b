// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { SigmaError } from "./errors.js";
import { compileRules, parseSigma } from "./index.js";

const GLOBAL = `action: global
title: Service stopped
level: high
tags: [attack.t1489]
detection:
  condition: selection
`;
const SYSMON = `logsource: {product: windows, service: sysmon}
detection:
  selection: {EventID: 1}
`;
const SECURITY = `logsource: {product: windows, service: security}
detection:
  selection: {EventID: 4688}
`;
const read = (...texts: string[]) => parseSigma(texts.join("---\n"), "c.yml");

function refusal(...texts: string[]): SigmaError {
  try {
    read(...texts);
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** Titles and what the rules find of three events. */
function found(...texts: string[]): unknown {
  const documents = read(...texts).map((document, i) => ({ ...document, name: `n${i}` }));
  const ruleSet = compileRules(documents);
  return documents.map(({ title }, i) => [
    title,
    [1, 4688, 7].filter((EventID) => ruleSet.rules[i]?.matches({ EventID })),
  ]);
}

describe("collections", () => {
  it("global: the rules behind it share it", () => {
    expect(found(GLOBAL, SYSMON, SECURITY)).toEqual([
      ["Service stopped", [1]],
      ["Service stopped", [4688]],
    ]);
    expect(read(GLOBAL, SYSMON)[0]).toMatchObject({ level: "high", tags: ["attack.t1489"], custom: {} });
  });

  it("global wins over the rule, as in pySigma", () => {
    expect(read(GLOBAL, `title: Own\nlevel: low\n${SYSMON}`)[0]).toMatchObject({
      title: "Service stopped",
      level: "high",
    });
  });

  it("repeat: the rule before it with changes", () => {
    const repeat = "action: repeat\ndetection:\n  selection: {EventID: 7}\n";
    expect(found(GLOBAL, SYSMON, repeat)).toEqual([
      ["Service stopped", [1]],
      ["Service stopped", [7]],
    ]);
    expect(found(GLOBAL, `action: repeat\n${SECURITY}`)).toEqual([["Service stopped", [4688]]]);
  });

  it("reset: the rules behind it stand for themselves", () => {
    const whole = `title: Whole\n${SECURITY}  condition: selection\n`;
    expect(found(GLOBAL, SYSMON, "action: reset\n", whole)).toEqual([
      ["Service stopped", [1]],
      ["Whole", [4688]],
    ]);
    expect(refusal(GLOBAL, SYSMON, "action: reset\n", SECURITY)).toMatchObject({ code: "missing_key" });
  });

  it("leave correlations and filters alone", () => {
    const correlation =
      "title: Many\ncorrelation: {type: event_count, rules: [x], timespan: 5m, condition: {gte: 5}}\n";
    const filter =
      "title: Not me\nlogsource: {product: windows}\nfilter: {rules: any, s: {User: me}, condition: s}\n";
    expect(read(GLOBAL, SYSMON, correlation, filter).map(({ title, level }) => [title, level])).toEqual([
      ["Service stopped", "high"],
      ["Many", "medium"],
      ["Not me", "medium"],
    ]);
  });
});

describe("a collection is refused", () => {
  it.each([
    ["with another action", ["action: include\n"], "bad_value", 1, "action"],
    ["that repeats nothing", ["action: repeat\n"], "bad_value", 1, "action"],
    ["with a global part that no rule uses", [GLOBAL], "bad_value", 1, ""],
    ["with two global parts in a row", [GLOBAL, GLOBAL, SYSMON], "bad_value", 1, ""],
    ["with more in a reset", [GLOBAL, SYSMON, "action: reset\ntitle: x\n"], "unknown_key", 13, "title"],
    [
      "with an error in the shared part",
      [GLOBAL.replace("selection", "other"), SYSMON],
      "unknown_identifier",
      6,
      "detection.condition",
    ],
  ])("%s", (_name, texts, code, line, key) => {
    expect(refusal(...texts)).toMatchObject({ code, file: "c.yml", line, key });
  });
});
