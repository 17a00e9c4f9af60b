// SPDX-License-Identifier: Apache-2.0
import { ChainSender, Random } from "@telltale/testkit";
import { expect, it } from "vitest";
import { ChainBench, KEY_HASH } from "../../test/chain-fixture.js";
import type { SelfEvent } from "../self-log.js";
import type { ChainFinding } from "./finding.js";
import type { Silence } from "./silence.js";
import { ChainReporter, PER_MINUTE, PER_VIA } from "./reporter.js";

const gap = (from: number, more: Partial<ChainFinding> = {}): ChainFinding => ({
  kind: "gap",
  from,
  to: from,
  via: "ingest_a",
  boot: "b".repeat(26),
  app: "shop-api",
  received: "2026-11-22T10:00:07.000Z",
  certain: true,
  ...more,
});

function setUp(): { reporter: ChainReporter; events: SelfEvent[]; log: { isFull: boolean; errors: number } } {
  const events: SelfEvent[] = [];
  const log = { isFull: false, errors: 0 };
  const reporter = new ChainReporter({
    async seal(batch) {
      if (log.isFull) throw new Error("the disk is full");
      events.push(...batch);
    },
    onError: () => void log.errors++,
  });
  return { reporter, events, log };
}

it("makes one of neighbours, and tells the same once", async () => {
  const { reporter, events } = setUp();
  reporter.report([gap(4), gap(5), gap(7), gap(8, { kind: "broken" })]);
  reporter.report([gap(4, { to: 5 })]);
  reporter.report([gap(4, { boot: "c".repeat(26) })]);
  await reporter.flush();
  expect(events.map(({ data }) => [data?.kind, data?.from, data?.to])).toEqual([
    ["gap", 4, 5],
    ["gap", 7, 7],
    ["broken", 8, 8],
    ["gap", 4, 4],
  ]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
});

it("tells the very same event of the same finding, whenever it is made", async () => {
  const [one, two] = [setUp(), setUp()];
  for (const { reporter } of [one, two]) reporter.report([gap(4, { instance: "pod" })]);
  await Promise.all([one.reporter.close(), two.reporter.close()]);
  expect(one.events).toEqual(two.events);
  expect(one.events[0]).toMatchObject({ time: "2026-11-22T10:00:07.000Z", source: { app: "telltale" } });
});

it("spends a budget of a minute for each key and for all, and tells the rest as numbers when the minute is over", async () => {
  const { reporter, events } = setUp();
  for (let i = 0; i < 1000; i++) reporter.report([gap(10 * i + 1, { to: 10 * i + 3 })]);
  await reporter.flush();
  expect(events).toHaveLength(PER_VIA);
  for (let via = 0; via < 100; via++)
    for (let i = 0; i < 20; i++) reporter.report([gap(10 * i + 1, { via: `ingest_${via}` })]);
  await reporter.flush();
  expect(events).toHaveLength(PER_MINUTE);
  reporter.tick(Date.parse("2026-11-22T10:01:01.000Z"));
  await reporter.flush();
  expect(events).toHaveLength(PER_MINUTE);
  reporter.tick(Date.parse("2026-11-22T10:01:03.000Z"));
  await reporter.flush();
  const folded = events.slice(PER_MINUTE);
  expect(folded[0]).toMatchObject({
    time: "2026-11-22T10:00:00.000Z",
    level: "critical",
    data: { kind: "gap", folded: 1000 - PER_VIA, count: 3 * (1000 - PER_VIA), via: "ingest_a" },
  });
  expect(folded.length).toBeLessThanOrEqual(101);
  reporter.report([gap(20_000, { received: "2026-11-22T10:02:00.000Z" })]);
  await reporter.flush();
  expect(events.at(-1)).toMatchObject({ data: { from: 20_000 } });
});

it("keeps what the log does not take, and tries again", async () => {
  const { reporter, events, log } = setUp();
  log.isFull = true;
  reporter.report([gap(1)]);
  await expect(reporter.flush()).rejects.toThrow("the disk is full");
  reporter.report([gap(3)]);
  reporter.tick(0);
  await expect(reporter.flush()).rejects.toThrow("the disk is full");
  expect(log.errors).toBeGreaterThan(0);
  log.isFull = false;
  reporter.tick(0);
  await reporter.close();
  expect(events.map(({ data }) => data?.from)).toEqual([1, 3]);
});

it("tells of ten times more events than can be sent exactly as many as were dropped", async () => {
  const { reporter, events } = setUp();
  const bench = new ChainBench();
  const random = new Random(9);
  const source = new ChainSender({ key: KEY_HASH });
  let dropped = 0;
  // A queue of 50 that is emptied at a tenth of the rate at which it is filled, and drops its oldest.
  const queue: string[] = [];
  for (let i = 0; i < 8000; i++) {
    queue.push(source.next());
    if (queue.length > 50) {
      queue.shift();
      dropped++;
    }
    if (random.below(10) === 0) bench.take([queue.shift()!]);
  }
  bench.take(queue);
  expect(dropped).toBeGreaterThan(6000);
  reporter.report(bench.findings);
  await reporter.close();
  expect(events.length).toBeLessThanOrEqual(PER_VIA + 1);
  expect(events.reduce((sum, { data }) => sum + Number(data?.count), 0)).toBe(dropped);
  expect(events.every(({ data }) => data?.kind === "gap")).toBe(true);
});

const silence = (i: number): Silence => ({
  via: "ingest_a",
  app: "shop-api",
  boot: `boot ${i}`,
  event: { action: "log_source_silent", id: String(i) },
});

it("folds silences like everything else", async () => {
  const { reporter, events } = setUp();
  reporter.reportSilent(
    Array.from({ length: 1000 }, (_, i) => silence(i)),
    Date.parse("2026-11-22T10:00:07.000Z"),
  );
  await reporter.close();
  expect(events).toHaveLength(PER_VIA + 1);
  expect(events.at(-1)).toMatchObject({
    action: "log_source_silent",
    level: "warn",
    data: { folded: 1000 - PER_VIA, boots: Array.from({ length: 10 }, (_, i) => `boot ${i + PER_VIA}`) },
  });
});
