// SPDX-License-Identifier: Apache-2.0
import { compileRules, parseSigma } from "@telltale/sigma";
import { expect, it } from "vitest";
import { ExceptionCounter } from "./exception-hits.js";

const RULES = `
title: Failed
name: failed
logsource: { product: telltale }
detection: { s: { action: fail }, condition: s }
---
title: Other
name: other
logsource: { product: telltale }
detection: { s: { action: other }, condition: s }
`;
const EXCEPTION = `---
title: Not the monitor
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0009
logsource: { product: telltale }
filter: { rules: [failed], s: { actor.id: monitor }, condition: s }
`;

it("counts events that a rule matches and an exception keeps away, and nothing else", () => {
  const counter = new ExceptionCounter(compileRules(parseSigma(RULES + EXCEPTION, "x.yml")));
  expect(counter.counts).toBe(true);
  for (const [action, id] of [
    ["fail", "monitor"],
    ["fail", "alice"],
    ["other", "monitor"],
    ["fail", "monitor"],
  ])
    counter.add({ action, actor: { id } });
  const told: [string, number][] = [];
  const hits = { countHits: (id: string, count: number) => void told.push([id, count]) };
  counter.flush(hits);
  counter.flush(hits);
  expect(told).toEqual([["5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0009", 2]]);
});

it("asks nothing without exceptions", () => {
  expect(new ExceptionCounter(compileRules(parseSigma(RULES, "x.yml"))).counts).toBe(false);
});
