// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { createCorrelator } from "./correlate.js";
import { SigmaError } from "./errors.js";
import { parseSigma } from "./parse.js";
import type { CorrelatorOptions, Finding, RuleSet } from "./types.js";

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: telltale}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
const correlation = (name: string, body: string): string =>
  `title: ${name}\nname: ${name}\nlevel: high\ncorrelation: {${body}}\n`;

const valueCount = (name: string, field: string, least: number): string =>
  correlation(
    name,
    `type: value_count, rules: [a], group-by: [user], timespan: 10s, condition: {field: ${field}, gte: ${least}}`,
  );

function ruleSetOf(...documents: string[]): RuleSet {
  return compileRules(parseSigma(documents.join("---\n"), "c.yml"));
}

interface Hit {
  readonly time: number;
  readonly kind?: string;
  readonly user?: string | string[];
  readonly ip?: string;
}

function run(ruleSet: RuleSet, hits: readonly Hit[], options: CorrelatorOptions = {}): Finding[] {
  const correlator = createCorrelator(ruleSet, options);
  return hits.flatMap((event, index) => [
    ...correlator.observe({ index, time: event.time, event, matches: ruleSet.match(event) }),
  ]);
}

const triggers = (findings: readonly Finding[]): number[] => findings.map(({ trigger }) => trigger);
const at = (...times: number[]): Hit[] => times.map((time) => ({ time, kind: "a", user: "u" }));

const conditionTriggers = (condition: string): number[] =>
  triggers(
    run(
      ruleSetOf(
        base("a"),
        correlation(
          "c",
          `type: event_count, rules: [a], group-by: [user], timespan: 10s, condition: {${condition}}`,
        ),
      ),
      at(1, 2, 3, 4, 5),
    ),
  );

describe("event_count", () => {
  const ruleSet = ruleSetOf(
    base("a"),
    correlation("c", "type: event_count, rules: [a], group-by: [user], timespan: 10s, condition: {gte: 3}"),
  );

  it("fires on the third event and on each further one, counting up", () => {
    const findings = run(ruleSet, at(1000, 2000, 3000, 4000));
    expect(findings.map(({ count, fresh, value }) => [count, fresh, value])).toEqual([
      [3, 3, 3],
      [4, 1, 4],
    ]);
    expect(findings[1]).toMatchObject({
      key: "u",
      group: { user: "u" },
      firstTime: 1000,
      lastTime: 4000,
      evidence: [0, 1, 2, 3],
      trigger: 3,
      level: "high",
    });
  });

  it("has windows that are open on the left and closed on the right", () => {
    expect(triggers(run(ruleSet, at(0, 5000, 10_000)))).toEqual([]);
    expect(triggers(run(ruleSet, at(1, 5000, 10_000)))).toEqual([2]);
  });

  it("counts equal times", () => {
    expect(triggers(run(ruleSet, at(5, 5, 5)))).toEqual([2]);
  });

  it("begins a new episode when the window was quiet", () => {
    const findings = run(ruleSet, at(0, 1, 2, 3, 60_000, 60_001, 60_002));
    expect(findings.map(({ count, fresh }) => [count, fresh])).toEqual([
      [3, 3],
      [4, 1],
      [3, 3],
    ]);
  });

  it("does not count again what stood in the window of the episode before", () => {
    const findings = run(ruleSet, at(1000, 2000, 3000, 12_500, 12_600));
    expect(findings.map(({ count, fresh, trigger }) => [count, fresh, trigger])).toEqual([
      [3, 3, 2],
      [3, 2, 4],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(6000), { maxLength: 60 }), (gaps) => {
        let time = 0;
        const all = run(ruleSet, at(...gaps.map((gap) => (time += gap))));
        const named = new Set(all.flatMap(({ evidence }) => evidence));
        const sum = all.reduce((total, { fresh }) => total + fresh, 0);
        expect(sum).toBe(named.size);
      }),
    );
  });

  it("sees a late event where it belongs", () => {
    expect(triggers(run(ruleSet, at(1000, 9000, 15_000, 2000)))).toEqual([3]);
    expect(triggers(run(ruleSet, at(1000, 15_000, 16_000, 9000)))).toEqual([3]);
  });

  it("keeps a backfill apart from live events of the same group", () => {
    const live = 1_700_000_000_000;
    const findings = run(ruleSet, at(live, 1000, live + 1, 2000, live + 2, 3000));
    expect(triggers(findings)).toEqual([4, 5]);
  });

  it("separates groups, and joins an event with several values to each", () => {
    const hits: Hit[] = ["u", "v", ["u", "v"], "v"].map((user, i) => ({ time: i, kind: "a", user }));
    expect(run(ruleSet, hits).map(({ key, trigger }) => [key, trigger])).toEqual([["v", 3]]);
  });

  it("ignores events without the group's field", () => {
    expect(
      run(
        ruleSet,
        [1, 2, 3, 4].map((time) => ({ time, kind: "a" })),
      ),
    ).toEqual([]);
  });

  it("keeps ten first and forty last indices of a long episode", () => {
    const last = run(ruleSet, at(...Array.from({ length: 5_000 }, (_, i) => i))).at(-1);
    expect(last?.count).toBe(5_000);
    expect(last?.evidence).toEqual([
      ...Array.from({ length: 10 }, (_, i) => i),
      ...Array.from({ length: 40 }, (_, i) => 4_960 + i),
    ]);
  });

  it("knows ranges and eq", () => {
    expect(conditionTriggers("gt: 1, lt: 4")).toEqual([1, 2]);
    expect(conditionTriggers("eq: 3")).toEqual([2]);
    expect(conditionTriggers("gte: 1, lte: 2")).toEqual([0, 1]);
    expect(conditionTriggers("gt: 2")).toEqual([2, 3, 4]);
  });
});

