// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";
import type { Hold, HoldStore } from "./holds.js";

function toHold(row: Tables["holds"]): Hold {
  const { id, name, reason, placed, released } = row;
  const scope =
    row.first === null || row.next === null
      ? { from: row.from_time ?? "", to: row.to_time ?? "" }
      : { first: row.first, next: row.next };
  return {
    id,
    name,
    reason,
    scope,
    placed,
    placedBy: row.placed_by,
    ...(released !== null && { released }),
    ...(row.released_by !== null && { releasedBy: row.released_by }),
    ...(row.release_reason !== null && { releaseReason: row.release_reason }),
  };
}

/** Holds of one log over an open database. */
export function createHoldStore(db: Kysely<Tables>, log = "main"): HoldStore {
  return {
    async list() {
      const rows = await db
        .selectFrom("holds")
        .selectAll()
        .where("log", "=", log)
        .orderBy("placed")
        .orderBy("id")
        .execute();
      return rows.map(toHold);
    },
    async add({ id, name, reason, scope, placed, placedBy }) {
      const range = "first" in scope ? scope : { first: null, next: null };
      const span =
        "from" in scope ? { from_time: scope.from, to_time: scope.to } : { from_time: null, to_time: null };
      const by = { placed, placed_by: placedBy, released: null, released_by: null, release_reason: null };
      const { first, next } = range;
      await db
        .insertInto("holds")
        .values({ id, tenant: "", log, name, reason, first, next, ...span, ...by })
        .execute();
    },
    async release(id, at, by, why) {
      const { numUpdatedRows } = await db
        .updateTable("holds")
        .set({ released: at, released_by: by, release_reason: why ?? null })
        .where("id", "=", id)
        .where("log", "=", log)
        .where("released", "is", null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async revision() {
      const { fn } = db;
      const { placed, released } = await db
        .selectFrom("holds")
        .select([fn.count<number>("id").as("placed"), fn.count<number>("released").as("released")])
        .where("log", "=", log)
        .executeTakeFirstOrThrow();
      return placed + released;
    },
  };
}
