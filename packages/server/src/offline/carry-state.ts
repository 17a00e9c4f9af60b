// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { openState } from "../state/state.js";

/** How many people and keys came along. */
export interface Carried {
  users: number;
  apiKeys: number;
}

/**
 * Take people and API keys into the state of a successor, so that applications go on with the keys that they have. All else in the
 * state speaks of the old log (cursors, alerts, reviews) or of moments that are over (sessions) and stays behind. The old state
 * is read from a copy: opening it would change it. Nothing when there is none.
 */
export async function carryState(from: string, to: string): Promise<Carried> {
  const file = path.join(from, "state.db");
  if (!existsSync(file)) return { users: 0, apiKeys: 0 };
  const copy = mkdtempSync(path.join(to, "state-"));
  try {
    for (const end of ["", "-wal"])
      if (existsSync(`${file}${end}`)) cpSync(`${file}${end}`, path.join(copy, `state.db${end}`));
    const old = openState(path.join(copy, "state.db"));
    const fresh = openState(path.join(to, "state.db"));
    try {
      const users = await old.db.selectFrom("users").selectAll().execute();
      const apiKeys = await old.db.selectFrom("api_keys").selectAll().execute();
      for (const user of users) await fresh.db.insertInto("users").values(user).execute();
      for (const key of apiKeys) await fresh.db.insertInto("api_keys").values(key).execute();
      return { users: users.length, apiKeys: apiKeys.length };
    } finally {
      await old.close();
      await fresh.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
