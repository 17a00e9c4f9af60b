// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Selectable } from "kysely";
import type { AlertCheckTable, AlertHistoryTable, AlertTable, Tables } from "../state/tables.js";
import type { Alert, AlertChange, AlertCheck } from "./alert.js";
import type { Folded } from "./grouping.js";
import { toLevelOrder } from "./grouping.js";

export type AlertRow = Selectable<AlertTable>;
type HistoryRow = Selectable<AlertHistoryTable>;
type CheckRow = Selectable<AlertCheckTable>;

/** There is one tenant. */
export const TENANT = "";
/** Rows in one statement: SQLite takes so many values. */
const ROWS_AT_ONCE = 500;

/**
 * The form in which a key is stored: a JSON string. Keys are values that attackers choose; SQLite's text ends at NUL
 * for some readers and has no lone surrogates, and two people must not become one alert because of it.
 */
export function toStoredKey(key: string): string {
  return JSON.stringify(key);
}

/** The columns that findings change. */
export function toColumns(folded: Folded) {
  return {
    group_fields: JSON.stringify(folded.group),
    title: folded.title,
    description: folded.description ?? null,
    level: folded.level,
    level_order: toLevelOrder(folded.level),
    tags: JSON.stringify(folded.tags),
    count: folded.count,
    first_time: folded.firstTime,
    last_time: folded.lastTime,
    evidence: JSON.stringify(folded.evidence),
    last_trigger: folded.lastTrigger,
  };
}

/** The other way round; the JSON in the columns is our own. */
export function toFolded(row: AlertRow): Folded {
  return {
    level: row.level as Alert["level"],
    title: row.title,
    description: row.description ?? undefined,
    tags: JSON.parse(row.tags) as string[],
    group: JSON.parse(row.group_fields) as Record<string, string>,
    count: row.count,
    firstTime: row.first_time,
    lastTime: row.last_time,
    evidence: JSON.parse(row.evidence) as number[],
    lastTrigger: row.last_trigger,
  };
}

function toChange(row: HistoryRow): AlertChange {
  return {
    at: row.at,
    by: {
      kind: row.by_kind as AlertChange["by"]["kind"],
      id: row.by_id,
      ...(row.by_name === null ? {} : { name: row.by_name }),
    },
    field: row.field as AlertChange["field"],
    ...(row.from_value === null ? {} : { from: row.from_value }),
    ...(row.to_value === null ? {} : { to: row.to_value }),
  };
}

function toCheck(row: CheckRow): AlertCheck {
  const { step, text, at, by_kind: kind, by_id: id, by_name: name } = row;
  return {
    step,
    text,
    at,
    by: { kind: kind as AlertChange["by"]["kind"], id, ...(name === null ? {} : { name }) },
  };
}

function toAlert(row: AlertRow, history: AlertChange[], checks: AlertCheck[]): Alert {
  const { description, tags, group, level, count, firstTime, lastTime, evidence } = toFolded(row);
  return {
    id: row.id,
    kind: row.is_alert === 1 ? "alert" : "finding",
    ruleId: row.rule_id,
    title: row.title,
    ...(description === undefined ? {} : { description }),
    level,
    tags: [...tags],
    status: row.status as Alert["status"],
    ...(row.verdict === null ? {} : { verdict: row.verdict as NonNullable<Alert["verdict"]> }),
    ...(row.duplicate_of === null ? {} : { duplicateOf: row.duplicate_of }),
    ...(row.assignee === null ? {} : { assignee: row.assignee }),
    key: JSON.parse(row.group_key) as string,
    group: { ...group },
    count,
    firstTime,
    lastTime,
    evidence: [...evidence],
    risk: row.risk,
    regressed: row.regressed,
    ...(row.snoozed_until === null ? {} : { snoozedUntil: row.snoozed_until }),
    ...(row.muted_until_count === null ? {} : { mutedUntilCount: row.muted_until_count }),
    checks,
    createdAt: row.created,
    raisedAt: row.raised,
    updatedAt: row.updated,
    history,
  };
}

/** Rows with their history and checks, in the order given; a few queries however many. */
export async function toAlerts(db: Kysely<Tables>, rows: readonly AlertRow[]): Promise<Alert[]> {
  const histories = new Map<string, AlertChange[]>(rows.map((row) => [row.id, []]));
  const checks = new Map<string, AlertCheck[]>(rows.map((row) => [row.id, []]));
  for (const ids of chunks([...histories.keys()])) {
    const changes = await db
      .selectFrom("alert_history")
      .selectAll()
      .where("alert_id", "in", ids)
      .orderBy("id")
      .execute();
    for (const change of changes) histories.get(change.alert_id)?.push(toChange(change));
    const done = await db
      .selectFrom("alert_checks")
      .selectAll()
      .where("alert_id", "in", ids)
      .orderBy("at")
      .execute();
    for (const check of done) checks.get(check.alert_id)?.push(toCheck(check));
  }
  return rows.map((row) => toAlert(row, histories.get(row.id) ?? [], checks.get(row.id) ?? []));
}

/** A list in pieces that fit one statement. */
export function* chunks<T>(list: readonly T[]): Generator<T[]> {
  for (let at = 0; at < list.length; at += ROWS_AT_ONCE) yield list.slice(at, at + ROWS_AT_ONCE);
}

/** Adds entries to the history; entries are never changed. */
export async function addChanges(
  db: Kysely<Tables>,
  changes: readonly { alertId: string; change: AlertChange }[],
): Promise<void> {
  const rows = changes.map(({ alertId, change: { at, by, field, from, to } }) => ({
    alert_id: alertId,
    at,
    by_kind: by.kind,
    by_id: by.id,
    by_name: by.name ?? null,
    field,
    from_value: from ?? null,
    to_value: to ?? null,
  }));
  for (const part of chunks(rows)) await db.insertInto("alert_history").values(part).execute();
}
