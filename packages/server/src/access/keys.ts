// SPDX-License-Identifier: Apache-2.0
import { hash as oneShotHash } from "node:crypto";
import { ChainKey } from "../chain/chain-key.js";
import { ApiError } from "../errors.js";
import type { SelfActor, SelfLog } from "../self-log.js";
import { nameOf, toActor } from "../self-log.js";
import type { State } from "../state/state.js";
import type { ApiKeyTable } from "../state/tables.js";
import type { KeyRole } from "./permissions.js";
import { isKeyRole } from "./permissions.js";
import type { KeyPrincipal } from "./principal.js";
import { isSameHash, randomSecret, randomText } from "./secret.js";

/** What may be shown of a key; the secret is not kept. */
export interface ApiKey {
  id: string;
  name: string;
  role: KeyRole;
  app?: string;
  created: string;
  /** By name, or by id where there was none. */
  createdBy: string;
  /** The tenant that the key is bound to, where there are several. */
  tenant?: string;
  lastUsed: string | null;
  /** Refused from then on; absent: it does not expire. */
  expires?: string;
  revoked?: string;
}

export interface NewKey {
  role: KeyRole;
  name: string;
  /** Binds the key: events that claim another app are kept, renamed and reported. */
  app?: string;
  /** Milliseconds since 1970 from which on the key is refused; absent: never. */
  expires?: number;
}

/**
 * API keys: `tt_<id>_<secret>`, where the id begins with the role (`ingest_k3…`). So `via` in an event says by itself
 * what kind of key sent it, also in a replay years after the key is gone.
 */
export interface Keys {
  /** Checks a token against memory; a few microseconds, no I/O. Undefined: unknown, revoked or malformed. */
  verify(token: string): KeyPrincipal | undefined;
  /** Like `verify`, but looks once at the state when another process may have made the key just now. */
  verifyFresh(token: string): Promise<KeyPrincipal | undefined>;
  /** The token is returned once and can never be shown again. */
  create(key: NewKey, by: SelfActor): Promise<{ key: ApiKey; token: string }>;
  list(): Promise<ApiKey[]>;
  /** Works from the next request on. Throws ApiError `not_found`; revoking twice changes nothing. */
  revoke(id: string, by: SelfActor, why?: string): Promise<ApiKey>;
  /** Where the chains of a live key begin; see the source chain. */
  chainKey(id: string): ChainKey | undefined;
  /** Reads the keys again; call after another process wrote the state. */
  reload(): Promise<void>;
  /** Writes the times of last use. */
  flush(): Promise<void>;
}

interface Live {
  readonly principal: KeyPrincipal;
  readonly hash: string;
  readonly chainKey: ChainKey;
  /** Milliseconds since 1970; infinite for a key that does not expire. */
  readonly expires: number;
  lastUsed: number;
}

// Anchored and bounded: at most 90 characters are ever looked at, whatever the header holds.
const TOKEN = /^tt_((?:ingest|read|admin|backfill)_[a-z2-7]{12})_([a-z2-7]{52})$/;
const HASH = /^[0-9a-f]{64}$/;
const MAX_TOKEN = 100;
const MISS_CHECK_MS = 100;

// Hex is 1 µs a token, a Buffer 2.3 µs.
function sha256(secret: string): string {
  return oneShotHash("sha256", secret, "hex");
}

function toApiKey(row: Omit<ApiKeyTable, "tenant"> & { tenant: string }): ApiKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role as KeyRole,
    ...(row.app === null ? {} : { app: row.app }),
    created: row.created,
    createdBy: row.created_by,
    ...(row.tenant === "" ? {} : { tenant: row.tenant }),
    lastUsed: row.last_used,
    ...(row.expires === null ? {} : { expires: row.expires }),
    ...(row.revoked === null ? {} : { revoked: row.revoked }),
  };
}

export interface KeysOptions {
  state: State;
  selfLog: SelfLog;
  now: () => number;
}

class KeyStore implements Keys {
  readonly #state: State;
  readonly #selfLog: SelfLog;
  readonly #now: () => number;
  #live = new Map<string, Live>();
  #seenChanges = -1;
  /** Counts our own writes: a reload that read the rows before one of them reads again. */
  #writes = 0;
  #lastMissCheck = 0;

  constructor(options: KeysOptions) {
    this.#state = options.state;
    this.#selfLog = options.selfLog;
    this.#now = options.now;
  }

  verify(token: string): KeyPrincipal | undefined {
    if (token.length > MAX_TOKEN) return undefined;
    const parts = TOKEN.exec(token);
    if (parts === null) return undefined;
    const [, id, secret] = parts as unknown as [string, string, string];
    const live = this.#live.get(id);
    // The role is part of the id that is looked up: a token that claims another role names no key.
    // The hash is computed for an unknown id too: an answer does not tell by its time whether an id exists.
    const hash = sha256(secret);
    if (live === undefined) return undefined;
    if (!isSameHash(hash, live.hash)) return undefined;
    const now = this.#now();
    if (now >= live.expires) return undefined;
    live.lastUsed = now;
    return live.principal;
  }

