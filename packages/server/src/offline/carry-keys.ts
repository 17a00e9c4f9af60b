// SPDX-License-Identifier: Apache-2.0
import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { destroySubject } from "../protect/erase/destroy.js";
import type { Destroyed } from "../protect/erase/find-certificates.js";
import { POLICY_FILE } from "../protect/policy-file.js";
import type { State } from "../state/state.js";

/** What came along of the protection of events. */
export interface CarriedKeys {
  /** Wrapped data keys, those of people among them. */
  dataKeys: number;
  /** People with an alias. */
  subjects: number;
  /** People that the copy of the state still knew, and a certificate in the log says were erased: they did not come along. */
  erasedAgain: number;
  /** `copied`: the file of the root key came along. `elsewhere`: the successor has to be given the variable or KMS of the old server. `none`: there are no keys. */
  rootKey: "copied" | "elsewhere" | "none";
  /** Whether the policy came along. */
  policy: boolean;
}

export const NO_KEYS: CarriedKeys = {
  dataKeys: 0,
  subjects: 0,
  erasedAgain: 0,
  rootKey: "none",
  policy: false,
};

interface Places {
  readonly old: State;
  readonly fresh: State;
  readonly from: string;
  readonly to: string;
  readonly destroyed: readonly Destroyed[];
}

type Rows = Parameters<Parameters<State["transact"]>[0]>[0];

/** Rows in one statement; SQLite takes 32,766 parameters. */
const ROWS = 500;
const TABLES = ["wrapping_keys", "data_keys", "subjects", "token_epochs", "erased_keys", "erasures"] as const;

/**
 * Keys stay wrapped as they are: whoever has no root key can copy them and read none. What certificates say was destroyed is never written into the fresh
 * state.
 */
export async function carryKeys(places: Places): Promise<CarriedKeys> {
  const { old, fresh, from, to, destroyed } = places;
  const erasedAgain = await fresh.transact(async (trx) => {
    const gone = await copyWithout(old, trx, destroyed);
    await reopen(trx);
    for (const each of destroyed) {
      await destroySubject(trx, each); // notes that its keys are erased
      await trx
        .updateTable("erasures")
        .set({ status: "done" })
        .where("alias", "=", each.alias)
        .where("status", "in", ["requested", "approved", "destroyed"])
        .execute();
    }
    return gone;
  });
  await fresh.truncate();
  const count = async (table: "data_keys" | "subjects" | "wrapping_keys"): Promise<number> => {
    const row = await fresh.db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    return row.rows;
  };
  const hasKeys = (await count("wrapping_keys")) > 0;
  return {
    dataKeys: await count("data_keys"),
    subjects: await count("subjects"),
    erasedAgain,
    rootKey: hasKeys ? copyRootKey(from, to) : "none",
    policy: copyPolicy(from, to),
  };
}

/** Copies the rows, and says how many people were left out. */
async function copyWithout(old: State, trx: Rows, destroyed: readonly Destroyed[]): Promise<number> {
  const keys = new Set(destroyed.flatMap((each) => each.keys));
  const aliases = new Set(destroyed.map(({ alias }) => alias));
  const known = await old.db.selectFrom("subjects").select(["alias", "key_id"]).execute();
  for (const { alias, key_id } of known) if (aliases.has(alias)) keys.add(key_id);
  let left = 0;
  for (const table of TABLES) {
    const rows = await old.db.selectFrom(table).selectAll().execute();
    const kept = rows.filter((row) => {
      if (table === "subjects" && "key_id" in row) return !aliases.has(row.alias) && !keys.has(row.key_id);
      return !(table === "data_keys" && "id" in row && keys.has(row.id));
    });
    if (table === "subjects") left = rows.length - kept.length;
    await insertRows(trx, table, kept);
  }
  return left;
}

async function insertRows(trx: Rows, table: (typeof TABLES)[number], rows: readonly object[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS)
    await trx
      .insertInto(table)
      .values(rows.slice(at, at + ROWS))
      .execute();
}

/**
 * What was approved and waited for a legal hold of the old log needs another approval: the successor knows no such hold. What was destroyed and not certified yet
 * is certified by the successor.
 */
async function reopen(trx: Rows): Promise<void> {
  await trx
    .updateTable("erasures")
    .set({ status: "requested", decided: null, decided_by: null, held_by: "[]" })
    .where("status", "=", "approved")
    .execute();
}

function copyRootKey(from: string, to: string): "copied" | "elsewhere" {
  const file = path.join(from, "keys", "protect.key");
  if (!existsSync(file)) return "elsewhere";
  copyPrivately(file, path.join(to, "keys", "protect.key"));
  return "copied";
}

function copyPolicy(from: string, to: string): boolean {
  const file = path.join(from, POLICY_FILE);
  if (!existsSync(file)) return false;
  copyPrivately(file, path.join(to, POLICY_FILE));
  return true;
}

function copyPrivately(file: string, copy: string): void {
  mkdirSync(path.dirname(copy), { recursive: true, mode: 0o700 });
  // Made with its mode first: there is no moment at which another user of the machine could read it.
  closeSync(openSync(copy, "wx", 0o600));
  copyFileSync(file, copy);
  chmodSync(copy, 0o600);
  const fd = openSync(copy, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
