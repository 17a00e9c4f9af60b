// SPDX-License-Identifier: Apache-2.0

/** Names of OCSF's Detection Finding (`status_id`); `archived` is not used: nothing is ever put away for good. */
export const ALERT_STATUSES = ["new", "in_progress", "suppressed", "resolved"] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** Names of OCSF's `verdict_id`, the usual ones first. */
export const ALERT_VERDICTS = [
  "true_positive",
  "false_positive",
  "benign",
  "test",
  "duplicate",
  "disregard",
  "suspicious",
  "insufficient_data",
  "security_risk",
  "managed_externally",
] as const;
export type AlertVerdict = (typeof ALERT_VERDICTS)[number];

/** Severities of Sigma, mildest first; the position is the order. */
export const ALERT_LEVELS = ["informational", "low", "medium", "high", "critical"] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** Findings of this level and above are alerts unless the configuration says otherwise. */
export const DEFAULT_ALERT_LEVEL: AlertLevel = "medium";

/** What an entry of the history is about. */
export const CHANGE_FIELDS = [
  "created",
  "regressed",
  "woken",
  "alerted",
  "status",
  "verdict",
  "duplicate_of",
  "assignee",
  "snooze",
  "mute",
  "check",
  "uncheck",
  "comment",
  "level",
] as const;
export type ChangeField = (typeof CHANGE_FIELDS)[number];
