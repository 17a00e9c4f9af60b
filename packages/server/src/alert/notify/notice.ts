// SPDX-License-Identifier: Apache-2.0
import type { Alert, AlertLevel } from "../alert.js";

/** Why somebody is told. Repeats of an open alert are not told. */
export const NOTICE_REASONS = [
  "new",
  "level",
  "regressed",
  "snooze_over",
  "unmuted",
  "escalated",
  "resolved",
] as const;
export type NoticeReason = (typeof NOTICE_REASONS)[number];

/** A message about one alert, as it stood at `at`. */
export interface AlertNotice {
  type: "alert";
  delivery: string;
  reason: NoticeReason;
  at: string;
  alert: Alert;
  /** Where people open it. */
  link?: string;
}

/** One alert in a digest. */
export interface DigestLine {
  id: string;
  title: string;
  level: AlertLevel;
  reason: NoticeReason;
  key: string;
  count: number;
}

/** What a rate limit or quiet hours held back, in one message. */
export interface DigestNotice {
  type: "digest";
  delivery: string;
  at: string;
  /** When the first of them was held back. */
  since: string;
  /** Messages that this one stands for. */
  held: number;
  /** Messages that found no room in the queue; their alerts exist and are told nowhere else. */
  unqueued: number;
  /** How many of what level. */
  levels: Partial<Record<AlertLevel, number>>;
  /** The most severe first; `held` says how many there are in all. */
  lines: DigestLine[];
  link?: string;
}

/** Sent by the test button; says so wherever it appears. */
export interface TestNotice {
  type: "test";
  delivery: string;
  at: string;
  by: string;
  link?: string;
}

export type Notice = AlertNotice | DigestNotice | TestNotice;

/** Reads what the outbox keeps; it is our own JSON. */
export function parseNotice(body: string): Notice {
  return JSON.parse(body) as Notice;
}
