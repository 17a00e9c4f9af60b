// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from "vitest";
import { MemoryLog } from "../../test/memory-log.js";
import { createAlertStore } from "../alert/store.js";
import { openState, type State } from "../state/state.js";
import { oldestSearchable, openReviews } from "./open.js";
import type { ReviewsOptions } from "./reviews.js";
import { REVIEW_DEFAULTS } from "./settings.js";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-22T12:00:00Z");

let state: State | undefined;
afterEach(async () => {
  await state?.close();
  state = undefined;
});

/** A log of one event a day, the newest today. */
class DailyLog extends MemoryLog {
  readonly origin = "test/1";
  pruned: { first: number; next: number }[] = [];

  constructor(days: number) {
    super();
    for (let day = days - 1; day >= 0; day--)
      this.append([JSON.stringify({ received: new Date(NOW - day * DAY).toISOString() })]);
  }

  checkpoint() {
    return { text: "", size: this.size, root: Buffer.alloc(32), time: NOW };
  }
}

type Status = Awaited<ReturnType<Parameters<typeof oldestSearchable>[0]["retain"]["status"]>>;

function retaining(searchableDays: number, searchableFrom = 0) {
  const status = { searchableFrom, policy: { searchableDays, keptDays: 365 } } as unknown as Status;
  return { status: () => Promise.resolve(status) };
}

describe("the oldest event that can be searched", () => {
  it("is none in particular while nothing is old enough to be taken out", async () => {
    expect(await oldestSearchable({ log: new DailyLog(0), retain: retaining(90) }, NOW)).toBeUndefined();
    expect(await oldestSearchable({ log: new DailyLog(60), retain: retaining(90) }, NOW)).toBeUndefined();
  });

  it("is as old as the policy allows, also before the search was told", async () => {
    const log = new DailyLog(200);
    expect(await oldestSearchable({ log, retain: retaining(90) }, NOW)).toBe(NOW - 90 * DAY);
    expect(await oldestSearchable({ log, retain: retaining(90, 150) }, NOW)).toBe(NOW - 49 * DAY);
  });

  it("is behind what was pruned", async () => {
    const log = new DailyLog(20);
    log.pruned = [{ first: 0, next: 15 }];
    expect(await oldestSearchable({ log, retain: retaining(90) }, NOW)).toBe(NOW - 4 * DAY);
  });
});

it("stops while a review is being made: no search is asked any more, and nothing is reported", async () => {
  state = openState(":memory:");
  const log = new DailyLog(1);
  const selfLog = { emit: () => undefined, seal: () => Promise.resolve() };
  const whole = { complete: true, indexed: 1, size: 1 };
  const errors: Error[] = [];
  let asked = 0;
  let opened: ReturnType<typeof openReviews> | undefined;
  let closing: Promise<void> | undefined;
  const search: ReviewsOptions["search"] = {
    count() {
      asked++;
      closing ??= opened?.close();
      return Promise.resolve({ total: 0, ...whole });
    },
    groups: () => Promise.resolve({ groups: [], distinct: 0, ...whole }),
    hits: () => Promise.resolve({ hits: [], next: null, ...whole }),
  };
  // As if reviewing had begun two days ago: one review is due at once.
  const value = new Date(Date.now() - 2 * DAY).toISOString();
  await state.db.insertInto("meta").values({ name: "reviews_since", value }).execute();
  opened = openReviews({
    state,
    log,
    search,
    alerts: createAlertStore({ state, selfLog }),
    selfLog,
    seal: () => Promise.resolve({ first: null }),
    retain: retaining(90),
    rules: () => ({ set: "", count: 0 }),
    integrity: () => null,
    settings: REVIEW_DEFAULTS,
    onError: (error) => void errors.push(error),
    everyMs: 5,
  });
  await expect.poll(() => asked).toBe(1);
  await closing;
  expect(asked).toBe(1);
  expect(errors).toEqual([]);
  expect((await opened.reviews.list()).reviews).toEqual([]);
});
