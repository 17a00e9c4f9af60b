// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileRules, createCorrelator, parseSigma, type Correlator, type Finding } from "../src/index.js";

/**
 * The same events give the same findings, live or replayed: chains of all kinds, few groups allowed, times far apart. Live is
 * told of time that passes with nothing coming and is restarted from snapshots; the replay sees nothing but the events.
 */
const seed = Number(process.env["TELLTALE_SEED"] ?? Date.now() % 2 ** 31);

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
const correlation = (name: string, body: string): string =>
  `title: ${name}\nname: ${name}\ncorrelation: {timespan: 1s, generate: true, group-by: [user], ${body}}\n`;

const ruleSet = compileRules(
  parseSigma(
    [
      ...["a", "b", "c"].map(base),
      correlation("many", "type: event_count, rules: [a], condition: {gte: 2}"),
      correlation("rows", "type: value_sum, rules: [a, b], condition: {field: n, gte: 2}"),
      correlation("middle", "type: value_median, rules: [a, b], condition: {field: n, lte: 1}"),
      correlation("without", "type: temporal, rules: [a, b], condition: a and not b"),
      correlation("before", "type: temporal_ordered, rules: [c, a], condition: a and not c"),
      correlation("silence", "type: event_count, rules: [a, b, c], condition: {eq: 0}"),
      correlation("top", "type: temporal_ordered, rules: [without, c]"),
      correlation(
        "above",
        "type: temporal, rules: [many, without, silence], condition: many and not (without or silence)",
      ),
      correlation("often", "type: event_count, rules: [without, above], condition: {gte: 2}"),
      correlation("never", "type: event_count, rules: [often], condition: {lt: 2}"),
      `${correlation("mix", "type: event_count, rules: [a, b], condition: {gte: 2}")}telltale:
  aggregates: {users: {distinct: n}, most: {most: n}}
  where: {users: {gte: 2}, most/users: {lte: 1}}
`,
    ].join("---\n"),
    "f.yml",
  ),
);

const step = fc.record({
  step: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 400 }) },
    { weight: 1, arbitrary: fc.constant(9_000) },
  ),
  late: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -2_000, max: 30_000 }) },
  ),
  kind: fc.constantFrom("a", "b", "c", "ab", "abc", "x"),
  user: fc.constantFrom<unknown>("u", "v", "w", ["u", "v"], null),
  n: fc.constantFrom<unknown>(0.1, 0.2, 1, 3, "2", null),
  idle: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 4_000 }) },
  ),
  restart: fc.boolean(),
});

it(`live = replayed (TELLTALE_SEED=${seed})`, () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(3, 8, 1000), (steps, maxKeys) => {
      const make = (): Correlator => createCorrelator(ruleSet, { maxKeys, lateness: 1_000 });
      let live = make();
      const replayed = make();
      const all: { live: Finding[]; replayed: Finding[] } = { live: [], replayed: [] };
      let now = 10_000;
      for (const [index, event] of steps.entries()) {
        now += event.step;
        const observation = {
          index,
          time: now - event.late,
          arrival: now,
          event,
          matches: ruleSet.match(event),
        };
        all.live.push(...live.advance(now - 250), ...live.observe(observation));
        all.replayed.push(...replayed.advance(now - 250), ...replayed.observe(observation));
        now += event.idle;
        if (event.idle > 0) all.live.push(...live.advance(now - 250));
        if (!event.restart) continue;
        const snapshot = live.snapshot();
        live = make();
        live.restore(snapshot);
        expect(live.snapshot()).toBe(snapshot);
      }
      all.live.push(...live.advance(now + 100_000));
      all.replayed.push(...replayed.advance(now + 100_000));
      expect(all.live).toEqual(all.replayed);
      expect(live.stats()).toEqual(replayed.stats());
      expect(live.stats().waiting).toBe(0);
      const judged = all.live.filter(({ title }) => ["without", "before", "silence"].includes(title));
      expect(new Set(judged.map(({ title, key, trigger }) => `${title} ${key} ${trigger}`)).size).toBe(
        judged.length,
      );
      told += all.live.length;
    }),
    { seed, numRuns: Number(process.env["TELLTALE_FUZZ_RUNS"] ?? 120) },
  );
  expect(told).toBeGreaterThan(100);
});
