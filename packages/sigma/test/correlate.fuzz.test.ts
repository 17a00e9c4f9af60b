// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileRules, createCorrelator, parseSigma } from "../src/index.js";

/**
 * The windows, slow and obvious: every event seen so far is kept, and every window that contains the new one and ends at an
 * event is counted out. Events come up to `LATENESS` late.
 */
const SPAN = 1000;
const LATENESS = 700;

interface Seen {
  readonly index: number;
  readonly time: number;
  readonly kind: string;
  readonly user: string;
}
type Values = (event: Seen) => string[];

const before = (a: Seen, b: Seen): boolean => a.time < b.time || (a.time === b.time && a.index < b.index);

/** The window with the highest number of different values, the latest of equals. */
function fullestWindow(
  seen: readonly Seen[],
  event: Seen,
  values: Values,
): { value: number; events: Seen[] } {
  let best = { value: 0, events: [] as Seen[] };
  const ends = [...new Set(seen.map(({ time }) => time))].sort((a, b) => a - b);
  for (const end of ends.filter((time) => time >= event.time && time - SPAN < event.time)) {
    const events = seen.filter(({ time }) => time > end - SPAN && time <= end);
    const value = new Set(events.flatMap(values)).size;
    if (value >= best.value) best = { value, events };
  }
  return best;
}

/** Whether different events of the roles 0, 1, …, n-1 in order, one of them `event`, fit into less than the span. */
function hasChain(seen: readonly Seen[], event: Seen, roles: readonly string[]): boolean {
  const extend = (chain: readonly Seen[]): boolean => {
    if (chain.length === roles.length) return chain.includes(event);
    return seen.some((next) => {
      const [first] = chain;
      const last = chain.at(-1);
      if (!next.kind.includes(roles[chain.length] ?? "-")) return false;
      if (last !== undefined && !before(last, next)) return false;
      return (first === undefined || next.time - first.time < SPAN) && extend([...chain, next]);
    });
  };
  return extend([]);
}

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
const ruleSetOf = (body: string) =>
  compileRules(
    parseSigma(
      `${["a", "b", "c"].map(base).join("---\n")}---\ntitle: x\ncorrelation: {timespan: 1s, generate: false, ${body}}\n`,
      "f.yml",
    ),
  );

const history = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 300 }) },
      { weight: 1, arbitrary: fc.constant(2500) },
    ),
    late: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: LATENESS - 1 }) },
    ),
    kind: fc.constantFrom("a", "b", "c", "ab", "abc", "-"),
    user: fc.constantFrom("u", "v", "w"),
  }),
  { maxLength: 40 },
);

const cases: [string, string, (kind: string) => boolean, Values][] = [
  [
    "event_count",
    "type: event_count, rules: [a, b], condition: {gte: 3}",
    (kind) => /[ab]/.test(kind),
    ({ index }) => [String(index)],
  ],
  [
    "value_count",
    "type: value_count, rules: [a], condition: {field: user, gte: 2}",
    (kind) => kind.includes("a"),
    ({ user }) => [user],
  ],
  [
    "temporal",
    "type: temporal, rules: [a, b, c], condition: {gte: 3}",
    (kind) => /[abc]/.test(kind),
    ({ kind }) => Array.from(kind),
  ],
];

it.each(cases)("%s agrees with counting out every window", (type, body, counts, values) => {
  const ruleSet = ruleSetOf(body);
  const threshold = type === "value_count" ? 2 : 3;
  fc.assert(
    fc.property(history, (hits) => {
      const correlator = createCorrelator(ruleSet, { lateness: LATENESS });
      const seen: Seen[] = [];
      let now = 10_000;
      let active: number | undefined;
      for (const [index, { step, late, kind, user }] of hits.entries()) {
        now += step;
        const event: Seen = { index, time: now - late, kind, user };
        const found = correlator
          .observe({ index, time: event.time, event, matches: ruleSet.match(event) })
          .filter(({ title }) => title === "x");
        if (!counts(kind)) continue;
        // A pause longer than window and lateness ends everything before it.
        const newest = Math.max(...seen.map(({ time }) => time), Number.NEGATIVE_INFINITY);
        if (event.time > newest + SPAN + LATENESS) active = undefined;
        seen.push(event);
        const { value, events } = fullestWindow(seen, event, values);
        if (value < threshold) active = undefined;
        else active = active === undefined ? events.length : active + 1;
        expect(found.map((finding) => [finding.value, finding.count])).toEqual(
          active === undefined ? [] : [[value, active]],
        );
      }
    }),
    { numRuns: 600 },
  );
});

it("temporal_ordered agrees with trying every chain", () => {
  const ruleSet = ruleSetOf("type: temporal_ordered, rules: [a, b, c]");
  fc.assert(
    fc.property(history, (hits) => {
      const correlator = createCorrelator(ruleSet, { lateness: LATENESS });
      const seen: Seen[] = [];
      let now = 10_000;
      for (const [index, { step, late, kind, user }] of hits.entries()) {
        now += step;
        const event: Seen = { index, time: now - late, kind, user };
        const found = correlator.observe({ index, time: event.time, event, matches: ruleSet.match(event) });
        if (!/[abc]/.test(kind)) continue;
        seen.push(event);
        expect(found.length > 0).toBe(hasChain(seen, event, ["a", "b", "c"]));
      }
    }),
    { numRuns: 600 },
  );
});