  chainKey(id: string): ChainKey | undefined {
    return this.#live.get(id)?.chainKey;
  }

  async verifyFresh(token: string): Promise<KeyPrincipal | undefined> {
    const known = this.verify(token);
    if (known !== undefined) return known;
    const now = this.#now();
    // A flood of bad tokens costs one 20 µs look per 100 ms, not one per request.
    if (token.length > MAX_TOKEN || !TOKEN.test(token) || now - this.#lastMissCheck < MISS_CHECK_MS)
      return undefined;
    this.#lastMissCheck = now;
    if (this.#state.foreignChanges() === this.#seenChanges) return undefined;
    await this.reload();
    return this.verify(token);
  }

  async create(key: NewKey, by: SelfActor): Promise<{ key: ApiKey; token: string }> {
    const id = `${key.role}_${randomText(12)}`;
    const secret = randomSecret();
    const row = {
      id,
      tenant: "",
      name: key.name,
      role: key.role,
      app: key.app ?? null,
      hash: sha256(secret),
      created: new Date(this.#now()).toISOString(),
      created_by: nameOf(by),
      last_used: null,
      expires: key.expires === undefined ? null : new Date(key.expires).toISOString(),
      revoked: null,
    };
    await this.#state.db.insertInto("api_keys").values(row).execute();
    this.#writes++;
    this.#remember(row);
    this.#report("created", row, by);
    return { key: toApiKey(row), token: `tt_${id}_${secret}` };
  }

  async list(): Promise<ApiKey[]> {
    await this.flush();
    const rows = await this.#state.db
      .selectFrom("api_keys")
      .selectAll()
      .orderBy("created")
      .orderBy("id")
      .execute();
    return rows.map(toApiKey);
  }

  async revoke(id: string, by: SelfActor, why?: string): Promise<ApiKey> {
    const { db } = this.#state;
    const row = await db.selectFrom("api_keys").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new ApiError("not_found", { message: "There is no key with this id." });
    if (row.revoked !== null) return toApiKey(row);
    // Out of memory first: from here on the key is refused, even if writing it down fails or takes long.
    this.#live.delete(id);
    this.#writes++;
    const revoked = new Date(this.#now()).toISOString();
    await db
      .updateTable("api_keys")
      .set({ revoked })
      .where("id", "=", id)
      .where("revoked", "is", null)
      .execute();
    // A reload may have read the row between the two lines above.
    this.#writes++;
    this.#live.delete(id);
    this.#report("revoked", row, by, why);
    return toApiKey({ ...row, revoked });
  }

  async reload(): Promise<void> {
    for (;;) {
      // Read before the rows: a change in between is seen again at the next look, never missed.
      const changes = this.#state.foreignChanges();
      const writes = this.#writes;
      const rows = await this.#state.db
        .selectFrom("api_keys")
        .selectAll()
        .where("revoked", "is", null)
        .execute();
      if (writes !== this.#writes) continue;
      this.#seenChanges = changes;
      const before = this.#live;
      this.#live = new Map();
      for (const row of rows) this.#remember(row, before.get(row.id)?.lastUsed);
      return;
    }
  }

  async flush(): Promise<void> {
    for (const live of this.#live.values()) {
      if (live.lastUsed === 0) continue;
      const last = new Date(live.lastUsed).toISOString();
      live.lastUsed = 0;
      await this.#state.db
        .updateTable("api_keys")
        .set({ last_used: last })
        .where("id", "=", live.principal.id)
        .execute();
    }
  }

  #remember(row: Omit<ApiKeyTable, "tenant"> & { tenant: string }, lastUsed = 0): void {
    if (!isKeyRole(row.role) || !HASH.test(row.hash)) return;
    const principal: KeyPrincipal = {
      kind: "key",
      id: row.id,
      name: row.name,
      role: row.role,
      app: row.app ?? undefined,
      tenant: row.tenant === "" ? undefined : row.tenant,
    };
    const expires = row.expires === null ? Number.POSITIVE_INFINITY : Date.parse(row.expires);
    const chainKey = ChainKey.fromHex(row.hash);
    this.#live.set(row.id, { principal, hash: row.hash, chainKey, expires, lastUsed });
  }

  #report(
    what: "created" | "revoked",
    row: { id: string; name: string; role: string; app: string | null; expires: string | null },
    by: SelfActor,
    why?: string,
  ) {
    this.#selfLog.emit({
      action: "log_key_changed",
      outcome: "success",
      reason: what,
      message: `API key ${what}`,
      actor: toActor(by),
      targets: [{ type: "api_key", id: row.id, name: row.name }],
      data: {
        role: row.role,
        ...(row.app === null ? {} : { app: row.app }),
        ...(row.expires === null ? {} : { expires: row.expires }),
        ...(why === undefined ? {} : { why }),
      },
    });
  }
}

/** Opens the key store and reads the keys into memory. */
export async function openKeys(options: KeysOptions): Promise<Keys> {
  const keys = new KeyStore(options);
  await keys.reload();
  return keys;
}
