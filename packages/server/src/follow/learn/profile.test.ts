// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { agentFamily } from "./agent.js";
import { Baseline } from "./baseline.js";
import { HourProfile } from "./hours.js";
import { Cache, TwoPartMap } from "./lru.js";
import { Rate } from "./rate.js";
import { slotOf, toHour, weekdayOf } from "./time.js";

/** Monday 2026-08-31, 00:00 UTC. */
const MONDAY = toHour(Date.parse("2026-08-31T00:00:00Z"));

test("hours of the week begin on Monday", () => {
  expect(weekdayOf(MONDAY)).toBe(0);
  expect(slotOf(MONDAY)).toBe(0);
  expect(slotOf(MONDAY + 6 * 24 + 23)).toBe(167);
  expect(weekdayOf(-1)).toBe(2);
});

test.each([
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0 Safari/537.36",
    "Chrome on Windows",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0",
    "Edge on Windows",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:149.0) Gecko/20100101 Firefox/149.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Mobile/15E148 Safari/604.1",
    "Safari on iOS",
  ],
  ["Mozilla/5.0 (Linux; Android 16) Chrome/149.0 Mobile Safari/537.36", "Chrome on Android"],
  ["ShopApp/8.2 (Android 16)", "ShopApp on Android"],
  ["okhttp/4.12.0", "okhttp"],
  ["python-requests/2.31.0", "python-requests"],
  ["Mozilla/5.0", "another browser"],
  ["/weird", "no name"],
])("agent %s", (text, family) => {
  expect(agentFamily(text)).toBe(family);
});

test("an agent's family is bounded", () => {
  expect(agentFamily("x".repeat(100_000)).length).toBeLessThanOrEqual(160);
});

describe("hours", () => {
  const worker = new HourProfile();
  for (let day = 0; day < 28; day++)
    if (day % 7 < 5) for (let hour = 22; hour < 30; hour++) worker.add(MONDAY + day * 24 + hour);
  test("are a circle: a night shift is one span", () => {
    expect(worker.usualText()).toBe("22:00–06:00 UTC");
    expect(worker.near(MONDAY + 30 * 24 + 23, 2, false)).toBeGreaterThan(50);
    expect(worker.near(MONDAY + 30 * 24 + 13, 4, true)).toBe(0);
  });
  test("know the weekend apart, and lean on the role while there is little", () => {
    expect(worker.share(MONDAY + 23)).toBeGreaterThan(10 * worker.share(MONDAY + 6 * 24 + 23));
    const fresh = new HourProfile();
    expect(fresh.shareWithin(MONDAY + 23, worker)).toBeCloseTo(worker.share(MONDAY + 23), 9);
    expect(new HourProfile().novelty()).toBe(0.5);
    expect(worker.novelty()).toBeLessThan(0.02);
  });
  test("fade", () => {
    const copy = HourProfile.from(JSON.parse(JSON.stringify(worker)) as [number[], number]);
    expect(copy.usualText()).toBe(worker.usualText());
    copy.add(MONDAY + 400 * 24 + 12);
    expect(copy.near(MONDAY + 400 * 24, 3, true)).toBeLessThan(1);
  });
});

/** So many weeks of counts. */
function fill(weeks: number, of: (hour: number) => number): Baseline {
  const baseline = new Baseline();
  for (let hour = 0; hour < weeks * 168; hour++) baseline.learn(MONDAY + hour, of(hour));
  return baseline;
}

describe("baseline", () => {
  test("knows the hour of the week, and what the quietest and the busiest day have", () => {
    const baseline = fill(4, (hour) => (Math.floor(hour / 24) % 7 >= 5 ? 5 : 10 * (hour % 24)));
    const expected = baseline.expect(MONDAY + 28 * 24 + 12)!;
    expect(expected).toMatchObject({
      median: 120,
      low: 110,
      max: 130,
      quietest: 5,
      busiest: 120,
      samples: 4,
    });
    expect(baseline.expect(MONDAY + 33 * 24 + 12)).toMatchObject({ median: 5 });
  });
  test("an outage in one week does not move it; two different weeks in turn make low counts usual", () => {
    const outage = fill(6, (hour) => (Math.floor(hour / 168) === 3 ? 0 : 100));
    expect(outage.expect(MONDAY)).toMatchObject({ median: 100, low: 100 });
    const shifts = fill(6, (hour) => (Math.floor(hour / 168) % 2 === 0 ? 0 : 100));
    expect(shifts.expect(MONDAY)!.low).toBe(0);
  });
  test("says nothing after a day, and after two weeks takes the other working days for help", () => {
    expect(fill(1 / 7, () => 9).expect(MONDAY + 5 * 24)).toBeUndefined();
    expect(fill(1, () => 9).expect(MONDAY + 7 * 24)!.samples).toBe(5);
  });
});

