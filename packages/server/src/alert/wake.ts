// SPDX-License-Identifier: Apache-2.0
import type { Recorded, RecordParts } from "./record.js";
import { addChanges, TENANT, toAlerts } from "./rows.js";

const SYSTEM = { kind: "system", id: "alerts" } as const;
/** Alerts woken in one go; the rest follows with the next look. */
const AT_ONCE = 200;

/** Ends the snooze of alerts whose time is over: they are again what they were, and are told again. */
export function wakeSnoozed({ state, notices, now }: RecordParts): Promise<Recorded> {
  const at = new Date(now()).toISOString();
  return state.transact(async (trx) => {
    const due = await trx
      .selectFrom("alerts")
      .selectAll()
      .where("tenant", "=", TENANT)
      .where("snoozed_until", "<=", now())
      .limit(AT_ONCE)
      .execute();
    const ids = due.map(({ id }) => id);
    for (const { id, suppressed_from } of due) {
      const status = suppressed_from ?? "new";
      const silence = { suppressed_from: null, snoozed_until: null, muted_until_count: null };
      await trx
        .updateTable("alerts")
        .set({ ...silence, status, updated: at })
        .where("id", "=", id)
        .execute();
      await addChanges(trx, [
        { alertId: id, change: { at, by: SYSTEM, field: "woken", from: "snooze", to: status } },
      ]);
    }
    const rows =
      ids.length === 0 ? [] : await trx.selectFrom("alerts").selectAll().where("id", "in", ids).execute();
    const alerts = await toAlerts(trx, rows);
    let dropped = 0;
    for (const alert of alerts)
      if (alert.kind === "alert") dropped += await notices.queue(trx, alert, "snooze_over", at);
    return {
      alerts: alerts.map((alert) => ({ alert, change: "repeated" as const })),
      dropped,
    };
  });
}
