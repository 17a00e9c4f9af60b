// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { holdsSurrogate, repairLine, repairLines } from "./repair.js";

describe("repairLine", () => {
  const cases = [
    ['{"a":"\\ud800"}', '{"a":"\uFFFD"}'],
    ['{"a":"\\uDC00\\ud83d\\ude00"}', '{"a":"\uFFFD😀"}'],
    ['{"\\udfff":1}', '{"\uFFFD":1}'],
    ['{"a":"\\\\ud800"}', '{"a":"\\\\ud800"}'],
    ['{"a":1e999}', '{"a":null}'],
    ["not json", "{}"],
    ["", "{}"],
  ] as const;
  test.each(cases)("%s", (line, repaired) => {
    expect(repairLine(line)).toBe(repaired);
  });
});

test("repairLines gives as many lines as it took", () => {
  const lines = Buffer.from('{"a":1}\nx\n\n{"a":"\\uD800"}\n');
  expect(repairLines(lines, "all").toString()).toBe('{"a":1}\n{}\n{}\n{"a":"\uFFFD"}\n');
  expect(repairLines(lines, "surrogates").toString()).toBe('{"a":1}\nx\n\n{"a":"\uFFFD"}\n');
});

test("holdsSurrogate sees an escape and nothing else", () => {
  expect(holdsSurrogate(Buffer.from('{"a":"\\ud800"}'))).toBe(true);
  expect(holdsSurrogate(Buffer.from('{"a":"\\uDC00"}'))).toBe(true);
  expect(holdsSurrogate(Buffer.from('{"a":"😀 u d800"}'))).toBe(false);
});
