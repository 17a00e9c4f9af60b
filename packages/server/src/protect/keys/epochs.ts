// SPDX-License-Identifier: Apache-2.0
import type { State } from "../../state/state.js";
import { insertDataKey, toDataKey } from "./data-keys.js";
import type { Keyring } from "./keyring.js";

/** A key of tokens. Tokens of different epochs cannot be compared. */
export interface TokenEpoch {
  /** 1, 2, 3 … */
  readonly epoch: number;
  readonly key: Uint8Array;
  /** RFC 3339: from when on it makes the tokens. */
  readonly from: string;
}

interface Parts {
  readonly state: Pick<State, "db" | "transact">;
  readonly keyring: Keyring;
  readonly now: () => number;
}

/** All epochs, the oldest first; the first one is made when there is none. */
export async function openEpochs(parts: Parts): Promise<readonly TokenEpoch[]> {
  const rows = await parts.state.db
    .selectFrom("token_epochs")
    .innerJoin("data_keys", "data_keys.id", "token_epochs.key_id")
    .selectAll()
    .orderBy("epoch")
    .execute();
  if (rows.length === 0) return [await addEpoch(parts)];
  return rows.map((row) => ({
    epoch: row.epoch,
    key: toDataKey(parts.keyring, row).key,
    from: row.from_time,
  }));
}

/** Begins a new epoch. It is durable when the promise resolves. */
export async function addEpoch({ state, keyring, now }: Parts): Promise<TokenEpoch> {
  const from = new Date(now()).toISOString();
  return state.transact(async (trx) => {
    const { newest } = await trx
      .selectFrom("token_epochs")
      .select((eb) => eb.fn.max("epoch").as("newest"))
      .executeTakeFirstOrThrow();
    const epoch = (newest ?? 0) + 1;
    const { id, key } = await insertDataKey(trx, keyring, { scope: "token" }, from);
    await trx.insertInto("token_epochs").values({ epoch, key_id: id, from_time: from }).execute();
    return { epoch, key, from };
  });
}