const users = (...list: (string | undefined)[]): Hit[] =>
  list.map((user, i) => ({ time: i, kind: "a", ip: "1", ...(user !== undefined && { user }) }));

describe("value_count", () => {
  const ruleSet = ruleSetOf(
    base("a"),
    correlation(
      "c",
      "type: value_count, rules: [a], group-by: [ip], timespan: 10s, condition: {field: user, gte: 3}",
    ),
  );

  it("counts different values, and none for a missing one", () => {
    expect(triggers(run(ruleSet, users("a", "b", "a", undefined, "b", "c", "a")))).toEqual([5, 6]);
  });

  it("forgets a value when it leaves the window", () => {
    const hits = users("a", "b", "c").map((hit, i) => ({ ...hit, time: i * 5000 }));
    expect(triggers(run(ruleSet, hits))).toEqual([]);
  });

  it("stays exact and small when one value floods the group", () => {
    const correlator = createCorrelator(ruleSet);
    const observe = (index: number, user: string): readonly Finding[] => {
      const event = { kind: "a", ip: "1", user };
      return correlator.observe({ index, time: 1000 + index / 1000, event, matches: [0] });
    };
    observe(0, "x");
    for (let i = 1; i <= 5_000; i++) observe(i, "y");
    expect(correlator.stats().entries).toBeLessThanOrEqual(4_096);
    expect(observe(5_001, "z")).toHaveLength(1);
  });

  it("counts far beyond what it keeps, to a stated error, and over a restart", () => {
    const large = ruleSetOf(base("a"), valueCount("c", "ip", 2_000));
    let correlator = createCorrelator(large);
    const observe = (index: number): Finding | undefined =>
      correlator.observe({
        index,
        time: 1000 + index / 10,
        event: { kind: "a", user: "u", ip: `${index}` },
        matches: [0],
      })[0];
    for (let i = 0; i < 4_096; i++) {
      const finding = observe(i);
      expect(finding?.value).toBe(i < 1_999 ? undefined : i + 1);
    }
    for (let i = 4_096; i < 20_000; i++) {
      const value = observe(i)?.value ?? 0;
      if (i % 2_000 === 0) expect(Math.abs(value - i) / i).toBeLessThan(5 * 0.023);
    }
    expect(correlator.stats().entries).toBeLessThan(40_000);
    const snapshot = correlator.snapshot();
    const before = observe(20_000);
    correlator = createCorrelator(large);
    correlator.restore(snapshot);
    expect(correlator.snapshot()).toBe(snapshot);
    expect(observe(20_000)).toEqual(before);
    // Exact again when nothing of the flood is in the window.
    for (let i = 1_000_000; i < 1_002_500; i++)
      expect(observe(i)?.value).toBe(i < 1_001_999 ? undefined : i - 999_999);
  });

  it("counts several fields as one tuple", () => {
    const set = ruleSetOf(
      base("a"),
      correlation(
        "c",
        "type: value_count, rules: [a], timespan: 10s, condition: {field: [user, ip], gte: 3}",
      ),
    );
    const hits = [
      ["a|", "b"],
      ["a", "|b"],
      ["a", "|b"],
      ["c", "d"],
    ].map(([user, ip], time) => ({ time, kind: "a", user: user ?? "", ip: ip ?? "" }));
    expect(triggers(run(set, hits))).toEqual([3]);
  });
});

