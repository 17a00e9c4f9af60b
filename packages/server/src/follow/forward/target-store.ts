// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";
import type { TargetSettings } from "./config.js";

/** A target that was configured over the API. */
export interface StoredTarget {
  readonly name: string;
  readonly settings: TargetSettings;
  /** RFC 3339, and who it was, by name. */
  readonly created: string;
  readonly createdBy: string;
  readonly changed: string;
  readonly changedBy: string;
}

/** Where such targets are kept. Every change is durable when its promise resolves. */
export interface TargetStore {
  /** In the order of their making. */
  list(): Promise<StoredTarget[]>;
  put(target: StoredTarget): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Targets over an open database. */
export function createTargetStore(db: Kysely<Tables>): TargetStore {
  return {
    async list() {
      const rows = await db
        .selectFrom("forward_targets")
        .selectAll()
        .orderBy("created")
        .orderBy("name")
        .execute();
      return rows.map((row) => ({
        name: row.name,
        settings: JSON.parse(row.settings) as TargetSettings,
        created: row.created,
        createdBy: row.created_by,
        changed: row.changed,
        changedBy: row.changed_by,
      }));
    },
    async put({ name, settings, created, createdBy, changed, changedBy }) {
      const change = { settings: JSON.stringify(settings), changed, changed_by: changedBy };
      await db
        .insertInto("forward_targets")
        .values({ name, created, created_by: createdBy, ...change })
        .onConflict((on) => on.column("name").doUpdateSet(change))
        .execute();
    },
    async remove(name) {
      await db.deleteFrom("forward_targets").where("name", "=", name).execute();
    },
  };
}
