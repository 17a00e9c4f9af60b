// SPDX-License-Identifier: Apache-2.0
import type { Alert } from "../../src/alert/alert.js";
import type { Delivery } from "../../src/alert/notify/channel.js";
import type { AlertNotice, DigestNotice, Notice, TestNotice } from "../../src/alert/notify/notice.js";

const AT = "2026-11-22T10:00:00.000Z";

export function makeAlert(over: Partial<Alert> = {}): Alert {
  return {
    id: "0199a000-0000-8000-8000-000000000001",
    kind: "alert",
    ruleId: "rule-1",
    title: "Password brute force",
    level: "high",
    tags: ["attack.t1110"],
    status: "new",
    key: "alice",
    group: { "actor.id": "alice" },
    count: 5,
    firstTime: Date.parse("2026-11-22T09:50:00Z"),
    lastTime: Date.parse("2026-11-22T09:59:00Z"),
    evidence: [1, 2],
    risk: 60,
    regressed: 0,
    checks: [],
    createdAt: AT,
    raisedAt: AT,
    updatedAt: AT,
    history: [],
    ...over,
  };
}

export function makeNotice(over: Partial<AlertNotice> = {}): AlertNotice {
  return {
    type: "alert",
    delivery: "d-1",
    reason: "new",
    at: AT,
    alert: makeAlert(),
    link: "https://log.example/alerts?alert=1",
    ...over,
  };
}

export const DIGEST: DigestNotice = {
  type: "digest",
  delivery: "d-2",
  at: AT,
  since: "2026-11-22T09:00:00.000Z",
  held: 37,
  unqueued: 4,
  levels: { high: 30, low: 7 },
  lines: [{ id: "a", title: "Password brute force", level: "high", reason: "new", key: "alice", count: 5 }],
};

export const TEST: TestNotice = { type: "test", delivery: "d-3", at: AT, by: "alice" };

export function toDelivery(notice: Notice): Delivery {
  return { id: notice.delivery, body: JSON.stringify(notice), attempt: 1 };
}

/** What an attacker puts into a user name: mentions, mark-up, headers, what is not seen, half characters. */
export const HOSTILE =
  "@channel @everyone <!channel> <@U123> <at>all</at> *bold* [click](http://evil.example) `x` \r\nBcc: evil@example.com\r\n\r\n" +
  "{{DATE(2026)}} \u202Egnp.exe\u200B\u0000\u001b[31m \ud800 </script><b>\n.\n\u2028end";
