// SPDX-License-Identifier: Apache-2.0
import type { State } from "../../state/state.js";
import { insertDataKey, toDataKey } from "./data-keys.js";
import type { Keyring } from "./keyring.js";

/** The key under which subjects are looked up, made once. */
export function openLookupKey(state: State, keyring: Keyring, now: () => number): Promise<Uint8Array> {
  return state.transact(async (trx) => {
    const row = await trx
      .selectFrom("data_keys")
      .selectAll()
      .where("scope", "=", "lookup")
      .executeTakeFirst();
    const { key } =
      row === undefined
        ? await insertDataKey(trx, keyring, { scope: "lookup" }, new Date(now()).toISOString())
        : toDataKey(keyring, row);
    return key;
  });
}
