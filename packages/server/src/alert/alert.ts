// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import type { AlertLevel, AlertStatus, AlertVerdict, ChangeField } from "./words.js";

export { ALERT_LEVELS, ALERT_STATUSES, ALERT_VERDICTS } from "./words.js";
export type { AlertLevel, AlertStatus, AlertVerdict } from "./words.js";

/** One change of an alert. `field: "comment"` has only `to`. */
export interface AlertChange {
  at: string;
  by: { kind: "user" | "key" | "system"; id: string; name?: string };
  field: ChangeField;
  from?: string;
  to?: string;
}

/** A step of the rule's checklist that was done. */
export interface AlertCheck {
  step: string;
  text: string;
  at: string;
  by: AlertChange["by"];
}

/** What people decide about: one rule and one key, with everything that happened since it was opened. */
export interface Alert {
  id: string;
  /** `finding`: below the level of alerts; it is listed and nobody is told. */
  kind: "alert" | "finding";
  ruleId: string;
  title: string;
  description?: string;
  level: AlertLevel;
  tags: string[];
  status: AlertStatus;
  verdict?: AlertVerdict;
  /** Id of the alert that covers this one. */
  duplicateOf?: string;
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
  /** 0 to 100; `toRisk` says how it comes about. */
  risk: number;
  /** How often a new hit reopened it after somebody had resolved it. */
  regressed: number;
  /** While suppressed, what ends it: a time (ms since 1970), or a number of events. A rise of its level ends both. */
  snoozedUntil?: number;
  mutedUntilCount?: number;
  /** Steps of its rule's checklist that were done. */
  checks: AlertCheck[];
  createdAt: string;
  /** When it was opened last: `createdAt`, or when it regressed. */
  raisedAt: string;
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

/** All of it must hold. */
export interface AlertWhere {
  /** `open`: new and in progress. */
  status?: AlertStatus | "open";
  /** `alert` unless said otherwise. */
  kind?: Alert["kind"] | "any";
  levels?: readonly AlertLevel[];
  rule?: string;
  /** `none`: alerts without one. */
  verdict?: AlertVerdict | "none";
  assignee?: { name: string } | "none";
  /** Text in the title or in the group, without case. */
  text?: string;
  /** Events not before this, in ms since 1970. */
  since?: number;
}

export const ALERT_ORDERS = ["time", "risk"] as const;

export interface AlertFilter extends AlertWhere {
  /** The latest activity first, or the highest risk first. */
  order?: (typeof ALERT_ORDERS)[number];
  limit?: number;
  cursor?: string;
}

export interface AlertPage {
  alerts: Alert[];
  /** Cursor of the next page, null at the end. */
  next: string | null;
  /** How many the filter finds, over all pages. */
  total: number;
}

/** `null` clears the field. */
export interface AlertPatch {
  /** `suppressed` comes about by `snooze` or `mute` only: nothing is silenced without an end. */
  status?: Exclude<AlertStatus, "suppressed">;
  verdict?: AlertVerdict | null;
  /** With verdict `duplicate`: which alert covers it. */
  duplicateOf?: string;
  assignee?: string | null;
  comment?: string;
  /** Silent until then, ms since 1970; at most a year ahead. */
  snooze?: number;
  /** Silent until there are this many times the events of now. */
  mute?: number;
  check?: { step: string; text: string; done: boolean };
}

/** Which alerts a change of many is about: these, or all that a filter finds, of which there must not be more than `expect`. */
export type AlertSelection =
  | { readonly ids: readonly string[] }
  | { readonly where: AlertWhere; readonly expect: number };

export type AlertListener = (alert: Alert, change: "new" | "repeated" | "decided") => void;

/** How well the verdicts speak of a rule. */
export interface RulePrecision {
  ruleId: string;
  title: string;
  level: AlertLevel;
  /** Alerts and findings, the events in them, and the latest of these (ms since 1970). */
  alerts: number;
  hits: number;
  lastHit: number;
  open: number;
  /** How often each verdict was given; an alert that regressed counts once for each time it was open. */
  verdicts: Partial<Record<AlertVerdict, number>>;
  /** True positives of true and false ones, 0 to 1; null while there is neither. */
  precision: number | null;
}

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
  /** Throws ApiError `bad_request` for a cursor of another list. */
  list(filter?: AlertFilter): Promise<AlertPage>;
  get(id: string): Promise<Alert | undefined>;
  /** Other alerts of the same rule or about the same values, the newest first. */
  similar(id: string, limit: number): Promise<Alert[]>;
  /**
   * Changes only what the patch names; each change is one history entry, and the event about it is durable in the log
   * before this resolves. Throws ApiError `not_found`, `bad_request`.
   */
  update(id: string, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert>;
  /**
   * The same change of many, in one transaction: all or none. Returns those that changed. Throws ApiError `not_found`,
   * `bad_request`, and `conflict` when there are more than were expected or than fit.
   */
  updateMany(selection: AlertSelection, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert[]>;
  /** Wakes what was snoozed until now. */
  wake(): Promise<Alert[]>;
  /** Alerts that are new or in progress. */
  countOpen(): Promise<number>;
  /** Of all rules that found something, or of one. */
  precision(ruleId?: string): Promise<RulePrecision[]>;
  /** Called after the transaction; a listener that throws is logged and skipped. Returns how to stop. */
  subscribe(listener: AlertListener): () => void;
}
