// SPDX-License-Identifier: Apache-2.0
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { Kysely, SqliteDialect } from "kysely";
import type { Transaction } from "kysely";
import type { Cursors } from "./cursors.js";
import { createCursors } from "./cursors.js";
import { migrate, StateError } from "./migrate.js";
import { toKyselyDatabase } from "./sqlite.js";
import type { Tables } from "./tables.js";

/** The small mutable state: users, keys, sessions, cursors, alerts. The log is not in it. */
export interface State {
  readonly db: Kysely<Tables>;
  readonly cursors: Cursors;
  /**
   * Runs `work` in one transaction that holds the write lock from the start. It may run again when another
   * process held the lock, so it must do nothing but read and write the state.
   */
  transact<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** Changes whenever another process changed the file; the same value means: nothing changed. Some 20 µs. */
  foreignChanges(): number;
  /**
   * Empties the write-ahead log: afterwards no file holds what was deleted before. Rejects when another process
   * reads or writes for so long that it cannot be done.
   */
  truncate(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenStateOptions {
  now?: () => number;
  /** How long a statement waits for another process's write, in milliseconds. It blocks this thread. */
  busyMs?: number;
}

const RETRIES = 10;

function isBusy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("SQLITE_BUSY");
}

// The file exists with mode 0600 before SQLite sees it: the -wal and -shm files inherit the mode, and there
// is no moment at which another user of the machine could read it.
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) {
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
  } else {
    closeSync(openSync(path, "ax", 0o600));
  }
}

function open(path: string, busyMs: number): Database.Database {
  try {
    if (path !== ":memory:") createPrivately(path);
    const database = new Database(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${Math.trunc(busyMs)}`);
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      database.exec("PRAGMA foreign_keys = ON");
      // What is deleted is overwritten with zeros: keys of erased subjects must be in no file.
      database.exec("PRAGMA secure_delete = ON");
      // The schema of a file somebody else prepared must not run functions with side effects.
      database.exec("PRAGMA trusted_schema = OFF");
      migrate(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof StateError) throw error;
    const code = (error as { code?: unknown }).code;
    if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") {
      throw new StateError("damaged", `${path} is not a readable database: restore it from a backup.`, error);
    }
    if (isBusy(error)) throw new StateError("busy", `${path} is locked by another process.`, error);
    throw new StateError("cannot_open", `${path} cannot be opened: ${(error as Error).message}`, error);
  }
}

/**
 * Opens `state.db`, creating or migrating it. Durable: WAL with synchronous=FULL, so a resolved write
 * survives a power cut. The file is readable by its user alone (0600). Throws StateError.
 */
export function openState(path: string, options: OpenStateOptions = {}): State {
  const now = options.now ?? Date.now;
  const database = open(path, options.busyMs ?? 2_000);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: toKyselyDatabase(database) }) });
  return {
    db,
    cursors: createCursors(db, now),
    async transact(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await db.transaction().execute(work);
        } catch (error) {
          if (!isBusy(error) || attempt === RETRIES) throw error;
          await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40 * attempt));
        }
      }
    },
    foreignChanges() {
      const rows = database.prepare("PRAGMA data_version").all() as { data_version: number }[];
      return rows[0]?.data_version ?? 0;
    },
    async truncate() {
      for (let attempt = 1; ; attempt++) {
        // Columns: busy, pages in the log, pages copied. SQLite sets busy to 1 when a reader stood in the way.
        const [row] = database.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
        if (row?.busy === 0) return;
        if (attempt === RETRIES) throw new StateError("busy", `${path} is read by another process.`);
        await new Promise((resolve) => setTimeout(resolve, 20 * attempt));
      }
    },
    async close() {
      // Leaves one file to copy. When another process still reads, its last connection does this.
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      await db.destroy();
    },
  };
}
