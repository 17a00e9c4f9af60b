// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { Kysely } from "kysely";
import type { State } from "../../state/state.js";
import type { Tables } from "../../state/tables.js";
import { openBytes, sealBytes } from "../root/cipher.js";
import { contextBytes, type KeyContext } from "../root/context.js";
import { type RootKey, RootKeyError } from "../root/root-key.js";

/** `locked`: the root key could not be had for too long; `damaged`: a row does not open. */
export type KeyringErrorCode = "locked" | "damaged";

/** Why a data key could not be wrapped or unwrapped. */
export class KeyringError extends Error {
  readonly code: KeyringErrorCode;
  constructor(code: KeyringErrorCode, message: string) {
    super(message);
    this.name = "KeyringError";
    this.code = code;
  }
}

/** A data key as it stands in the state. */
export interface WrappedKey {
  readonly wrapping_key: string;
  readonly wrapped: string;
}

export interface KeyringParts {
  readonly state: Pick<State, "db" | "transact">;
  readonly root: RootKey;
  readonly now: () => number;
}

/** Rows that are wrapped anew in one transaction. */
const REWRAP_ROWS = 500;

/** 128 random bits, 22 base64url characters. */
export function makeKeyId(): string {
  return randomBytes(16).toString("base64url");
}

const contextOfWrapping = (id: string): KeyContext => ({ tenant: "", class: "root", purpose: id });

/**
 * The keys between the root key and the data keys, in memory. So a KMS is asked a few times a day, a data key costs microseconds, and a rotation of
 * the root key touches neither the log nor its ciphertexts: data keys are wrapped anew by a new wrapping key, and the old ones go.
 */
export class Keyring {
  readonly #parts: KeyringParts;
  #current = "";
  readonly #keys = new Map<string, Buffer>();

  private constructor(parts: KeyringParts) {
    this.#parts = parts;
  }

  /** Unwraps the wrapping keys, or makes the first one. Rejects with RootKeyError. */
  static async open(parts: KeyringParts): Promise<Keyring> {
    const keyring = new Keyring(parts);
    await keyring.unlock();
    return keyring;
  }

  get isLocked(): boolean {
    return this.#keys.size === 0;
  }

  /** Asks the root key for all that it wrapped. Rejects with RootKeyError; then what was unlocked stays so. */
  async unlock(): Promise<void> {
    const { state, root } = this.#parts;
    const rows = await state.db.selectFrom("wrapping_keys").selectAll().orderBy("created").execute();
    const opened = await Promise.all(
      rows.map(async ({ id, wrapped }) => ({ id, key: await root.unwrap(wrapped, contextOfWrapping(id)) })),
    );
    for (const { id, key } of opened) this.#keys.set(id, key);
    this.#current = rows.at(-1)?.id ?? (await this.#makeKey());
  }

  /** Rejects with RootKeyError unless the root key still opens the wrapping key in use. */
  async verify(): Promise<void> {
    const { state, root } = this.#parts;
    const row = await state.db
      .selectFrom("wrapping_keys")
      .select("wrapped")
      .where("id", "=", this.#current)
      .executeTakeFirstOrThrow();
    (await root.unwrap(row.wrapped, contextOfWrapping(this.#current))).fill(0);
  }

  /** Forgets every wrapping key: until `unlock` nothing can be wrapped or unwrapped. */
  lock(): void {
    for (const key of this.#keys.values()) key.fill(0);
    this.#keys.clear();
  }

  wrap(key: Uint8Array, context: KeyContext): WrappedKey {
    const wrapping = this.#keys.get(this.#current);
    if (wrapping === undefined) throw new KeyringError("locked", "the root key is not to be had");
    return {
      wrapping_key: this.#current,
      wrapped: sealBytes(wrapping, key, contextBytes(context)).toString("base64url"),
    };
  }

  unwrap({ wrapping_key, wrapped }: WrappedKey, context: KeyContext): Buffer {
    const wrapping = this.#keys.get(wrapping_key);
    if (wrapping === undefined) throw new KeyringError("locked", "the root key is not to be had");
    const key = openBytes(wrapping, Buffer.from(wrapped, "base64url"), contextBytes(context));
    if (key === undefined) throw new KeyringError("damaged", "a data key in state.db was changed");
    return key;
  }

  /**
   * Wraps every data key anew under a new wrapping key, and forgets the old ones. The log is not touched. May be called again when it
   * stopped half-way: then it goes on.
   */
  async rewrap(): Promise<{ keys: number }> {
    const { state } = this.#parts;
    if (this.isLocked) throw new RootKeyError("unavailable", "the root key is not to be had");
    const fresh = await this.#makeKey();
    this.#current = fresh;
    let keys = 0;
    for (;;) {
      const moved = await state.transact((trx) => this.#rewrapSome(trx, fresh));
      keys += moved;
      if (moved < REWRAP_ROWS) break;
    }
    // True now: nothing in the state needs the old wrapping keys. If we die here they stay, unused. The next rotation removes them.
    await state.db.deleteFrom("wrapping_keys").where("id", "!=", fresh).execute();
    for (const [id, key] of this.#keys) {
      if (id === fresh) continue;
      key.fill(0);
      this.#keys.delete(id);
    }
    return { keys };
  }

  async #rewrapSome(trx: Kysely<Tables>, fresh: string): Promise<number> {
    const rows = await trx
      .selectFrom("data_keys")
      .select(["id", "tenant", "scope", "wrapping_key", "wrapped"])
      .where("wrapping_key", "!=", fresh)
      .limit(REWRAP_ROWS)
      .execute();
    for (const { id, tenant, scope, ...wrapped } of rows) {
      const context: KeyContext = { tenant, class: scope, purpose: id };
      const key = this.unwrap(wrapped, context);
      await trx.updateTable("data_keys").set(this.wrap(key, context)).where("id", "=", id).execute();
      key.fill(0);
    }
    return rows.length;
  }

  async #makeKey(): Promise<string> {
    const { state, root, now } = this.#parts;
    const id = makeKeyId();
    const { key, wrapped } = await root.generate(contextOfWrapping(id));
    const created = new Date(now()).toISOString();
    await state.db.insertInto("wrapping_keys").values({ id, wrapped, created }).execute();
    this.#keys.set(id, key);
    return id;
  }
}
