// SPDX-License-Identifier: Apache-2.0
import type Database from "libsql";
import type { SqliteDatabase, SqliteStatement } from "kysely";

const WRITES = /^\s*(?:insert|update|delete|replace|create|drop|alter)\b/i;
const CONTROL = /^\s*(begin|commit|rollback)\s*$/i;

/**
 * What Kysely drives. It differs from handing it libsql's database in one point, which is a workaround: a prepared
 * statement of libsql that ends in SQLITE_BUSY is not reset, and every later COMMIT of the connection
 * fails with "SQL statements in progress". So no prepared statement may ever meet a foreign lock: the write
 * lock is taken first, with `exec` (which is clean when it fails), for transactions and for single writes.
 * As a consequence every transaction holds the write lock from its start, and SQLITE_BUSY_SNAPSHOT cannot be.
 */
export function toKyselyDatabase(database: Database.Database): SqliteDatabase {
  let inTransaction = false;

  function alone<T>(run: () => T): T {
    if (inTransaction) return run();
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = run();
      // True now: the write is in the write-ahead log but not committed. If we die here it never happened.
      // Whoever asked for it never heard of success and asks again.
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  function control(word: string): SqliteStatement {
    return {
      reader: false,
      all: () => [],
      iterate: () => [][Symbol.iterator](),
      run() {
        database.exec(word === "begin" ? "BEGIN IMMEDIATE" : word.toUpperCase());
        inTransaction = word === "begin";
        return { changes: 0, lastInsertRowid: 0 };
      },
    };
  }

  return {
    close: () => database.close(),
    prepare(sql) {
      const word = CONTROL.exec(sql)?.[1]?.toLowerCase();
      if (word !== undefined) return control(word);
      const statement = database.prepare(sql);
      const guard = WRITES.test(sql) ? alone : <T>(run: () => T) => run();
      return {
        reader: statement.reader,
        all: (parameters) => guard(() => statement.all(parameters)),
        run: (parameters) => guard(() => statement.run(parameters)),
        iterate: (parameters) => statement.iterate(parameters),
      };
    },
  };
}
