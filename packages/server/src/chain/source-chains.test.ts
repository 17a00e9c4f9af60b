// SPDX-License-Identifier: Apache-2.0
import { ChainSender, Random } from "@telltale/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_GAPS } from "./chain.js";
import { ChainBench, KEY_HASH } from "../../test/chain-fixture.js";

const sender = (): ChainSender => new ChainSender({ key: KEY_HASH });

/** What a reader with a list of all numbers would say. */
function expected(numbers: readonly number[]): { gap: number[]; reordered: number[] } {
  const gap: number[] = [];
  const reordered: number[] = [];
  const seen = new Set<number>();
  let head = 0;
  for (const n of numbers) {
    if (seen.has(n)) continue;
    seen.add(n);
    if (n < head) reordered.push(n);
    for (let missing = head + 1; missing < n; missing++) gap.push(missing);
    head = Math.max(head, n);
  }
  return { gap, reordered };
}

/** Numbers from 1 to n with some left out, some moved and some doubled. */
const delivery = fc
  .array(
    fc.record({
      lost: fc.boolean(),
      delay: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(12)),
      copies: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.constant(2)),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((fates) =>
    fates
      .flatMap(({ lost, delay, copies }, i) =>
        lost && i % 3 === 0 ? [] : Array.from({ length: copies }, (_, copy) => [i + 1, i + delay + 7 * copy]),
      )
      .toSorted((a, b) => a[1]! - b[1]!)
      .map(([n]) => n!),
  );
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });

function* inBodies<T>(items: readonly T[], lengths: readonly number[]): Generator<T[]> {
  for (let at = 0, i = 0; at < items.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield items.slice(at, at + length);
    at += length;
  }
}

