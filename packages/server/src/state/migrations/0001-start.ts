// SPDX-License-Identifier: Apache-2.0

/** The first shape of `state.db`. Numbered files are never edited after a release; a change is a new file. */
export const migration0001 = {
  version: 1,
  statements: [
    `CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT`,
    `CREATE TABLE api_keys (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', name TEXT NOT NULL, role TEXT NOT NULL,
      app TEXT, hash TEXT NOT NULL, created TEXT NOT NULL, created_by TEXT NOT NULL,
      last_used TEXT, expires TEXT, revoked TEXT) STRICT`,
    `CREATE TABLE users (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', name TEXT NOT NULL,
      folded_name TEXT NOT NULL, role TEXT NOT NULL, password TEXT NOT NULL, created TEXT NOT NULL,
      disabled TEXT, last_sign_in TEXT, UNIQUE (tenant, folded_name)) STRICT`,
    `CREATE TABLE sessions (
      id_hash TEXT PRIMARY KEY NOT NULL, user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created TEXT NOT NULL, last_seen TEXT NOT NULL, address TEXT) STRICT`,
    `CREATE INDEX sessions_by_user ON sessions (user_id)`,
    `CREATE TABLE setup_tokens (hash TEXT PRIMARY KEY NOT NULL, created TEXT NOT NULL) STRICT`,
    `CREATE TABLE cursors (
      follower TEXT NOT NULL, log TEXT NOT NULL, version INTEGER NOT NULL, next INTEGER NOT NULL,
      updated TEXT NOT NULL, PRIMARY KEY (follower, log)) STRICT`,
    `CREATE TABLE alerts (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', log TEXT NOT NULL DEFAULT 'main',
      rule_id TEXT NOT NULL, group_key TEXT NOT NULL, group_fields TEXT NOT NULL, title TEXT NOT NULL,
      description TEXT, level TEXT NOT NULL, level_order INTEGER NOT NULL, tags TEXT NOT NULL,
      status TEXT NOT NULL, verdict TEXT, assignee TEXT, count INTEGER NOT NULL,
      first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, evidence TEXT NOT NULL,
      last_trigger INTEGER NOT NULL, created TEXT NOT NULL, updated TEXT NOT NULL,
      is_alert INTEGER NOT NULL, raised TEXT NOT NULL, regressed INTEGER NOT NULL, risk INTEGER NOT NULL,
      duplicate_of TEXT, suppressed_from TEXT, snoozed_until INTEGER, muted_until_count INTEGER) STRICT`,
    `CREATE INDEX alerts_by_key ON alerts (tenant, log, rule_id, group_key, last_trigger)`,
    `CREATE INDEX alerts_by_time ON alerts (tenant, last_time, id)`,
    `CREATE INDEX alerts_by_status ON alerts (tenant, status, last_time, id)`,
    `CREATE TABLE alert_history (
      id INTEGER PRIMARY KEY AUTOINCREMENT, alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
      at TEXT NOT NULL, by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT, field TEXT NOT NULL,
      from_value TEXT, to_value TEXT) STRICT`,
    `CREATE INDEX alert_history_by_alert ON alert_history (alert_id, id)`,
    `CREATE TABLE deliveries (
      id TEXT PRIMARY KEY NOT NULL, channel TEXT NOT NULL,
      alert_id TEXT REFERENCES alerts (id) ON DELETE CASCADE, reason TEXT NOT NULL, level TEXT NOT NULL DEFAULT '',
      body TEXT NOT NULL, created TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting',
      attempts INTEGER NOT NULL, next_attempt INTEGER NOT NULL,
      delivered TEXT, failed TEXT, last_error TEXT, answer TEXT, held TEXT, digest TEXT,
      unless_acted INTEGER NOT NULL DEFAULT 0) STRICT`,
    `CREATE INDEX deliveries_due ON deliveries (channel, next_attempt) WHERE state IN ('waiting', 'held')`,
    `CREATE INDEX deliveries_sent ON deliveries (channel, delivered) WHERE delivered IS NOT NULL`,
    `CREATE INDEX deliveries_by_time ON deliveries (created, id)`,
    `CREATE INDEX deliveries_by_alert ON deliveries (alert_id)`,
    `CREATE TABLE notify_channels (
      name TEXT PRIMARY KEY NOT NULL, paused TEXT, paused_by TEXT, unqueued INTEGER NOT NULL DEFAULT 0) STRICT`,
    `CREATE TABLE holds (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', log TEXT NOT NULL DEFAULT 'main',
      name TEXT NOT NULL, reason TEXT NOT NULL, first INTEGER, next INTEGER, from_time TEXT, to_time TEXT,
      placed TEXT NOT NULL, placed_by TEXT NOT NULL, released TEXT, released_by TEXT, release_reason TEXT) STRICT`,
    `CREATE TABLE reviews (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', log TEXT NOT NULL DEFAULT 'main',
      kind TEXT NOT NULL, name TEXT NOT NULL, from_time TEXT NOT NULL, to_time TEXT NOT NULL,
      created TEXT NOT NULL, due TEXT NOT NULL, complete INTEGER NOT NULL,
      counts TEXT NOT NULL, content TEXT NOT NULL, content_hash TEXT NOT NULL,
      overdue TEXT, overdue_size INTEGER, overdue_alert TEXT, overdue_settled INTEGER NOT NULL DEFAULT 0) STRICT`,
    `CREATE INDEX reviews_by_time ON reviews (tenant, to_time, id)`,
    `CREATE INDEX reviews_by_due ON reviews (due) WHERE overdue IS NULL`,
    `CREATE TABLE review_comments (
      id INTEGER PRIMARY KEY AUTOINCREMENT, review_id TEXT NOT NULL REFERENCES reviews (id), at TEXT NOT NULL,
      by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT NOT NULL, by_role TEXT NOT NULL,
      text TEXT NOT NULL) STRICT`,
    `CREATE INDEX review_comments_by_review ON review_comments (review_id, id)`,
    `CREATE TABLE review_signatures (
      review_id TEXT PRIMARY KEY NOT NULL REFERENCES reviews (id), at TEXT NOT NULL,
      by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT NOT NULL, by_role TEXT NOT NULL,
      statement TEXT NOT NULL, content_hash TEXT NOT NULL, comments INTEGER NOT NULL,
      event_id TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0, event_index INTEGER) STRICT`,
    `CREATE TABLE forward_targets (
      name TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL, created TEXT NOT NULL,
      created_by TEXT NOT NULL, changed TEXT NOT NULL, changed_by TEXT NOT NULL) STRICT`,
    `CREATE TABLE self_events (id TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL, event TEXT NOT NULL) STRICT`,
    `CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE snoozed_until IS NOT NULL`,
    `CREATE INDEX alerts_by_rule ON alerts (tenant, rule_id, raised)`,
    `CREATE TABLE alert_checks (
      alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, step TEXT NOT NULL, text TEXT NOT NULL,
      at TEXT NOT NULL, by_kind TEXT NOT NULL, by_id TEXT NOT NULL, by_name TEXT,
      PRIMARY KEY (alert_id, step)) STRICT`,
    `CREATE TABLE alert_verdicts (
      alert_id TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE, round INTEGER NOT NULL,
      rule_id TEXT NOT NULL, verdict TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (alert_id, round)) STRICT`,
    `CREATE INDEX alert_verdicts_by_rule ON alert_verdicts (rule_id, verdict)`,
    `CREATE TABLE exceptions (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', rule_id TEXT NOT NULL, title TEXT NOT NULL,
      reason TEXT NOT NULL, owner TEXT NOT NULL, conditions TEXT NOT NULL, filter TEXT NOT NULL,
      created TEXT NOT NULL, created_by TEXT NOT NULL, expires TEXT NOT NULL,
      ended TEXT, ended_by TEXT, end_reason TEXT, hits INTEGER NOT NULL DEFAULT 0, last_hit TEXT) STRICT`,
    `CREATE INDEX exceptions_active ON exceptions (expires) WHERE ended IS NULL`,
    `CREATE TABLE decisions (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL, app TEXT, kind TEXT NOT NULL, target_type TEXT NOT NULL,
      target TEXT NOT NULL, reason TEXT NOT NULL, made TEXT NOT NULL, by_kind TEXT NOT NULL, by_id TEXT NOT NULL,
      by_name TEXT, alert_id TEXT, expires INTEGER NOT NULL, state TEXT NOT NULL,
      ended TEXT, ended_by TEXT, end_reason TEXT) STRICT`,
    `CREATE INDEX decisions_open ON decisions (made) WHERE state <> 'ended'`,
    `CREATE INDEX decisions_by_time ON decisions (made, id)`,
    `CREATE INDEX decisions_by_alert ON decisions (alert_id, made) WHERE alert_id IS NOT NULL`,
  ],
} as const;
