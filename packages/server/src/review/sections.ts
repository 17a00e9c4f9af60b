// SPDX-License-Identifier: Apache-2.0

/** A section that is a search. Adding one is one entry here. */
export interface SectionQuery {
  readonly id: string;
  readonly title: string;
  /** In the search language. */
  readonly query: string;
  /** Fields whose most frequent values are shown. */
  readonly groupBy: readonly string[];
}

const anyOf = (...actions: string[]): string => `action:(${actions.join(" OR ")})`;

const RIGHTS = anyOf("authz_change", "privilege_permissions_changed", "user_created", "user_updated");
const ADMINISTRATOR = ["changes.to", "data.role", "data.newRole", "data.new_role", "data.roles", "data.to"]
  .map((field) => `${field}:(*admin* OR *superuser* OR owner OR root)`)
  .join(" OR ");

/**
 * What a daily review looks at, in the order in which people read it. PCI DSS 4.0, 10.4.1: security events, critical
 * components, those with security functions; 10.2.1.2 to .6: administrators, access to the log, refused access,
 * credentials, the log's own state.
 */
export const SECTIONS: readonly SectionQuery[] = [
  {
    id: "privileged",
    title: "Privileged actions",
    query: anyOf(
      "authz_admin",
      "authz_change",
      "privilege_*",
      "impersonation_*",
      "user_created",
      "user_archived",
      "user_deleted",
      "config_changed",
      "integration_changed",
      "webhook_changed",
      "apikey_created",
      "apikey_rotated",
      "apikey_revoked",
      "mfa_removed",
      "sys_monitor_*",
      "data_exported",
      "data_bulk_*",
      "log_key_changed",
      "telltale_rules_*",
      "log_forward_changed",
      "log_revealed",
    ),
    groupBy: ["action", "actor.id", "source.app"],
  },
  {
    id: "administrators",
    title: "New administrators",
    query: `${RIGHTS} (${ADMINISTRATOR}) -outcome:(failure OR denied OR error)`,
    groupBy: ["targets.id", "actor.id"],
  },
  {
    id: "sign-in-failures",
    title: "Sign-in failures",
    query: anyOf(
      "authn_login_fail",
      "authn_login_fail_max",
      "authn_login_lock",
      "authn_password_change_fail",
      "authn_token_reuse",
      "authn_impossible_travel",
      "mfa_challenge_fail",
      "password_reset_failed",
    ),
    groupBy: ["actor.id", "client.ip", "reason"],
  },
  {
    id: "refused",
    title: "Refused access",
    query: `${anyOf("authz_fail", "malicious_*", "session_use_after_expire")} OR level:critical outcome:denied`,
    groupBy: ["action", "actor.id", "client.ip"],
  },
  {
    id: "money",
    title: "Money movements",
    query: "_exists_:money OR action:transaction_*",
    groupBy: ["action", "actor.id", "money.currency"],
  },
  {
    id: "anomalies",
    title: "Anomalies",
    query: "action:anomaly_* -action:anomaly_silence",
    groupBy: ["action", "reason", "actor.id"],
  },
  {
    id: "silent-sources",
    title: "Silent sources and gaps",
    query: anyOf("anomaly_silence", "log_source_silent", "log_gap_detected", "sdk_events_lost"),
    groupBy: ["action", "targets.id"],
  },
  {
    id: "record",
    title: "The record itself",
    query: anyOf(
      "log_tamper_suspected",
      "log_clock_stepped",
      "log_id_conflict",
      "log_pruned",
      "log_erased",
      "log_retention_changed",
      "log_hold_*",
      "log_successor_started",
      "telltale_recovered",
      "telltale_storage_*",
    ),
    groupBy: ["action", "actor.id"],
  },
  {
    id: "readers",
    title: "Who looked at the log",
    query: anyOf("log_viewed", "log_searched", "log_exported", "log_revealed", "log_review_opened"),
    groupBy: ["actor.name", "action"],
  },
];
