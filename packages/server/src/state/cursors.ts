// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "./tables.js";

export interface Cursor {
  follower: string;
  log: string;
  version: number;
  /** Index of the first event not handled. */
  next: number;
}

/** Where followers keep how far they came. A `put` is durable when it resolves. */
export interface Cursors {
  get(follower: string, log?: string): Promise<Cursor | undefined>;
  put(cursor: Omit<Cursor, "log"> & { log?: string }): Promise<void>;
  list(): Promise<Cursor[]>;
  /** Forgets it: the follower starts from zero. */
  remove(follower: string, log?: string): Promise<void>;
}

function toCursor(row: Tables["cursors"]): Cursor {
  const { follower, log, version, next } = row;
  return { follower, log, version, next };
}

/** Writes a cursor with the database or the transaction given. */
export async function writeCursor(
  db: Kysely<Tables>,
  cursor: Omit<Cursor, "log"> & { log?: string },
  now: string,
): Promise<void> {
  const { follower, log = "main", version, next } = cursor;
  await db
    .insertInto("cursors")
    .values({ follower, log, version, next, updated: now })
    .onConflict((on) => on.columns(["follower", "log"]).doUpdateSet({ version, next, updated: now }))
    .execute();
}

/** Cursors over an open database. */
export function createCursors(db: Kysely<Tables>, now: () => number): Cursors {
  return {
    async get(follower, log = "main") {
      const row = await db
        .selectFrom("cursors")
        .selectAll()
        .where("follower", "=", follower)
        .where("log", "=", log)
        .executeTakeFirst();
      return row === undefined ? undefined : toCursor(row);
    },
    put: (cursor) => writeCursor(db, cursor, new Date(now()).toISOString()),
    async list() {
      return (await db.selectFrom("cursors").selectAll().orderBy("follower").execute()).map(toCursor);
    },
    async remove(follower, log = "main") {
      await db.deleteFrom("cursors").where("follower", "=", follower).where("log", "=", log).execute();
    },
  };
}
