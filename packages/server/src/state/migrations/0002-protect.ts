// SPDX-License-Identifier: Apache-2.0

/** Keys, aliases and erasures. What is wrapped here opens only with the root key, which is elsewhere. */
export const migration0002 = {
  version: 2,
  statements: [
    `CREATE TABLE wrapping_keys (
      id TEXT PRIMARY KEY NOT NULL, wrapped TEXT NOT NULL, created TEXT NOT NULL) STRICT`,
    `CREATE TABLE data_keys (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', scope TEXT NOT NULL,
      kind TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '',
      wrapping_key TEXT NOT NULL REFERENCES wrapping_keys (id), wrapped TEXT NOT NULL, created TEXT NOT NULL) STRICT`,
    `CREATE UNIQUE INDEX data_keys_by_day ON data_keys (kind, day) WHERE scope = 'class'`,
    `CREATE INDEX data_keys_by_wrapping_key ON data_keys (wrapping_key)`,
    `CREATE TABLE subjects (
      lookup TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', alias TEXT NOT NULL UNIQUE,
      key_id TEXT NOT NULL UNIQUE REFERENCES data_keys (id), name TEXT NOT NULL, created TEXT NOT NULL) STRICT`,
    `CREATE TABLE token_epochs (
      epoch INTEGER PRIMARY KEY NOT NULL, key_id TEXT NOT NULL REFERENCES data_keys (id), from_time TEXT NOT NULL) STRICT`,
    `CREATE TABLE erasures (
      id TEXT PRIMARY KEY NOT NULL, tenant TEXT NOT NULL DEFAULT '', alias TEXT NOT NULL, reason TEXT NOT NULL,
      status TEXT NOT NULL, requested TEXT NOT NULL, requested_by TEXT NOT NULL,
      decided TEXT, decided_by TEXT, held_by TEXT NOT NULL DEFAULT '[]',
      destroyed TEXT, certificate TEXT, event_id TEXT NOT NULL) STRICT`,
    `CREATE UNIQUE INDEX erasures_open ON erasures (alias) WHERE status IN ('requested', 'approved', 'destroyed')`,
    `CREATE TABLE erased_keys (
      key_id TEXT PRIMARY KEY NOT NULL, alias TEXT NOT NULL, at TEXT NOT NULL) STRICT`,
  ],
} as const;
