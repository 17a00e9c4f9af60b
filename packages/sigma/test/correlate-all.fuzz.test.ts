// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules, createCorrelator, parseSigma, type Correlator, type Finding } from "../src/index.js";
import { PlainCorrelator, type Hit, type Plain, type Seen, type Verdict } from "./plain-correlate.js";

/** Every correlation type against counting out all windows: late events, clocks apart, pauses, restarts, time that passes. */
const SPAN = 1000;
const LATENESS = 1000;
/** How much later than its own time an event comes at most, and earlier. */
const LATE = 500;
const EARLY = 200;
/** How far behind arrival the watermark is. */
const BEHIND = 250;

const seed = Number(process.env["TELLTALE_SEED"] ?? Date.now() % 2 ** 31);

const distinct = (values: readonly string[]): number => new Set(values).size;
const has = (window: readonly Seen[], rule: string): boolean =>
  window.some(({ kind }) => kind.includes(rule));
const toNumbers = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
    typeof one === "number" || (typeof one === "string" && /^-?\d+(\.\d+)?$/.test(one)) ? [Number(one)] : [],
  );
const numbersOf = (window: readonly Seen[]): number[] =>
  window.flatMap(({ n }) => toNumbers(n)).sort((a, b) => a - b);
const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
const hasNumber = ({ n }: Seen): boolean => toNumbers(n).length > 0;
const percentile = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share;
  const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.floor(at) + 1]];
  return low + (high - low) * (at - Math.floor(at));
};
const countEach = (values: readonly string[]): number[] =>
  [...new Set(values)].map((value) => values.filter((one) => one === value).length);
const say = (value: number, holds: boolean): Verdict => ({ value, holds });

const after = (all: readonly Seen[], { time }: Seen): Seen[] =>
  all.filter((one) => one.time > time && one.time <= time + SPAN);
const ahead = (all: readonly Seen[], { time }: Seen): Seen[] =>
  all.filter((one) => one.time >= time && one.time < time + SPAN);
const around = (all: readonly Seen[], { time }: Seen): Seen[] =>
  all.filter((one) => Math.abs(one.time - time) < SPAN);
const isLater = (a: Seen, b: Seen): boolean => a.time > b.time || (a.time === b.time && a.index > b.index);

function extended(window: readonly Seen[]): Verdict {
  const users = distinct(window.map(({ item }) => item));
  const failed = distinct(window.filter(({ kind }) => kind.includes("a")).map(({ item }) => item));
  const each = countEach(window.map(({ item }) => item));
  const quiet = each.filter((count) => count <= 2).length;
  const sum = total(numbersOf(window.filter(({ kind }) => kind.includes("b"))));
  const holds =
    window.length >= 3 &&
    users >= 2 &&
    Math.max(...each) <= 3 &&
    quiet / users >= 0.5 &&
    failed / users > 0.4 &&
    sum < 4;
  return say(window.length, holds);
}

const EXTENSION = `telltale:
  aggregates:
    users: {distinct: item}
    failed: {distinct: item, rules: [a]}
    quiet: {distinct: item, each: {lte: 2}}
    most: {most: item}
    sum: {sum: n, rules: [b]}
  where: {users: {gte: 2}, most: {lte: 3}, quiet/users: {gte: 0.5}, failed/users: {gt: 0.4}, sum: {lt: 4}}
`;

