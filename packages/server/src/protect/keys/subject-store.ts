// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import type { SubjectRecord } from "@telltale/protect";
import type { State } from "../../state/state.js";
import type { Tables } from "../../state/tables.js";
import { openBytes, sealBytes } from "../root/cipher.js";
import { makeAlias } from "./alias.js";
import { insertDataKey, toDataKey } from "./data-keys.js";
import type { Keyring } from "./keyring.js";

/** A person as an application names them. */
export interface SubjectName {
  readonly tenant: string | undefined;
  readonly id: string;
}

/** A row that speaks of a subject, with its key. */
export interface KeptSubject extends SubjectRecord {
  readonly created: string;
}

interface Parts {
  readonly state: Pick<State, "db" | "transact">;
  readonly keyring: Keyring;
  /** 32 bytes: rows are found by a keyed hash, so that the table tells no names. */
  readonly lookupKey: Uint8Array;
  readonly now: () => number;
}

type Trx = Parameters<Parameters<State["transact"]>[0]>[0];

/** Rows in one transaction; SQLite takes 32,766 parameters. */
const MAX_BATCH = 500;

const nameContext = (alias: string): Buffer => Buffer.from(`telltale subject name v1\0${alias}`);

/** Aliases and keys of subjects, in the state. */
export class SubjectStore {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The records of subjects, made where there are none: one alias for each until it is erased. Durable when it resolves. */
  async ensure(names: readonly SubjectName[]): Promise<SubjectRecord[]> {
    const records: SubjectRecord[] = [];
    for (let at = 0; at < names.length; at += MAX_BATCH) {
      const some = names.slice(at, at + MAX_BATCH);
      records.push(...(await this.#parts.state.transact((trx) => this.#ensureSome(trx, some))));
    }
    return records;
  }

  /** The record of a subject; undefined when there is none. */
  async find(name: SubjectName): Promise<KeptSubject | undefined> {
    const row = await this.#rows(this.#parts.state.db)
      .where("subjects.lookup", "=", this.#toLookup(name))
      .executeTakeFirst();
    return row === undefined ? undefined : { ...this.#toRecord(row), created: row.created };
  }

  async byAlias(alias: string): Promise<KeptSubject | undefined> {
    const row = await this.#rows(this.#parts.state.db).where("subjects.alias", "=", alias).executeTakeFirst();
    return row === undefined ? undefined : { ...this.#toRecord(row), created: row.created };
  }

  /** The id behind an alias; undefined when there is none (any more). */
  async nameOf(alias: string): Promise<SubjectName | undefined> {
    const row = await this.#rows(this.#parts.state.db).where("subjects.alias", "=", alias).executeTakeFirst();
    if (row === undefined) return undefined;
    const { key } = this.#toRecord(row);
    const id = openBytes(key.key, Buffer.from(row.name, "base64url"), nameContext(alias));
    return id === undefined
      ? undefined
      : { tenant: row.tenant === "" ? undefined : row.tenant, id: id.toString("utf8") };
  }

  async #ensureSome(trx: Trx, names: readonly SubjectName[]): Promise<SubjectRecord[]> {
    const lookups = names.map((name) => this.#toLookup(name));
    const rows = await this.#rows(trx).where("subjects.lookup", "in", lookups).execute();
    const known = new Map<string, SubjectRecord>(rows.map((row) => [row.lookup, this.#toRecord(row)]));
    const created = new Date(this.#parts.now()).toISOString();
    for (const [i, name] of names.entries()) {
      const lookup = lookups[i]!;
      if (!known.has(lookup)) known.set(lookup, await this.#insert(trx, name, lookup, created));
    }
    return lookups.map((lookup) => known.get(lookup)!);
  }

  async #insert(
    trx: Trx,
    { tenant = "", id }: SubjectName,
    lookup: string,
    created: string,
  ): Promise<SubjectRecord> {
    const alias = makeAlias();
    const key = await insertDataKey(trx, this.#parts.keyring, { tenant, scope: "subject" }, created);
    // Under the subject's own key, so that it goes when the key goes.
    const name = sealBytes(key.key, Buffer.from(id), nameContext(alias)).toString("base64url");
    await trx
      .insertInto("subjects")
      .values({ lookup, tenant, alias, key_id: key.id, name, created })
      .execute();
    return { alias, key };
  }

  #rows(db: Trx | State["db"]) {
    return db
      .selectFrom("subjects")
      .innerJoin("data_keys", "data_keys.id", "subjects.key_id")
      .select([
        "subjects.lookup",
        "subjects.alias",
        "subjects.name",
        "subjects.created",
        "data_keys.id",
        "data_keys.tenant",
        "data_keys.scope",
        "data_keys.wrapping_key",
        "data_keys.wrapped",
      ]);
  }

  #toRecord(
    row: Pick<Tables["data_keys"], "id" | "scope" | "wrapping_key" | "wrapped"> & {
      tenant: string;
      alias: string;
    },
  ): SubjectRecord {
    return { alias: row.alias, key: toDataKey(this.#parts.keyring, row) };
  }

  #toLookup({ tenant = "", id }: SubjectName): string {
    return createHmac("sha256", this.#parts.lookupKey)
      .update(JSON.stringify([tenant, id]))
      .digest("base64url");
  }
}
