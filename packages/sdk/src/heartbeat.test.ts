// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkChains } from "../test/chains.js";
import { type Collector, createCollector } from "../test/collector.js";
import { createTelltale } from "./index.js";

let collector: Collector;

beforeEach(async () => {
  // Only what beats: requests and batches go by the real clock.
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  collector = await createCollector();
});

afterEach(async () => {
  vi.useRealTimers();
  await collector.close();
});

const options = (): Parameters<typeof createTelltale>[0] => ({
  app: "shop",
  url: collector.url,
  key: "k",
  logKey: collector.log.vkey,
  batch: { ms: 1 },
});
const beats = () => collector.events.filter(({ action }) => action === "source_heartbeat");

describe("a sign of life", () => {
  test("comes every five minutes, also of a process that has nothing to say, and ends with source_stopped", async () => {
    const telltale = createTelltale(options());
    vi.advanceTimersByTime(299_999);
    expect(telltale.stats().waiting).toBe(0);
    vi.advanceTimersByTime(1);
    await telltale.flush();
    vi.advanceTimersByTime(600_000);
    expect(await telltale.close()).toBe(true);
    vi.advanceTimersByTime(600_000);
    expect(collector.events.map(({ action }) => action)).toEqual([
      "source_heartbeat",
      "source_heartbeat",
      "source_heartbeat",
      "source_stopped",
    ]);
    expect(beats()[0]).toMatchObject({
      level: "info",
      actor: { type: "system" },
      data: { everyMs: 300_000, queued: 0, spooled: 0, lost: 0 },
    });
    const [chain] = checkChains(collector.lines, "k").values();
    expect(chain).toEqual({ seqs: [1, 2, 3, 4], missing: [], broken: [] });
  });

  test("says what waits and what was lost", async () => {
    collector.answer = () => ({ status: 503 });
    const telltale = createTelltale({ ...options(), onError: () => undefined });
    for (let i = 0; i < 3; i++) telltale.emit({ action: "n" });
    telltale.emit({} as never);
    vi.advanceTimersByTime(300_000);
    collector.answer = () => ({});
    await telltale.close(10_000);
    expect(beats()[0]?.data).toEqual({ everyMs: 300_000, queued: 3, spooled: 0, lost: 1 });
  });

  test.each([
    [0, 0],
    [1, 10_000],
    [60_000, 60_000],
    [1e12, 86_400_000],
  ])("as often as asked, within bounds: %i ms is %i", async (heartbeatMs, everyMs) => {
    const telltale = createTelltale({ ...options(), heartbeatMs });
    vi.advanceTimersByTime(86_400_000);
    await telltale.close(10_000);
    expect(
      beats()
        .map(({ data }) => data?.everyMs)
        .slice(0, 1),
    ).toEqual(everyMs === 0 ? [] : [everyMs]);
    expect(beats()).toHaveLength(everyMs === 0 ? 0 : 86_400_000 / everyMs);
  });

  test("is said in each lane that has a chain", async () => {
    const temp = tempDir("heartbeat");
    const spool = { directory: path.join(temp.path, "spool") };
    const telltale = createTelltale({ ...options(), spool });
    vi.advanceTimersByTime(300_000);
    telltale.api.request({});
    vi.advanceTimersByTime(300_000);
    expect(await telltale.close()).toBe(true);
    temp.dispose();
    const chains = [...checkChains(collector.lines, "k").values()];
    expect(chains.map(({ seqs }) => seqs.length).toSorted((a, b) => a - b)).toEqual([3, 3]);
    expect(beats()).toHaveLength(3);
  });

  test("that is not wanted from a process that was closed does not come", async () => {
    const telltale = createTelltale(options());
    expect(await telltale.close()).toBe(true);
    expect(collector.events).toEqual([]);
  });
});
