// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { NotifyChannel, NotifyDelivery } from "../../shared/api/types.js";
import { parseNotificationsSearch } from "./search-state.js";
import { holdingWords, outcomeWords, stateWord, toNotifyAnswer, waitingWords } from "./words.js";

const channel = (over: Partial<NotifyChannel> = {}): NotifyChannel => ({
  name: "soc",
  kind: "slack",
  origin: "file",
  state: "running",
  counts: { waiting: 0, held: 0, delivered: 0, failed: 0 },
  unqueued: 0,
  ...over,
});
const delivery = (over: Partial<NotifyDelivery> = {}): NotifyDelivery => ({
  id: "1",
  channel: "soc",
  reason: "new",
  level: "high",
  state: "delivered",
  created: "2026-11-22T10:00:00.000Z",
  attempts: 1,
  ...over,
});

describe("the answer", () => {
  it("says whether everybody is told, the worst first", () => {
    expect(toNotifyAnswer([])).toBe("Nobody is told of alerts.");
    expect(toNotifyAnswer([channel()])).toBe("Everybody is told.");
    const held = channel({ counts: { waiting: 0, held: 3, delivered: 0, failed: 0 } });
    expect(toNotifyAnswer([held])).toBe("Everything arrives; 3 messages wait for a digest.");
    const paused = channel({ name: "pager", state: "paused" });
    expect(toNotifyAnswer([held, paused])).toBe("pager is paused.");
    expect(toNotifyAnswer([channel({ state: "failing" }), paused])).toBe(
      "Messages do not arrive on soc; they wait and are tried again.",
    );
    const lost = channel({ state: "failing", counts: { waiting: 0, held: 0, delivered: 0, failed: 2 } });
    expect(toNotifyAnswer([lost])).toBe("Messages do not arrive on soc; 2 messages were given up.");
  });
});

describe("a channel", () => {
  it("says what holds messages back, and what waits", () => {
    expect(holdingWords(channel())).toBe("nothing");
    const one = channel({
      limit: { messages: 1, minutes: 10 },
      quiet: { from: "22:00", to: "06:30", zone: "Europe/Berlin", except: "critical" },
    });
    expect(holdingWords(one)).toBe(
      "at most 1 message in 10 minutes and quiet from 22:00 to 06:30 (Europe/Berlin), except for critical; the rest comes as one digest",
    );
    expect(waitingWords(channel())).toBe("nothing");
    const counts = { waiting: 2, held: 1_200, delivered: 0, failed: 0 };
    expect(waitingWords(channel({ counts, unqueued: 7 }))).toBe(
      "2 to be sent, 1,200 held back for a digest and 7 found no room; the next digest tells the number",
    );
    expect(stateWord(channel({ state: "quiet" }))).toBe("Quiet hours");
  });
});

describe("a delivery", () => {
  it("says what became of it", () => {
    expect(outcomeWords(delivery({ answer: "answered 200" }))).toBe("delivered: answered 200");
    expect(outcomeWords(delivery({ state: "waiting", attempts: 3, lastError: "ECONNREFUSED" }))).toBe(
      "tried 3 times: ECONNREFUSED",
    );
    expect(outcomeWords(delivery({ state: "failed", lastError: "the receiver answered 410" }))).toBe(
      "given up after 1 attempt: the receiver answered 410",
    );
    expect(outcomeWords(delivery({ state: "digested" }))).toBe("in a digest");
  });
});

it("the address takes what it knows and leaves out the rest", () => {
  expect(parseNotificationsSearch({ channel: "soc", state: "failed" })).toEqual({
    channel: "soc",
    state: "failed",
  });
  expect(parseNotificationsSearch({ channel: "../x", state: "all" })).toEqual({});
  expect(parseNotificationsSearch({ channel: ["soc"], state: 7 })).toEqual({});
});
