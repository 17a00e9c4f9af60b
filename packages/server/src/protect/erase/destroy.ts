// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";

/** Deletes alias, name and key of a subject, and notes that the keys are erased. Says whether anything was there. */
export async function destroySubject(
  trx: Kysely<Tables>,
  { alias, keys, at }: { alias: string; keys: readonly string[]; at: string },
): Promise<boolean> {
  const subjects = await trx.deleteFrom("subjects").where("alias", "=", alias).executeTakeFirst();
  let gone = subjects.numDeletedRows > 0n;
  for (const key of keys) {
    const { numDeletedRows } = await trx
      .deleteFrom("data_keys")
      .where("id", "=", key)
      .where("scope", "=", "subject")
      .executeTakeFirst();
    gone ||= numDeletedRows > 0n;
    await trx
      .insertInto("erased_keys")
      .values({ key_id: key, alias, at })
      .onConflict((on) => on.column("key_id").doNothing())
      .execute();
  }
  return gone;
}
