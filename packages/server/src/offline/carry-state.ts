// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import type { Destroyed } from "../protect/erase/find-certificates.js";
import { openState, type State } from "../state/state.js";
import { type CarriedKeys, carryKeys, NO_KEYS } from "./carry-keys.js";

/** How many people and keys came along. */
export interface Carried extends CarriedKeys {
  users: number;
  apiKeys: number;
}

/**
 * Take people, API keys, and the keys and aliases of protection into the state of a successor: applications go on with the keys that they have, the old events can
 * be revealed, and who has an alias keeps it. All else in the state speaks of the old log (cursors, alerts, reviews, holds) or of moments that are over
 * (sessions) and stays behind. What the log says was destroyed stays destroyed. The old state is read from a copy: opening it would change it.
 * Nothing when there is none.
 */
export async function carryState(
  from: string,
  to: string,
  destroyed: readonly Destroyed[],
): Promise<Carried> {
  const file = path.join(from, "state.db");
  if (!existsSync(file)) return { users: 0, apiKeys: 0, ...NO_KEYS };
  const copy = mkdtempSync(path.join(to, "state-"));
  try {
    for (const end of ["", "-wal"])
      if (existsSync(`${file}${end}`)) cpSync(`${file}${end}`, path.join(copy, `state.db${end}`));
    const old = openState(path.join(copy, "state.db"));
    const fresh = openState(path.join(to, "state.db"));
    try {
      const people = await carryPeople(old, fresh);
      return { ...people, ...(await carryKeys({ old, fresh, from, to, destroyed })) };
    } finally {
      await old.close();
      await fresh.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function carryPeople(old: State, fresh: State): Promise<Pick<Carried, "users" | "apiKeys">> {
  const users = await old.db.selectFrom("users").selectAll().execute();
  const apiKeys = await old.db.selectFrom("api_keys").selectAll().execute();
  for (const user of users) await fresh.db.insertInto("users").values(user).execute();
  for (const key of apiKeys) await fresh.db.insertInto("api_keys").values(key).execute();
  return { users: users.length, apiKeys: apiKeys.length };
}
