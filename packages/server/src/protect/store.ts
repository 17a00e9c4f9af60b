// SPDX-License-Identifier: Apache-2.0
import { parseMarker } from "@telltale/protect";
import { createActs, OpenError, openEncrypted, tokenOf } from "@telltale/protect/acts";
import type { State } from "../state/state.js";
import type { KeyService } from "./key-service.js";
import { readDataKey } from "./keys/data-keys.js";

/** What is behind a marker, or why that cannot be said. */
export type Opened =
  | { readonly ok: true; readonly value: string }
  /**
   * `erased`: its key was destroyed. `unknown_key`: it never was here. `sealed`: it opens with a private key that is elsewhere. `damaged`: it
   * is no marker that opens.
   */
  | { readonly ok: false; readonly why: "erased" | "unknown_key" | "sealed" | "damaged" };

/**
 * What protected events hold, for those who are allowed: whoever calls has checked that and writes down that it was asked. All methods reject with
 * KeyringError `locked` while the keys are not to be had.
 */
export interface ProtectStore {
  /** The value behind a marker of the event at `index`. */
  open(marker: string, index: number): Promise<Opened>;
  aliasOf(tenant: string | undefined, id: string): Promise<string | undefined>;
  nameOf(alias: string): Promise<string | undefined>;
  /** The tokens that a value may have in the log, one for each epoch. */
  tokensOf(tenant: string | undefined, kind: string, value: string): Promise<string[]>;
}

/** The store over the keys of a running server. */
export function createProtectStore({
  state,
  keys,
}: {
  state: Pick<State, "db">;
  keys: Pick<KeyService, "mustOpen">;
}): ProtectStore {
  return {
    async open(marker) {
      const parsed = parseMarker(marker);
      if (parsed?.type === "sealed") return { ok: false, why: "sealed" };
      if (parsed?.type !== "encrypted") return { ok: false, why: "damaged" };
      const key = await readDataKey(state.db, keys.mustOpen().keyring, parsed.keyId);
      if (key !== undefined) return openWith(marker, key.key);
      const erased = await state.db
        .selectFrom("erased_keys")
        .select("key_id")
        .where("key_id", "=", parsed.keyId)
        .executeTakeFirst();
      return { ok: false, why: erased === undefined ? "unknown_key" : "erased" };
    },
    async aliasOf(tenant, id) {
      return (await keys.mustOpen().subjects.find({ tenant, id }))?.alias;
    },
    async nameOf(alias) {
      return (await keys.mustOpen().subjects.nameOf(alias))?.id;
    },
    async tokensOf(tenant, kind, value) {
      const { epochs, fixed } = keys.mustOpen();
      const tokens = epochs.map(({ epoch, key }) => tokenOf(key, epoch, { tenant, kind, value }));
      if (kind !== "ip") return tokens;
      const acts = createActs({
        epoch: () => 1,
        tokenKey: () => new Uint8Array(),
        ipKey: fixed.ip,
        classKey: () => undefined,
      });
      const standIn = acts.tokenizeIp(tenant, value);
      return standIn === undefined ? tokens : [standIn, ...tokens];
    },
  };
}

function openWith(marker: string, key: Uint8Array): Opened {
  try {
    return { ok: true, value: openEncrypted(marker, () => key) };
  } catch (error) {
    if (error instanceof OpenError) return { ok: false, why: "damaged" };
    throw error;
  }
}
