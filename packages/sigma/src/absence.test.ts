// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { compileRules } from "./compile.js";
import { createCorrelator } from "./correlate.js";
import { SigmaError } from "./errors.js";
import { parseSigma } from "./parse.js";
import type { Correlator, CorrelatorOptions, Finding } from "./types.js";

const base = (name: string): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
const correlation = (name: string, body: string): string =>
  `title: ${name}\nname: ${name}\ncorrelation: {${body}}\n`;
const LOGIN = correlation(
  "without",
  "type: temporal, rules: [a, b], group-by: [user], timespan: 60s, condition: a and not b",
);

/** A correlator with the rules a, b and c, and events at seconds. */
class Stream {
  readonly correlator: Correlator;
  readonly findings: Finding[] = [];
  readonly #match: (event: object) => readonly number[];
  #index = 0;
  constructor(documents: readonly string[], options: CorrelatorOptions = {}) {
    const set = compileRules(parseSigma([...["a", "b", "c"].map(base), ...documents].join("---\n"), "x.yml"));
    this.correlator = createCorrelator(set, options);
    this.#match = (event) => set.match(event);
  }
  event(seconds: number, kind: string, more: object = {}, arrival = seconds): this {
    const event = { kind, user: "u", ...more };
    this.findings.push(...this.correlator.advance(arrival * 1000 - 1));
    this.findings.push(
      ...this.correlator.observe({
        index: this.#index++,
        time: seconds * 1000,
        arrival: arrival * 1000,
        event,
        matches: this.#match(event),
      }),
    );
    return this;
  }
  pass(seconds: number): this {
    this.findings.push(...this.correlator.advance(seconds * 1000));
    return this;
  }
  get told(): [string, number][] {
    return this.findings
      .filter(({ title }) => title.length > 1)
      .map(({ title, trigger }) => [title, trigger]);
  }
}

describe("a condition with not", () => {
  it("is judged when the window is over, and not before", () => {
    const stream = new Stream([LOGIN]).event(0, "a").pass(59.999);
    expect(stream.told).toEqual([]);
    expect(stream.pass(60).findings).toMatchObject([
      {
        title: "without",
        key: "u",
        trigger: 0,
        count: 1,
        fresh: 1,
        evidence: [0],
        firstTime: 0,
        lastTime: 0,
      },
    ]);
    expect(stream.pass(1e6).told).toHaveLength(1);
  });
  it("knows exactly where the window ends, on both sides", () => {
    expect(new Stream([LOGIN]).event(0, "a").event(59.999, "b").pass(200).told).toEqual([]);
    expect(new Stream([LOGIN]).event(0, "a").event(60, "b").pass(200).told).toEqual([["without", 0]]);
    expect(new Stream([LOGIN]).event(0.001, "b").event(60, "a").pass(200).told).toEqual([]);
    expect(new Stream([LOGIN]).event(0, "b").event(60, "a").pass(200).told).toEqual([["without", 1]]);
  });
  it("never fires together with its opposite, always one of both", () => {
    const opposite = correlation(
      "with",
      "type: temporal, rules: [a, b], group-by: [user], timespan: 60s, generate: true",
    );
    for (let at = -70; at <= 70; at += 10) {
      const stream = new Stream([LOGIN, opposite]);
      if (at < 0) stream.event(100 + at, "b").event(100, "a");
      else stream.event(100, "a").event(100 + at, "b");
      expect(new Set(stream.pass(1000).told.map(([title]) => title)).size).toBe(1);
    }
  });
  it("counts repeats of one group up, and ends with one that is all right", () => {
    const stream = new Stream([LOGIN]);
    for (const seconds of [0, 100, 200]) stream.event(seconds, "a");
    stream.event(300, "a").event(310, "b").event(500, "a").pass(1000);
    expect(stream.findings.filter(({ title }) => title === "without").map(({ count }) => count)).toEqual([
      1, 2, 3, 1,
    ]);
  });
  it("gives an import of history as long as live events", () => {
    const stream = new Stream([LOGIN]).event(-1e6, "a", {}, 0).event(-1e6 + 5, "b", {}, 30);
    stream.event(-1e6 + 500, "a", { user: "v" }, 40).pass(500);
    expect(stream.told).toEqual([["without", 2]]);
  });
  it("is judged when the group's own time has moved on, however early the watermark is", () => {
    const stream = new Stream([LOGIN], { lateness: 1000 })
      .event(0, "a", {}, 0)
      .event(61, "c", {}, 0)
      .event(61, "a", {}, 0);
    expect(stream.told).toEqual([["without", 0]]);
  });
});

