// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import type { Kysely } from "kysely";
import { writeCursor } from "../state/cursors.js";
import type { State } from "../state/state.js";
import type { Tables } from "../state/tables.js";
import type { Alert, AlertProgress } from "./alert.js";
import { addFinding, type Draft, type DraftContext, openDraft, toDraft, toDraftColumns } from "./draft.js";
import { toAlertId } from "./grouping.js";
import type { AlertNotices } from "./notify/notice-queue.js";
import { addChanges, TENANT, toAlerts, toStoredKey } from "./rows.js";
import type { AlertLevel } from "./words.js";

const FINDINGS_AT_ONCE = 200;

export interface RecordParts {
  readonly state: State;
  readonly notices: AlertNotices;
  readonly alertLevel: AlertLevel;
  readonly now: () => number;
}

/** What one transaction has changed. */
export interface Recorded {
  readonly alerts: readonly { alert: Alert; change: "new" | "repeated" }[];
  /** Notifications for which there was no room. */
  readonly dropped: number;
}

/** Records findings, some hundreds in one transaction; the follower's cursor moves with the last of them. */
export async function* recordFindings(
  parts: RecordParts,
  findings: readonly Finding[],
  progress: AlertProgress,
): AsyncGenerator<Recorded> {
  // Many small transactions instead of one: a flood of findings must not hold the thread for seconds. If we die between
  // two, the findings of the first come again and change nothing.
  let at = 0;
  do {
    const part = findings.slice(at, at + FINDINGS_AT_ONCE);
    at += FINDINGS_AT_ONCE;
    if (at > FINDINGS_AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
    yield await recordPart(parts, part, progress, at >= findings.length);
  } while (at < findings.length);
}

function recordPart(
  { state, notices, alertLevel, now }: RecordParts,
  findings: readonly Finding[],
  progress: AlertProgress,
  isLast: boolean,
): Promise<Recorded> {
  const context = { at: new Date(now()).toISOString(), alertLevel };
  return state.transact(async (trx) => {
    const log = progress.log ?? "main";
    const folded = await foldAll(trx, log, findings, context);
    for (const { draft, of } of folded) await write(trx, draft, of, log, context.at);
    const drafts = folded.map(({ draft }) => draft);
    const ids = drafts.map(({ id }) => id);
    const rows =
      ids.length === 0 ? [] : await trx.selectFrom("alerts").selectAll().where("id", "in", ids).execute();
    const alerts = await toAlerts(trx, rows);
    let dropped = 0;
    const byId = new Map(drafts.map((draft) => [draft.id, draft]));
    for (const alert of alerts) {
      const reason = byId.get(alert.id)?.reason;
      if (reason !== undefined) dropped += await notices.queue(trx, alert, reason, context.at);
    }
    // True now: alerts, deliveries and cursor are in one transaction. If we die before its commit none of them
    // happened. The follower starts at the old cursor, finds the same again and records it.
    if (isLast) await writeCursor(trx, { ...progress, version: progress.version ?? 1 }, context.at);
    return {
      alerts: alerts.map((alert) => ({ alert, change: toChangeWord(byId.get(alert.id)) })),
      dropped,
    };
  });
}

function toChangeWord(draft: Draft | undefined): "new" | "repeated" {
  return draft === undefined || draft.isStored ? "repeated" : "new";
}

/** Findings of one batch are folded here before anything is written. */
async function foldAll(
  trx: Kysely<Tables>,
  log: string,
  findings: readonly Finding[],
  context: DraftContext,
): Promise<{ draft: Draft; of: Finding }[]> {
  const drafts = new Map<string, { draft: Draft; of: Finding }>();
  for (const finding of findings) {
    const slot = JSON.stringify([finding.ruleId, finding.key]);
    const known = drafts.get(slot)?.draft ?? (await find(trx, log, finding));
    const draft =
      known === undefined
        ? openDraft(toAlertId(TENANT, log, finding), finding, context)
        : addFinding(known, finding, context);
    drafts.set(slot, { draft, of: finding });
  }
  return [...drafts.values()].filter(({ draft }) => draft.changed);
}

/** The alert of the rule and key, open or resolved: a resolved one still says up to which event findings are old. */
async function find(trx: Kysely<Tables>, log: string, finding: Finding): Promise<Draft | undefined> {
  const row = await trx
    .selectFrom("alerts")
    .selectAll()
    .where("tenant", "=", TENANT)
    .where("log", "=", log)
    .where("rule_id", "=", finding.ruleId)
    .where("group_key", "=", toStoredKey(finding.key))
    .orderBy("last_trigger", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : toDraft(row);
}

async function write(
  trx: Kysely<Tables>,
  draft: Draft,
  { ruleId, key }: Finding,
  log: string,
  at: string,
): Promise<void> {
  const columns = { ...toDraftColumns(draft), updated: at };
  if (draft.isStored) {
    await trx.updateTable("alerts").set(columns).where("id", "=", draft.id).execute();
  } else {
    await trx
      .insertInto("alerts")
      .values({
        id: draft.id,
        tenant: TENANT,
        log,
        rule_id: ruleId,
        group_key: toStoredKey(key),
        assignee: null,
        created: at,
        ...columns,
      })
      .execute();
  }
  await addChanges(
    trx,
    draft.changes.map((change) => ({ alertId: draft.id, change })),
  );
}
