// SPDX-License-Identifier: Apache-2.0
import type Database from "libsql";
import type { Migration } from "./migrations/index.js";
import { MIGRATIONS } from "./migrations/index.js";

export type StateErrorCode = "newer_format" | "not_a_state" | "damaged" | "busy" | "cannot_open";

/** Why the state cannot be used; the message is for the operator. */
export class StateError extends Error {
  readonly code: StateErrorCode;
  constructor(code: StateErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StateError";
    this.code = code;
  }
}

/** "TeLt" as SQLite's application_id: says whose file this is. */
export const APPLICATION_ID = 0x54654c74;

function readNumber(db: Database.Database, pragma: string): number {
  const [row] = db.prepare(`PRAGMA ${pragma}`).all() as Record<string, unknown>[];
  return Number(Object.values(row ?? {})[0]);
}

/**
 * Brings the database to the newest version, one migration a transaction. Refuses a file that a newer
 * Telltale wrote and a SQLite file that is not ours. Another process may do the same at once: each step
 * takes the write lock first and looks at the version again.
 */
export function migrate(db: Database.Database, migrations: readonly Migration[] = MIGRATIONS): void {
  const newest = migrations.at(-1)?.version ?? 0;
  const version = readNumber(db, "user_version");
  if (version > newest) {
    throw new StateError(
      "newer_format",
      `state.db has format ${version}, this Telltale knows up to ${newest}. It was written by a newer version: install that one, or restore the state.db from before the upgrade. Nothing was changed.`,
    );
  }
  const [tables] = db.prepare("SELECT count(*) AS n FROM sqlite_master").all() as { n: number }[];
  if (version === 0 ? tables?.n !== 0 : readNumber(db, "application_id") !== APPLICATION_ID) {
    throw new StateError(
      "not_a_state",
      "state.db is a database, but not one that Telltale made. Move it away.",
    );
  }
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    // True now: nothing of this step is visible. If we die before COMMIT, SQLite rolls the whole step back.
    // The next start runs it again from the version that is stored.
    db.exec("BEGIN IMMEDIATE");
    try {
      if (readNumber(db, "user_version") < migration.version) {
        for (const statement of migration.statements) db.exec(statement);
        db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
        db.exec(`PRAGMA user_version = ${migration.version}`);
      }
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }
}