const kinds = (...list: [string, number][]): Hit[] => list.map(([kind, time]) => ({ kind, time, user: "u" }));

describe("temporal", () => {
  const temporal = ruleSetOf(
    base("a"),
    base("b"),
    correlation("c", "type: temporal, rules: [a, b], group-by: [user], timespan: 10s"),
  );
  const ordered = ruleSetOf(
    base("a"),
    base("b"),
    base("c"),
    correlation("o", "type: temporal_ordered, rules: [a, b, c], group-by: [user], timespan: 10s"),
  );

  it("needs all rules in any order", () => {
    expect(triggers(run(temporal, kinds(["b", 1000], ["b", 2000], ["a", 3000], ["a", 4000])))).toEqual([
      2, 3,
    ]);
    expect(triggers(run(temporal, kinds(["b", 1000], ["a", 11_000])))).toEqual([]);
    expect(triggers(run(temporal, kinds(["ab", 1000])))).toEqual([0]);
  });

  it("temporal_ordered needs them in the written order, and different events", () => {
    expect(triggers(run(ordered, kinds(["a", 1], ["b", 2], ["c", 3], ["c", 4])))).toEqual([2, 3]);
    expect(triggers(run(ordered, kinds(["b", 1], ["a", 2], ["c", 3])))).toEqual([]);
    expect(triggers(run(ordered, kinds(["abc", 1], ["abc", 2])))).toEqual([]);
    expect(triggers(run(ordered, kinds(["abc", 1], ["abc", 2], ["abc", 3])))).toEqual([2]);
    expect(triggers(run(ordered, kinds(["a", 1], ["b", 2], ["c", 10_001])))).toEqual([]);
  });

  it("temporal_ordered takes log order between equal times and sees a late middle", () => {
    expect(triggers(run(ordered, kinds(["a", 5], ["b", 5], ["c", 5])))).toEqual([2]);
    expect(triggers(run(ordered, kinds(["c", 5], ["b", 5], ["a", 5])))).toEqual([]);
    expect(triggers(run(ordered, kinds(["a", 1], ["c", 30], ["b", 20])))).toEqual([2]);
  });

  it("shows the events behind a chained correlation", () => {
    const set = ruleSetOf(
      base("a"),
      base("b"),
      correlation(
        "many",
        "type: event_count, rules: [a], group-by: [user], timespan: 10s, condition: {gte: 3}",
      ),
      correlation("top", "type: temporal_ordered, rules: [many, b], group-by: [user], timespan: 10s"),
    );
    const findings = run(set, kinds(["a", 1], ["a", 2], ["a", 3], ["a", 4], ["b", 5], ["b", 6]));
    expect(findings.map(({ title, count, fresh, evidence }) => [title, count, fresh, evidence])).toEqual([
      ["top", 5, 5, [0, 1, 2, 3, 4]],
      ["top", 6, 1, [0, 1, 2, 3, 4, 5]],
    ]);
    expect(findings[0]).toMatchObject({ firstTime: 1, lastTime: 5 });
  });

  it("counts an event once that several of its correlations count", () => {
    const any =
      "type: temporal, rules: [paths, objects], group-by: [user], timespan: 10s, condition: {gte: 1}";
    const both = any.replace("gte: 1", "gte: 2");
    const hits = Array.from({ length: 12 }, (_, i) => ({
      time: i,
      kind: "a",
      user: "u",
      path: `p${i}`,
      ip: `${i}`,
    }));
    for (const [paths, objects, type] of [
      [3, 3, any],
      [3, 5, any],
      [5, 3, any],
      [3, 5, both],
      [4, 4, both],
    ] as const) {
      const set = ruleSetOf(
        base("a"),
        valueCount("paths", "path", paths),
        valueCount("objects", "ip", objects),
        correlation("top", type),
      );
      const findings = run(set, hits);
      expect(findings.at(-1)).toMatchObject({ count: 12, evidence: hits.map((_, i) => i) });
      expect(findings.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(12);
    }
  });

  it("maps aliases", () => {
    const set = ruleSetOf(
      base("a"),
      base("b"),
      correlation(
        "t",
        "type: temporal, rules: [a, b], group-by: [who], aliases: {who: {a: user, b: ip}}, timespan: 10s",
      ),
    );
    const hits: Hit[] = [
      { time: 1, kind: "a", user: "x" },
      { time: 2, kind: "b", ip: "x", user: "y" },
    ];
    expect(run(set, hits)).toMatchObject([{ key: "x", group: { who: "x" } }]);
  });
});

const titlesOf = (...documents: string[]): string[] =>
  run(ruleSetOf(...documents), at(1, 2)).map(({ title }) => title);

const keyOf = (text: string, event: object): string | undefined => {
  const set = ruleSetOf(text);
  return createCorrelator(set).observe({ index: 1, time: 1, event, matches: [0] })[0]?.key;
};

describe("who yields findings", () => {
  const body = "type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}";
  it("a rule alone does; one that a correlation uses does not, unless it generates", () => {
    expect(titlesOf(base("a"))).toEqual(["a", "a"]);
    expect(titlesOf(base("a"), correlation("c", body))).toEqual(["c"]);
    expect(titlesOf(base("a"), correlation("c", `${body}, generate: true`))).toEqual(["a", "a", "c"]);
  });

  it("files a single event under telltale.key, else the actor, else the address", () => {
    expect(keyOf(`${base("a")}telltale: {key: [x.y, user]}\n`, { x: { y: "1|2" }, user: "u" })).toBe(
      String.raw`1\|2|u`,
    );
    expect(keyOf(base("a"), { actor: { id: 7 }, client: { ip: "1.2.3.4" } })).toBe("7");
    expect(keyOf(base("a"), { client: { ip: "1.2.3.4" } })).toBe("1.2.3.4");
    expect(keyOf(base("a"), {})).toBe("");
  });
});

const refusal = (...documents: string[]): string => {
  try {
    ruleSetOf(...documents);
  } catch (error) {
    if (error instanceof SigmaError) return error.code;
  }
  return "accepted";
};

const counting = (rules: string, more = ""): string =>
  `type: event_count, rules: [${rules}], timespan: 5m, condition: {gte: 2}${more}`;

describe("refused", () => {
  it.each([
    ["an unknown rule", [correlation("c", counting("nobody"))], "unknown_rule"],
    ["a cycle", [correlation("c", counting("d")), correlation("d", counting("c"))], "cycle"],
    ["itself", [correlation("c", counting("c"))], "cycle"],
    ["a name used twice", [base("a"), base("a")], "duplicate_rule"],
    [
      "a deep chain",
      [base("x0"), ...Array.from({ length: 12 }, (_, i) => correlation(`x${i + 1}`, counting(`x${i}`)))],
      "too_deep",
    ],
    [
      "a percentile without a percentage",
      [
        base("a"),
        correlation("c", "type: value_percentile, rules: [a], timespan: 5m, condition: {field: x, gte: 2}"),
      ],
      "missing_key",
    ],
    ["an unknown key", [base("a"), correlation("c", counting("a", ", window: 5"))], "unknown_key"],
    [
      "a bad timespan",
      [base("a"), correlation("c", counting("a").replace("5m", "5 minutes"))],
      "bad_timespan",
    ],
    [
      "no condition",
      [base("a"), correlation("c", "type: event_count, rules: [a], timespan: 5m")],
      "missing_key",
    ],
    [
      "an impossible condition",
      [base("a"), correlation("c", "type: event_count, rules: [a], timespan: 5m, condition: {gt: 5, lt: 6}")],
      "bad_value",
    ],
    [
      "a condition that nothing at all satisfies",
      [base("a"), correlation("c", "type: temporal, rules: [a], timespan: 5m, condition: not a")],
      "bad_condition",
    ],
    [
      "an alias that nobody uses",
      [base("a"), correlation("c", counting("a", ", aliases: {x: {a: y}}"))],
      "bad_value",
    ],
  ])("%s", (_name, documents, expected) => {
    expect(refusal(...documents)).toBe(expected);
  });
});

describe("bounds", () => {
  const ruleSet = ruleSetOf(
    base("a"),
    correlation("c", "type: event_count, rules: [a], group-by: [user], timespan: 1h, condition: {gte: 2}"),
    correlation("d", "type: event_count, rules: [a], group-by: [ip], timespan: 1h, condition: {gte: 2}"),
  );

  it("forgets the least recently touched key and says how often", () => {
    const correlator = createCorrelator(ruleSet, { maxKeys: 10 });
    const see = (index: number, user: string): number =>
      correlator.observe({ index, time: index, event: { user, ip: user }, matches: [0] }).length;
    see(0, "first");
    for (let i = 1; i < 5; i++) see(i, `u${i}`);
    expect(see(5, "first")).toBe(2);
    for (let i = 6; i < 10; i++) see(i, `u${i}`);
    expect(correlator.stats()).toMatchObject({ keys: 10, evictions: 8 });
    expect(see(10, "first")).toBe(2);
    expect(see(11, "u1")).toBe(0);
  });

  it("drops what time has passed by, without calling it an eviction", () => {
    const correlator = createCorrelator(ruleSet, { lateness: 0 });
    for (let i = 0; i < 1000; i++)
      correlator.observe({ index: i, time: i * 600_000, event: { user: `u${i}`, ip: "x" }, matches: [0] });
    expect(correlator.stats().keys).toBeLessThan(10);
    expect(correlator.stats().evictions).toBe(0);
  });

  it("does not keep long values", () => {
    const correlator = createCorrelator(ruleSet);
    const long = "x".repeat(60_000);
    correlator.observe({ index: 0, time: 0, event: { user: `${long}1` }, matches: [0] });
    expect(correlator.observe({ index: 1, time: 1, event: { user: `${long}2` }, matches: [0] })).toEqual([]);
    const [finding] = correlator.observe({ index: 2, time: 2, event: { user: `${long}1` }, matches: [0] });
    expect(finding?.key.length).toBeLessThan(300);
  });

  it("refuses what is no snapshot and keeps its state", () => {
    const correlator = createCorrelator(ruleSet);
    correlator.observe({ index: 0, time: 0, event: { user: "u" }, matches: [0] });
    for (const text of ["", "{}", "[]", "null", '{"v":2}', correlator.snapshot().replace("[0]", '["x"]')])
      expect(() => correlator.restore(text)).toThrow(SigmaError);
    expect(correlator.observe({ index: 1, time: 1, event: { user: "u" }, matches: [0] })).toHaveLength(1);
  });

  it("starts a changed correlation empty", () => {
    const first = createCorrelator(ruleSet);
    first.observe({ index: 0, time: 0, event: { user: "u", ip: "i" }, matches: [0] });
    const changed = ruleSetOf(
      base("a"),
      correlation("c", "type: event_count, rules: [a], group-by: [user], timespan: 2h, condition: {gte: 2}"),
      correlation("d", "type: event_count, rules: [a], group-by: [ip], timespan: 1h, condition: {gte: 2}"),
    );
    const second = createCorrelator(changed);
    second.restore(first.snapshot());
    const findings = second.observe({ index: 1, time: 1, event: { user: "u", ip: "i" }, matches: [0] });
    expect(findings.map(({ title }) => title)).toEqual(["d"]);
  });
});

it("a snapshot and a restore at any point change no finding", () => {
  const ruleSet = ruleSetOf(
    base("a"),
    base("b"),
    correlation("many", "type: event_count, rules: [a], group-by: [user], timespan: 2s, condition: {gte: 2}"),
    correlation(
      "spread",
      "type: value_count, rules: [a, b], group-by: [ip], timespan: 3s, condition: {field: user, gte: 2}, generate: true",
    ),
    correlation("both", "type: temporal, rules: [a, b], group-by: [user], timespan: 2s"),
    correlation(
      "top",
      "type: temporal_ordered, rules: [many, b], group-by: [user], timespan: 2s, generate: true",
    ),
  );
  const hit = fc.record({
    step: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) },
      { weight: 1, arbitrary: fc.constant(9_000) },
    ),
    late: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 30_000 }) },
    ),
    kind: fc.constantFrom("a", "b", "ab", "x"),
    user: fc.constantFrom("u", "v", "w"),
    ip: fc.constantFrom("1", "2"),
    restart: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(hit, { maxLength: 60 }), fc.constantFrom(2, 4, 100), (hits, maxKeys) => {
      const options = { maxKeys, lateness: 1000 };
      const straight = createCorrelator(ruleSet, options);
      let restarted = createCorrelator(ruleSet, options);
      let now = 0;
      for (const [index, event] of hits.entries()) {
        now += event.step;
        const observation = { index, time: now - event.late, event, matches: ruleSet.match(event) };
        expect(restarted.observe(observation)).toEqual(straight.observe(observation));
        if (!event.restart) continue;
        const snapshot = restarted.snapshot();
        restarted = createCorrelator(ruleSet, options);
        restarted.restore(snapshot);
        expect(restarted.snapshot()).toBe(snapshot);
        expect(restarted.stats()).toEqual(straight.stats());
      }
    }),
    { numRuns: 300 },
  );
});
