// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { parseSigma } from "./parse.js";

const rule = (telltale: string) => `title: T
logsource: { product: telltale }
detection: { a: { action: x }, condition: a }
telltale: ${telltale}
`;
const correlation = (telltale: string) => `title: C
correlation: { type: event_count, rules: [a], group-by: [client.ip], timespan: 5m, condition: { gte: 3 } }
telltale: ${telltale}
`;

it("reads what applications are to do", () => {
  const [one] = parseSigma(
    rule("{ key: [actor.id], respond: { decision: step-up, about: actor, for: 15m } }"),
    "r.yml",
  );
  expect(one).toMatchObject({ respond: { decision: "step-up", about: "actor", forMs: 900_000 } });
  const [two] = parseSigma(correlation("{ respond: { decision: block, about: ip, for: 7d } }"), "c.yml");
  expect(two).toMatchObject({ respond: { decision: "block", about: "ip", forMs: 604_800_000 } });
});

it.each([
  ["{ key: [actor.id], respond: { decision: kill, about: actor, for: 1h } }", /must be one of block/],
  ["{ key: [actor.id], respond: { decision: block, about: ip, for: 1h } }", /grouped by client\.ip/],
  ["{ respond: { decision: block, about: ip, for: 1h } }", /key/],
  ["{ key: [actor.id], respond: { decision: block, about: actor } }", /for/],
  ["{ key: [actor.id], respond: { decision: block, about: actor, for: 91d } }", /at most 90d/],
  ["{ key: [actor.id], respond: { decision: block, about: actor, for: soon } }", /duration/],
  ["{ key: [actor.id], respond: { decision: block, about: actor, for: 1h, now: true } }", /now/],
  ["{ key: [actor.id], answer: {} }", /answer/],
])("refuses %s", (telltale, message) => {
  expect(() => parseSigma(rule(telltale), "r.yml")).toThrow(message);
});

it("refuses of a correlation what it does not know", () => {
  expect(() => parseSigma(correlation("{ nothing: 1 }"), "c.yml")).toThrow(/nothing/);
});
