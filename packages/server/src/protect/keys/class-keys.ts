// SPDX-License-Identifier: Apache-2.0
import type { DataKey } from "@telltale/protect";
import type { State } from "../../state/state.js";
import { insertDataKey, toDataKey } from "./data-keys.js";
import type { Keyring } from "./keyring.js";

/** Which key: of a kind of values, for what was received on a UTC day. */
export interface KeyClass {
  readonly kind: string;
  /** `2026-11-22`. */
  readonly day: string;
}

export interface ClassKey extends KeyClass {
  readonly key: DataKey;
}

/** A key for each kind and day, made when it is first needed. It is durable when the promise resolves. */
export async function ensureClassKey(
  { state, keyring, now }: { state: Pick<State, "transact">; keyring: Keyring; now: () => number },
  { kind, day }: KeyClass,
): Promise<ClassKey> {
  const key = await state.transact(async (trx) => {
    const row = await trx
      .selectFrom("data_keys")
      .selectAll()
      .where("scope", "=", "class")
      .where("kind", "=", kind)
      .where("day", "=", day)
      .executeTakeFirst();
    if (row !== undefined) return toDataKey(keyring, row);
    return insertDataKey(trx, keyring, { scope: "class", kind, day }, new Date(now()).toISOString());
  });
  return { kind, day, key };
}
