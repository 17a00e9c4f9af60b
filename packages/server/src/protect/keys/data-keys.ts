// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { DataKey } from "@telltale/protect";
import type { Kysely } from "kysely";
import type { Tables } from "../../state/tables.js";
import { KEY_BYTES } from "../root/cipher.js";
import { type Keyring, makeKeyId } from "./keyring.js";

/** What a data key is for. */
export interface KeyScope {
  readonly tenant?: string;
  readonly scope: "subject" | "class" | "token" | "fixed";
  readonly kind?: string;
  readonly day?: string;
}

/** A new random key, wrapped, in the state of the transaction given. */
export async function insertDataKey(
  db: Kysely<Tables>,
  keyring: Keyring,
  { tenant = "", scope, kind = "", day = "" }: KeyScope,
  created: string,
): Promise<DataKey> {
  const id = makeKeyId();
  const key = randomBytes(KEY_BYTES);
  const wrapped = keyring.wrap(key, { tenant, class: scope, purpose: id });
  await db
    .insertInto("data_keys")
    .values({ id, tenant, scope, kind, day, ...wrapped, created })
    .execute();
  return { id, key };
}

/** A data key by its id; undefined when there is none. Throws KeyringError. */
export async function readDataKey(
  db: Kysely<Tables>,
  keyring: Keyring,
  id: string,
): Promise<DataKey | undefined> {
  const row = await db.selectFrom("data_keys").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : toDataKey(keyring, row);
}

/** Throws KeyringError. */
export function toDataKey(
  keyring: Keyring,
  row: Pick<Tables["data_keys"], "id" | "scope" | "wrapping_key" | "wrapped"> & { tenant: string },
): DataKey {
  const { id, tenant, scope } = row;
  return { id, key: keyring.unwrap(row, { tenant, class: scope, purpose: id }) };
}