describe("SourceChains", () => {
  it("finds exactly what was lost and what came late, whatever came twice and however it was cut", () => {
    const property = fc.property(delivery, sizes, (numbers, lengths) => {
      const bench = new ChainBench();
      const lines = sender().take(Math.max(...numbers, 1));
      const bodies = inBodies(
        numbers.map((n) => lines[n - 1]!),
        lengths,
      );
      let thread = 0;
      for (const body of bodies) bench.take(body, { thread: thread++ });
      const { gap, reordered } = expected(numbers);
      expect(bench.numbers("gap")).toEqual(gap);
      expect(bench.numbers("reordered")).toEqual(reordered);
      expect(bench.findings.length - bench.findings.filter(({ kind }) => /gap|reord/.test(kind)).length).toBe(
        0,
      );
      const left = new Set(gap);
      for (const n of reordered) left.delete(n);
      const [source] = [...bench.chains.sources()];
      expect(source?.chain.state.missing ?? 0).toBe(left.size);
    });
    fc.assert(property, { numRuns: 150 });
  });
  it("finds exactly the events that were changed, once something came after them", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 40 })),
      sizes,
      (count, changed, lengths) => {
        const bench = new ChainBench();
        const lines = sender().take(count);
        const touched = changed.filter((n) => n <= count);
        for (const n of touched) lines[n - 1] = lines[n - 1]!.replace("order_placed", "order_denied");
        for (const body of inBodies(lines, lengths)) bench.take(body);
        expect(bench.numbers("broken")).toEqual(touched.filter((n) => n < count).toSorted((a, b) => a - b));
        expect(bench.findings.every(({ kind }) => kind === "broken")).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });
  it("tells two processes with one boot, and nothing else, however their bodies alternate", () => {
    const turn = fc.record({ second: fc.boolean(), count: fc.integer({ min: 1, max: 6 }) });
    const property = fc.property(fc.nat(5), fc.array(turn, { maxLength: 20 }), (before, turns) => {
      const bench = new ChainBench();
      const one = sender();
      if (before > 0) bench.take(one.take(before));
      const two = one.clone();
      for (const { second, count } of turns) bench.take((second ? two : one).take(count));
      const isForked = one.seq > before && two.seq > before;
      expect(bench.findings.every(({ kind }) => kind === "fork")).toBe(true);
      expect(bench.numbers("fork").at(0)).toBe(isForked ? before + 1 : undefined);
      expect(bench.findings.length).toBeLessThan(isForked ? 4 : 1);
    });
    fc.assert(property, { numRuns: 100 });
  });
  it("answers whatever chains say, and says no number that is none", () => {
    const word = fc.oneof(
      fc.constantFrom("0".repeat(32), "f".repeat(32), "", "F".repeat(32)),
      fc.string(),
      fc.integer(),
    );
    const link = fc.record(
      {
        boot: fc.constantFrom("a".repeat(26), "b".repeat(64), "c".repeat(65), "__proto__", 5, null),
        seq: fc.oneof(fc.integer({ min: -2, max: 9 }), fc.constantFrom(2 ** 53 - 1, 2 ** 53, 1.5, "3", null)),
        prev: word,
      },
      { requiredKeys: [] },
    );
    const property = fc.property(fc.array(link, { maxLength: 12 }), (links) => {
      const bench = new ChainBench({ limits: { boots: 2, evicted: 2 } });
      bench.take(links.map((each) => JSON.stringify({ action: "x", source: { app: "a", ...each } })));
      for (const { from, to } of bench.findings) {
        expect(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 1 && to >= from).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });
  it("follows no chain in imported history", () => {
    const bench = new ChainBench();
    bench.take(sender().take(9).slice(4).toReversed(), { via: "backfill_a" });
    expect(bench.told()).toEqual([]);
    expect(bench.chains.size).toBe(0);
  });
  it("tells the same events that come again beyond the window of ids as a replay", () => {
    const bench = new ChainBench();
    const lines = sender().take(9);
    bench.take(lines);
    // The same bytes in another spelling of the body's line: the sealer below does not know it.
    bench.take(lines.slice(2, 5).map((line) => ` ${line}`));
    expect(bench.told()).toEqual(["replay 3-5"]);
    bench.take(lines.slice(7).map((line) => ` ${line}`));
    expect(bench.told()).toEqual(["replay 3-5", "replay 8-9"]);
  });
  it("remembers few of many boots, pushes out those of whoever sends them, and invents no gap of those that come back", () => {
    const bench = new ChainBench({ limits: { boots: 50, evicted: 1000 } });
    const quiet = sender();
    bench.take(quiet.take(3), { via: "ingest_quiet" });
    const first = sender();
    bench.take(first.take(3));
    for (let i = 0; i < 200; i++) bench.take([sender().next()]);
    expect(bench.chains.size).toBe(50);
    bench.take(quiet.take(3), { via: "ingest_quiet" });
    bench.take(first.take(3));
    expect(bench.told()).toEqual([]);
    bench.take(first.take(4).slice(2));
    expect(bench.told()).toEqual(["gap 7-8"]);
  });
  it("says that it does not know, where even the last number was forgotten", () => {
    const bench = new ChainBench({ limits: { boots: 5, evicted: 5 } });
    const first = sender();
    bench.take(first.take(3));
    for (let i = 0; i < 20; i++) bench.take([sender().next()]);
    const back = first.take(4);
    bench.take(back.slice(1));
    expect(bench.told()).toEqual(["gap 1-4?"]);
    bench.take([back[0]!]);
    expect(bench.told()).toEqual(["gap 1-4?", "replay 4-4?"]);
    bench.take(first.take(2).slice(1));
    expect(bench.told().at(-1)).toBe("gap 8-8");
  });
});

describe("numbers that come late in a long chain", () => {
  it("are compared among the newest thousands, and told as such where they cannot be", () => {
    const bench = new ChainBench();
    const source = sender();
    const lines = source.take(20_000);
    const late = [15_000, 15_001, 16_500, 5_000];
    const first = lines.filter((_, i) => !late.includes(i + 1));
    for (let at = 0; at < first.length; at += 500)
      bench.take(first.slice(at, at + 500), { thread: at / 500 });
    bench.findings.length = 0;
    bench.take([lines[14_999]!.replace("order_placed", "order_denied")]);
    bench.take([lines[14_999]!]);
    bench.take([lines[15_000]!.replace("order_placed", "order_denied")], { thread: 1 });
    bench.take([lines[15_000]!], { thread: 2 });
    bench.take([lines[16_499]!], { thread: 2 });
    bench.take([lines[4_999]!], { thread: 2 });
    // The first of two is only compared with the one before it. When both are there, it is known which is not right.
    expect(bench.told()).toEqual([
      "reordered 15000-15000",
      "fork 15000-15000",
      "broken 15001-15001",
      "broken 15000-15000",
      "reordered 15001-15001",
      "reordered 16500-16500",
      "reordered 5000-5000?",
    ]);
  });
});

describe("a number far ahead", () => {
  it("costs a bounded number of steps, is a gap at once, and is linked again when the bodies after it have paid the way", () => {
    const bench = new ChainBench();
    const source = sender();
    bench.take(source.take(10));
    source.take(9000);
    bench.take(source.take(5));
    expect(bench.told()).toEqual(["gap 11-9010"]);
    const chain = [...bench.chains.sources()][0]!.chain;
    expect(chain.state).toMatchObject({ head: 9015, tag: undefined });
    for (let i = 0; i < 6; i++) bench.take(source.take(5), { thread: i });
    expect(chain.state.tag).toMatch(/^[0-9a-f]{32}$/);
    const lines = source.take(3);
    lines[1] = lines[1]!.replace("order_placed", "order_denied");
    bench.take(lines);
    expect(bench.told()).toEqual(["gap 11-9010", "broken 9047-9047"]);
  });
  it("and thousands of numbers made up stay within what is remembered of a boot", () => {
    const bench = new ChainBench();
    const random = new Random(4);
    const boot = "x".repeat(30);
    for (let i = 0; i < 20; i++) {
      const lines = Array.from({ length: 100 }, () =>
        new ChainSender({ key: KEY_HASH, boot })
          .next()
          .replace('"seq":1', `"seq":${1 + random.below(2 ** 31)}`),
      );
      bench.take(lines);
    }
    const { gaps, branches, unsure, head } = [...bench.chains.sources()][0]!.chain.state;
    expect(gaps.length).toBeLessThanOrEqual(MAX_GAPS);
    expect(branches.length).toBeLessThanOrEqual(8);
    expect(unsure).toBeLessThan(head);
    expect(unsure).toBeGreaterThan(0);
  });
  it("does not stop the one who made it up from being told of what follows", () => {
    const bench = new ChainBench();
    const source = sender();
    bench.take(source.take(2));
    const far = source.next().replace('"seq":3', `"seq":${2 ** 53 - 1}`);
    const started = process.cpuUsage();
    bench.take([far]);
    expect(process.cpuUsage(started).user).toBeLessThan(3_000_000);
    expect(bench.told()).toEqual([`gap 3-${2 ** 53 - 2}`]);
  });
});
