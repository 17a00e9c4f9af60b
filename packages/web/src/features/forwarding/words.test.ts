// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { ForwardTarget } from "../../shared/api/types.js";
import { errorWords, lagWords, stateWord, toForwardAnswer } from "./words.js";

const NOW = new Date(2026, 10, 22, 14, 30).getTime();
const at = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

function target(change: Partial<ForwardTarget> = {}): ForwardTarget {
  return {
    name: "splunk",
    kind: "splunk",
    origin: "file",
    state: "running",
    since: at(600),
    next: 100,
    lag: 0,
    oldestWaiting: null,
    counts: { delivered: 100, refused: 0, retried: 0 },
    ...change,
  };
}
const refused = { code: "unreachable", message: "no connection (ECONNREFUSED)", at: at(1) };

describe("forwarding in words", () => {
  it.each([
    [[], "Nothing is forwarded: events stay in this log."],
    [[target()], "Everything is delivered."],
    [[target({ lag: 3, oldestWaiting: at(0.1) })], "Everything is delivered."],
    [
      [
        target(),
        target({ lag: 12_400, state: "waiting", since: at(28), oldestWaiting: at(28), lastError: refused }),
      ],
      "splunk is 12,400 events behind since 14:02: connection refused.",
    ],
    [
      [
        target({ name: "a", lag: 5, state: "paused", oldestWaiting: at(9) }),
        target({
          lag: 1,
          state: "failed",
          since: at(30),
          lastError: { ...refused, message: "answered 403" },
        }),
      ],
      "splunk is 1 event behind since 14:00: answered 403. 1 more is behind, too.",
    ],
    [
      [target({ lag: 50, oldestWaiting: at(5) })],
      "splunk is 50 events behind and catching up, the oldest from 14:25.",
    ],
    [[target({ lag: 50, state: "paused", oldestWaiting: at(5) })], "splunk is paused and 50 events behind."],
    [[target({ state: "paused" })], "Everything is delivered; splunk is paused."],
    [
      [target({ counts: { delivered: 9, refused: 2, retried: 0 } })],
      "Everything is delivered but 2 events that splunk refused.",
    ],
    [
      [target({ state: "broken", lastError: { ...refused, message: "token env:X is not set or empty." } })],
      "splunk does not run: token env:X is not set or empty.",
    ],
  ])("answers %#", (targets, answer) => {
    expect(toForwardAnswer(targets, NOW)).toBe(answer);
  });

  it("names states and lag", () => {
    expect(stateWord(target({ lag: 50, oldestWaiting: at(5) }), NOW)).toBe("catching up");
    expect(stateWord(target({ state: "failed" }), NOW)).toBe("needs a person");
    expect(lagWords(target(), NOW)).toBe("nothing waits");
    expect(lagWords(target({ lag: 50, oldestWaiting: at(5) }), NOW)).toBe("50 events, the oldest for 5 min");
    expect(errorWords("no connection (EWHATEVER)")).toBe("no connection (EWHATEVER)");
  });
});
