// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";

/** Deletes alias, name and key of a subject, the key that it has now and those that are named, and notes that they are erased. Says whether anything was there. */
export async function destroySubject(
  trx: Kysely<Tables>,
  { alias, keys, at }: { alias: string; keys: readonly string[]; at: string },
): Promise<boolean> {
  const subject = await trx
    .deleteFrom("subjects")
    .where("alias", "=", alias)
    .returning("key_id")
    .executeTakeFirst();
  let gone = subject !== undefined;
  for (const key of new Set(subject === undefined ? keys : [...keys, subject.key_id])) {
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