describe("rate", () => {
  test("a limit needs support, then ignores what is a little more", () => {
    const rate = new Rate();
    const early: number[] = [];
    for (let hour = 0; hour < 11; hour++)
      for (let i = 0; i < 1000; i++) if (rate.add(hour, i) !== undefined) early.push(i);
    expect(early).toEqual([]);
    const calm = new Rate();
    for (let hour = 0; hour < 40; hour++) for (let i = 0; i < 10; i++) calm.add(hour, i);
    const crossed: number[] = [];
    for (let i = 1; i <= 200; i++) if (calm.add(50, i)?.period === "hour") crossed.push(i);
    expect(crossed).toEqual([59]);
  });
  test("what was too much is learned as the limit", () => {
    const rate = new Rate();
    for (let hour = 0; hour < 40; hour++) for (let i = 0; i < 10; i++) rate.add(hour, i);
    for (let i = 1; i <= 5000; i++) rate.add(50, i);
    rate.add(51, 0);
    expect(Math.max(...rate.toJSON()[0])).toBe(59);
  });
  test("a restored one goes on in the middle of an hour", () => {
    const rate = new Rate();
    for (let hour = 0; hour < 40; hour++) for (let i = 0; i < 10; i++) rate.add(hour, i);
    for (let i = 1; i <= 58; i++) rate.add(50, i);
    const copy = Rate.from(JSON.parse(JSON.stringify(rate)) as ReturnType<Rate["toJSON"]>);
    const excess = rate.add(50, 59);
    expect(excess).toMatchObject({ period: "hour", count: 59, median: 10, most: 10 });
    expect(copy.add(50, 59)).toEqual(excess);
    expect(copy.toJSON()).toEqual(rate.toJSON());
  });
});

describe("bounded maps", () => {
  test("young entries push out young ones only, the longest unused first", () => {
    const gone: number[] = [];
    const map = new TwoPartMap<number>({ old: 2, young: 2 }, (value) => gone.push(value));
    for (const [i, key] of ["a", "b"].entries()) {
      map.addYoung(key, i);
      map.promote(key);
    }
    for (let i = 2; i < 9; i++) {
      map.addYoung(`k${i}`, i);
      map.touch("k2");
    }
    expect([map.get("a"), map.get("b"), map.get("k2"), map.get("k8")]).toEqual([0, 1, 2, 8]);
    expect(map.size).toBe(4);
    expect(gone).toEqual([3, 4, 5, 6, 7]);
    const copy = new TwoPartMap<number>({ old: 2, young: 2 });
    for (const [key, value, old] of map.entries()) copy.restore(key, value, old);
    expect([...copy.entries()]).toEqual([...map.entries()]);
  });
  test("the young use the room that the promoted leave, and give it back; the promoted have their own bound", () => {
    const map = new TwoPartMap<number>({ old: 2, young: 1 });
    for (let i = 0; i < 5; i++) map.addYoung(`k${i}`, i);
    expect([...map.entries()].map(([key]) => key)).toEqual(["k2", "k3", "k4"]);
    for (const key of ["k2", "k3", "k4"]) map.promote(key);
    expect([...map.entries()].map(([key, , old]) => [key, old])).toEqual([
      ["k3", true],
      ["k4", true],
    ]);
    map.addYoung("x", 9);
    map.addYoung("y", 9);
    expect([...map.entries()].map(([key]) => key)).toEqual(["y", "k3", "k4"]);
    expect(map.evicted).toBe(4);
  });
  test("a cache stays within its limit and keeps what is used", () => {
    const cache = new Cache<number>(10);
    let made = 0;
    for (let i = 0; i < 1000; i++) {
      cache.get("often", () => made++);
      cache.get(`k${i}`, () => i);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    expect(made).toBe(1);
  });
});