const cases: [name: string, body: string, plain: Plain, more?: string][] = [
  [
    "event_count",
    "type: event_count, rules: [a, b], condition: {gte: 3}",
    { rules: "ab", span: SPAN, judge: (window) => say(window.length, window.length >= 3) },
  ],
  [
    "event_count with a range",
    "type: event_count, rules: [a, b], condition: {gte: 2, lt: 4}",
    { rules: "ab", span: SPAN, judge: ({ length }) => say(length, length >= 2 && length < 4) },
  ],
  [
    "value_count",
    "type: value_count, rules: [a], condition: {field: item, gte: 3}",
    {
      rules: "a",
      span: SPAN,
      judge: (window) => {
        const value = distinct(window.map(({ item }) => item));
        return say(value, value >= 3);
      },
    },
  ],
  [
    "value_sum",
    "type: value_sum, rules: [a, b], condition: {field: n, gt: 3.5}",
    {
      rules: "ab",
      span: SPAN,
      counts: hasNumber,
      seeksTruth: true,
      judge: (window) => {
        const value = total(numbersOf(window));
        return say(value, value > 3.5);
      },
    },
  ],
  [
    "value_avg",
    "type: value_avg, rules: [a, b], condition: {field: n, lt: 1}",
    {
      rules: "ab",
      span: SPAN,
      counts: hasNumber,
      seeksTruth: true,
      judge: (window) => {
        const value = total(numbersOf(window)) / numbersOf(window).length;
        return say(value, value < 1);
      },
    },
  ],
  [
    "value_percentile",
    "type: value_percentile, rules: [a, b], condition: {field: n, percentile: 90, gte: 2}",
    {
      rules: "ab",
      span: SPAN,
      counts: hasNumber,
      seeksTruth: true,
      judge: (window) => {
        const value = percentile(numbersOf(window), 0.9);
        return say(value, value >= 2);
      },
    },
  ],
  [
    "value_median",
    "type: value_median, rules: [a, b], condition: {field: n, gt: 0.5, lte: 2}",
    {
      rules: "ab",
      span: SPAN,
      counts: hasNumber,
      seeksTruth: true,
      judge: (window) => {
        const value = percentile(numbersOf(window), 0.5);
        return say(value, value > 0.5 && value <= 2);
      },
    },
  ],
  [
    "temporal",
    "type: temporal, rules: [a, b, c]",
    {
      rules: "abc",
      span: SPAN,
      judge: (window) => {
        const value = Array.from("abc").filter((rule) => has(window, rule)).length;
        return say(value, value >= 3);
      },
    },
  ],
  [
    "temporal with and, or",
    "type: temporal, rules: [a, b, c], condition: (a or b) and c",
    {
      rules: "abc",
      span: SPAN,
      seeksTruth: true,
      judge: (window) =>
        say(
          Array.from("abc").filter((rule) => has(window, rule)).length,
          (has(window, "a") || has(window, "b")) && has(window, "c"),
        ),
    },
  ],
  [
    "conjunctions and ratios",
    "type: event_count, rules: [a, b], condition: {gte: 3}",
    { rules: "ab", span: SPAN, seeksTruth: true, judge: extended },
    EXTENSION,
  ],
  [
    "event_count eq 0",
    "type: event_count, rules: [a], condition: {eq: 0}",
    {
      rules: "a",
      span: SPAN,
      ahead: SPAN,
      opens: () => true,
      after: (all, opener) => say(after(all, opener).length, after(all, opener).length === 0),
    },
  ],
  [
    "event_count lt",
    "type: event_count, rules: [a, b], condition: {lt: 3}",
    {
      rules: "ab",
      span: SPAN,
      ahead: SPAN,
      opens: () => true,
      after: (all, opener) => say(after(all, opener).length, after(all, opener).length < 3),
    },
  ],
  [
    "value_count lte",
    "type: value_count, rules: [a, b], condition: {field: item, lte: 1}",
    {
      rules: "ab",
      span: SPAN,
      ahead: SPAN,
      opens: () => true,
      after: (all, opener) => {
        const value = distinct(after(all, opener).map(({ item }) => item));
        return say(value, value <= 1);
      },
    },
  ],
  [
    "value_sum lt",
    "type: value_sum, rules: [a, b], condition: {field: n, lt: 2}",
    {
      rules: "ab",
      span: SPAN,
      ahead: SPAN,
      counts: hasNumber,
      opens: () => true,
      after: (all, opener) => {
        const value = total(numbersOf(after(all, opener)));
        return say(value, value < 2);
      },
    },
  ],
  [
    "temporal with not",
    "type: temporal, rules: [a, b], condition: a and not b",
    {
      rules: "ab",
      span: SPAN,
      ahead: SPAN,
      opens: ({ kind }) => kind.includes("a"),
      after: (all, opener) =>
        say(
          Array.from("ab").filter((rule) => has(ahead(all, opener), rule)).length,
          !has(around(all, opener), "b"),
        ),
    },
  ],
  [
    "temporal with or and not",
    "type: temporal, rules: [a, b, c], condition: (a and b) or (b and not (a or c))",
    {
      rules: "abc",
      span: SPAN,
      ahead: SPAN,
      opens: ({ kind }) => /[ab]/.test(kind),
      after: (all, opener) => {
        const window = ahead(all, opener);
        const near = around(all, opener);
        const holds =
          (has(window, "a") && has(window, "b")) || (has(window, "b") && !has(near, "a") && !has(near, "c"));
        return say(Array.from("abc").filter((rule) => has(window, rule)).length, holds);
      },
    },
  ],
  [
    "temporal_ordered, not after",
    "type: temporal_ordered, rules: [a, b], condition: a and not b",
    {
      rules: "ab",
      span: SPAN,
      ahead: SPAN,
      opens: ({ kind }) => kind.includes("a"),
      after: (all, opener) =>
        say(1, !ahead(all, opener).some((one) => one.kind.includes("b") && isLater(one, opener))),
    },
  ],
  [
    "temporal_ordered, not before",
    "type: temporal_ordered, rules: [b, a], condition: a and not b",
    {
      rules: "ab",
      span: SPAN,
      ahead: 0,
      opens: ({ kind }) => kind.includes("a"),
      after: (all, opener) =>
        say(1, !around(all, opener).some((one) => one.kind.includes("b") && isLater(opener, one))),
    },
  ],
];

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
const ruleSetOf = (body: string, more = "") =>
  compileRules(
    parseSigma(
      `${["a", "b", "c"].map(base).join("---\n")}---\ntitle: x\ncorrelation: {timespan: 1s, group-by: [user], ${body}}\n${more}`,
      "f.yml",
    ),
  );

