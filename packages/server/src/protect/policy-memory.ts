// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";

const NAME = "protection_policy";

/** What decides how events are protected, by its hashes. */
export interface PolicyInForce {
  /** As in `protected.policy` of events: the policy and everything that finds. */
  readonly version: string;
  /** Of the file alone; "default" when there is none. */
  readonly file: string;
}

const stored = z.object({ version: z.string(), file: z.string() });

/** Tells with an event when another policy is in force than at the last start; then remembers it. */
export async function noticePolicy(
  { db }: Pick<State, "db">,
  selfLog: Pick<SealingSelfLog, "seal">,
  now: PolicyInForce,
): Promise<void> {
  const row = await db.selectFrom("meta").select("value").where("name", "=", NAME).executeTakeFirst();
  const before = row === undefined ? undefined : stored.parse(JSON.parse(row.value));
  if (before?.version === now.version && before.file === now.file) return;
  // The first start under the default changes nothing that anybody knew.
  if (before !== undefined || now.file !== "default") {
    await selfLog.seal([
      {
        action: "log_protection_changed",
        reason: before?.file === now.file ? "new_version" : "policy",
        message: "Events are protected by another policy than before",
        targets: [{ type: "policy", id: now.version }],
        data: { from: before ?? null, to: { ...now } },
      },
    ]);
  }
  // True now: the event is in the log. If we die here the next start tells it once more, which harms nobody.
  const value = JSON.stringify(now);
  await db
    .insertInto("meta")
    .values({ name: NAME, value })
    .onConflict((on) => on.column("name").doUpdateSet({ value }))
    .execute();
}