describe("an order with not", () => {
  const ordered = (rules: string): string =>
    correlation(
      "order",
      `type: temporal_ordered, rules: [${rules}], group-by: [user], timespan: 60s, condition: a and not b`,
    );
  it("looks only behind the event, or only before it", () => {
    expect(new Stream([ordered("a, b")]).event(0, "b").event(1, "a").pass(200).told).toEqual([["order", 1]]);
    expect(new Stream([ordered("a, b")]).event(0, "a").event(1, "b").pass(200).told).toEqual([]);
    expect(new Stream([ordered("b, a")]).event(0, "b").event(1, "a").pass(200).told).toEqual([]);
    expect(new Stream([ordered("b, a")]).event(0, "a").event(1, "b").pass(200).told).toEqual([["order", 0]]);
  });
  it("is known at once when it looks before", () => {
    expect(new Stream([ordered("b, a")]).event(0, "a").pass(0).told).toEqual([["order", 0]]);
  });
});

describe("bounds that nothing satisfies", () => {
  const silence = (condition: string, type = "event_count"): string =>
    correlation(
      "silence",
      `type: ${type}, rules: [a], group-by: [user], timespan: 10s, condition: {${condition}}`,
    );
  it("tell of silence after the last event", () => {
    const stream = new Stream([silence("eq: 0")]).event(0, "a").event(10, "a").event(15, "a").pass(25);
    expect(stream.told).toEqual([["silence", 2]]);
    expect(new Stream([silence("lt: 1")]).event(0, "a").event(10.001, "a").pass(11).told).toEqual([
      ["silence", 0],
    ]);
  });
  it("tell of fewer than there should be", () => {
    const stream = new Stream([silence("lt: 2")]);
    for (const seconds of [0, 4, 8, 12, 20]) stream.event(seconds, "a");
    expect(stream.pass(40).told).toEqual([
      ["silence", 2],
      ["silence", 3],
      ["silence", 4],
    ]);
  });
  it("leave ranges to be judged at arrival", () => {
    expect(new Stream([silence("gte: 1, lt: 2")]).event(0, "a").told).toEqual([["silence", 0]]);
  });
});

describe("chains", () => {
  it("take what did not happen at the window's end, with its group", () => {
    const top = correlation(
      "top",
      "type: temporal_ordered, rules: [without, c], group-by: [user], timespan: 60s",
    );
    expect(new Stream([LOGIN, top]).event(0, "a").event(90, "c").pass(200).told).toEqual([["top", 1]]);
    expect(new Stream([LOGIN, top]).event(0, "a").event(40, "c").pass(200).told).toEqual([]);
    expect(new Stream([LOGIN, top]).event(0, "a").event(120, "c").pass(200).told).toEqual([]);
  });
  it("of absences wait in turn", () => {
    const top = correlation(
      "top",
      "type: temporal_ordered, rules: [without, c], group-by: [user], timespan: 60s, condition: without and not c",
    );
    expect(new Stream([LOGIN, top]).event(0, "a").pass(119).told).toEqual([]);
    const late = new Stream([LOGIN, top]).event(0, "a").pass(1000);
    expect(late.findings).toMatchObject([{ title: "top", trigger: 0, evidence: [0] }]);
    expect(new Stream([LOGIN, top]).event(0, "a").event(70, "c").pass(1000).told).toEqual([]);
  });
  it("may ask only for what is known of nothing", () => {
    const top = (body: string): string => correlation("top", `rules: [without], timespan: 60s, ${body}`);
    const refusal = (body: string): string => {
      try {
        new Stream([LOGIN, top(body)]);
      } catch (error) {
        if (error instanceof SigmaError) return error.code;
      }
      return "accepted";
    };
    expect(refusal("type: event_count, group-by: [user], condition: {gte: 2}")).toBe("accepted");
    expect(refusal("type: event_count, group-by: [client.ip], condition: {gte: 2}")).toBe("bad_value");
    expect(refusal("type: value_count, condition: {field: user, gte: 2}")).toBe("accepted");
    expect(refusal("type: value_count, condition: {field: client.ip, gte: 2}")).toBe("bad_value");
  });
});

describe("bounds of the state", () => {
  it("a flooded group gives up windows, says so, and stays small", () => {
    const stream = new Stream([LOGIN]);
    for (let i = 0; i < 20_000; i++) stream.event(i / 1000, "a");
    const { entries, givenUp, waiting } = stream.correlator.stats();
    expect(entries).toBeLessThan(10_000);
    expect(givenUp).toBeGreaterThan(10_000);
    expect(givenUp + waiting).toBe(20_000);
    expect(stream.pass(1000).correlator.stats().waiting).toBe(0);
  });
  it("forgotten groups leave no timers behind", () => {
    const stream = new Stream([LOGIN], { maxKeys: 10 });
    for (let i = 0; i < 5000; i++) stream.event(i / 1000, "a", { user: `u${i}` });
    expect(stream.correlator.stats()).toMatchObject({ keys: 10, waiting: 10, evictions: 4990 });
    expect(stream.pass(1000).told).toHaveLength(10);
    expect(stream.correlator.stats().waiting).toBe(0);
  });
  it("a group whose time is over is judged before it is dropped", () => {
    const stream = new Stream([LOGIN], { lateness: 1000 });
    stream.event(0, "a", {}, 0).event(1000, "a", { user: "v" }, 0);
    expect(stream.told).toEqual([["without", 0]]);
    expect(stream.correlator.stats()).toMatchObject({ keys: 1, evictions: 0 });
  });
});