const step = fc.record({
  step: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 1, arbitrary: fc.constant(2500) },
    { weight: 1, arbitrary: fc.constant(60_000) },
  ),
  late: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -EARLY, max: LATE }) },
  ),
  kind: fc.constantFrom("a", "b", "c", "ab", "abc", "-"),
  user: fc.constantFrom("u", "v"),
  item: fc.constantFrom("x", "y", "z"),
  n: fc.oneof(
    fc.constantFrom<unknown>(undefined, null, true, "many", "1.5", {}, [], [1, "x", 0.5], [2, 2]),
    fc.integer({ min: -8, max: 24 }).map((eighths) => eighths / 8),
  ),
  /** Time that passes with nothing coming, told. */
  idle: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  ),
  restart: fc.boolean(),
});

const toHits = (findings: readonly Finding[]): Hit[] =>
  findings
    .filter(({ title }) => title === "x")
    .map(({ group, trigger, value }) => ({ user: group["user"] ?? "", trigger, value }));

describe(`stream = plain (TELLTALE_SEED=${seed})`, () => {
  it.each(cases)("%s", (_name, body, plain, more) => {
    const ruleSet = ruleSetOf(body, more);
    const make = (): Correlator => createCorrelator(ruleSet, { lateness: LATENESS });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let live = make();
        const replayed = make();
        const slow = new PlainCorrelator(plain, LATENESS);
        const all: { live: Finding[]; replayed: Finding[] } = { live: [], replayed: [] };
        let now = 10_000;
        for (const [index, one] of steps.entries()) {
          now += one.step;
          const event: Seen = { ...one, index, time: now - one.late, arrival: now };
          const observation = { ...event, event, matches: ruleSet.match(event) };
          const judged = live.advance(now - BEHIND);
          expect(toHits(judged)).toEqual(slow.advance(now - BEHIND));
          const found = live.observe(observation);
          expect(toHits(found)).toEqual(slow.observe(event));
          all.live.push(...judged, ...found);
          all.replayed.push(...replayed.advance(now - BEHIND), ...replayed.observe(observation));
          if (one.idle > 0) {
            now += one.idle;
            const idle = live.advance(now - BEHIND);
            expect(toHits(idle)).toEqual(slow.advance(now - BEHIND));
            all.live.push(...idle);
          }
          if (!one.restart) continue;
          const snapshot = live.snapshot();
          live = make();
          live.restore(snapshot);
          expect(live.snapshot()).toBe(snapshot);
        }
        all.live.push(...live.advance(now + 100_000));
        all.replayed.push(...replayed.advance(now + 100_000));
        expect(all.live).toEqual(all.replayed);
        expect(live.stats()).toMatchObject({ waiting: 0, evictions: 0, givenUp: 0 });
      }),
      { seed, numRuns: Number(process.env["TELLTALE_FUZZ_RUNS"] ?? 100) },
    );
  });
});
