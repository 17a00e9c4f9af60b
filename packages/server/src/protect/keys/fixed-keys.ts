// SPDX-License-Identifier: Apache-2.0
import { hkdfSync } from "node:crypto";
import type { State } from "../../state/state.js";
import { KEY_BYTES } from "../root/cipher.js";
import { insertDataKey, toDataKey } from "./data-keys.js";
import type { Keyring } from "./keyring.js";

/** Keys that never change, each for one purpose and 32 bytes long. */
export interface FixedKeys {
  /** Under it rows of subjects are found. */
  readonly lookup: Uint8Array;
  /** Under it addresses get stand-ins. */
  readonly ip: Uint8Array;
  /** Under it credentials that were seen get a fingerprint. */
  readonly fingerprint: Uint8Array;
}

/** The keys that never change, made once. */
export async function openFixedKeys(state: State, keyring: Keyring, now: () => number): Promise<FixedKeys> {
  const base = await state.transact(async (trx) => {
    const row = await trx.selectFrom("data_keys").selectAll().where("scope", "=", "fixed").executeTakeFirst();
    const { key } =
      row === undefined
        ? await insertDataKey(trx, keyring, { scope: "fixed" }, new Date(now()).toISOString())
        : toDataKey(keyring, row);
    return key;
  });
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", base, "", `telltale fixed key v1\0${purpose}`, KEY_BYTES));
  return { lookup: derive("lookup"), ip: derive("ip"), fingerprint: derive("fingerprint") };
}
