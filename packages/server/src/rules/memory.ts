// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { State } from "../state/state.js";
import type { RuleMark } from "./changes.js";

const NAME = "rules_in_force";

const stored = z.object({
  name: z.string(),
  marks: z.array(z.object({ id: z.string(), title: z.string(), fingerprint: z.string() })),
});

/** The rules that were told of last, so that a change made while the server was stopped is told of as well. */
export interface ToldRules {
  readonly name: string;
  readonly marks: readonly RuleMark[];
}

export async function loadTold({ db }: Pick<State, "db">): Promise<ToldRules | undefined> {
  const row = await db.selectFrom("meta").select("value").where("name", "=", NAME).executeTakeFirst();
  return row === undefined ? undefined : stored.parse(JSON.parse(row.value));
}

export async function saveTold({ db }: Pick<State, "db">, { name, marks }: ToldRules): Promise<void> {
  const value = JSON.stringify({ name, marks });
  await db
    .insertInto("meta")
    .values({ name: NAME, value })
    .onConflict((on) => on.column("name").doUpdateSet({ value }))
    .execute();
}
