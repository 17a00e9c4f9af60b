// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import { z } from "zod";
import type { Tables } from "../../state/tables.js";
import type { PolicyMemory } from "./retain.js";

const NAME = "retention_policy";

const stored = z.object({
  since: z.string(),
  policy: z.object({
    searchableDays: z.number(),
    keptDays: z.number(),
    override: z.object({ name: z.string(), reason: z.string() }).exactOptional(),
  }),
});

/** The policy in force last, among the small facts of the state. */
export function createPolicyMemory(db: Kysely<Tables>): PolicyMemory {
  return {
    async read() {
      const row = await db.selectFrom("meta").select("value").where("name", "=", NAME).executeTakeFirst();
      return row === undefined ? undefined : stored.parse(JSON.parse(row.value));
    },
    async write(inForce) {
      const value = JSON.stringify(inForce);
      await db
        .insertInto("meta")
        .values({ name: NAME, value })
        .onConflict((on) => on.column("name").doUpdateSet({ value }))
        .execute();
    },
  };
}
