// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";

export const ALERT_STATUSES = ["new", "in_progress", "resolved"] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const ALERT_VERDICTS = ["true_positive", "false_positive", "benign", "test", "duplicate"] as const;
export type AlertVerdict = (typeof ALERT_VERDICTS)[number];

/** Severities of Sigma, mildest first; the position is the order. */
export const ALERT_LEVELS = ["informational", "low", "medium", "high", "critical"] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** One change of an alert. `field: "comment"` has only `to`. */
export interface AlertChange {
  at: string;
  by: { kind: "user" | "key" | "system"; id: string; name?: string };
  field: "created" | "status" | "verdict" | "assignee" | "comment" | "level";
  from?: string;
  to?: string;
}

/** What people decide about: one rule and one key, with everything that happened since it was opened. */
export interface Alert {
  id: string;
  ruleId: string;
  title: string;
  description?: string;
  level: AlertLevel;
  tags: string[];
  status: AlertStatus;
  verdict?: AlertVerdict;
  /** User id or name of who takes care of it. */
  assignee?: string;
  /** Value the rule groups by, and its fields. */
  key: string;
  group: Record<string, string>;
  /** Events it is about, over all its findings; more than `evidence` can name. */
  count: number;
  /** Milliseconds since 1970 of the earliest and the latest event. */
  firstTime: number;
  lastTime: number;
  /** Log indices, ascending: the first 10 and the last 40. */
  evidence: number[];
  createdAt: string;
  updatedAt: string;
  history: AlertChange[];
}

/** How far the follower that records has come, written together with what it found. */
export interface AlertProgress {
  follower: string;
  /** Index of the first event that it has not handled. */
  next: number;
  /** Version of the follower; default 1. */
  version?: number;
  /** `main` by default. */
  log?: string;
}

export interface AlertFilter {
  status?: AlertStatus | "open";
  limit?: number;
  cursor?: string;
}

export interface AlertPage {
  alerts: Alert[];
  /** Cursor of the next page, null at the end. */
  next: string | null;
}

/** `null` clears the field. */
export interface AlertPatch {
  status?: AlertStatus;
  verdict?: AlertVerdict | null;
  assignee?: string | null;
  comment?: string;
}

export type AlertListener = (alert: Alert, change: "new" | "repeated" | "decided") => void;

/**
 * The alerts.
 *
 * `record` is one transaction: alerts, their notifications and the follower's cursor are durable together or
 * not at all. It is idempotent: a finding whose `trigger` is not above the newest one recorded for its rule
 * and key changes nothing, so a follower that died may replay. It returns the alerts that changed.
 */
export interface AlertStore {
  /**
   * The log was cut back or restored and has only events below `size`: what is found in new events with indices that were
   * seen before is new. The alerts stay; their evidence speaks of events that are gone.
   */
  rewind(size: number): Promise<void>;
  record(findings: readonly Finding[], progress: AlertProgress): Promise<Alert[]>;
  list(filter?: AlertFilter): Promise<AlertPage>;
  get(id: string): Promise<Alert | undefined>;
  /** Throws ApiError `not_found`. Changes only what the patch names; each change is one history entry. */
  update(id: string, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert>;
  /** Alerts that are not resolved. */
  countOpen(): Promise<number>;
  /** Called after the transaction; a listener that throws is logged and skipped. Returns how to stop. */
  subscribe(listener: AlertListener): () => void;
}
