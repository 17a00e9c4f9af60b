// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Selectable } from "kysely";
import type { AlertHistoryTable, AlertTable, Tables } from "../state/tables.js";
import type { Alert, AlertChange } from "./alert.js";
import type { Folded } from "./grouping.js";
import { toLevelOrder } from "./grouping.js";

export type AlertRow = Selectable<AlertTable>;
type HistoryRow = Selectable<AlertHistoryTable>;

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

function toAlert(row: AlertRow, history: AlertChange[]): Alert {
  const { description, tags, group, level, count, firstTime, lastTime, evidence } = toFolded(row);
  return {
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    ...(description === undefined ? {} : { description }),
    level,
    tags: [...tags],
    status: row.status as Alert["status"],
    ...(row.verdict === null ? {} : { verdict: row.verdict as NonNullable<Alert["verdict"]> }),
    ...(row.assignee === null ? {} : { assignee: row.assignee }),
    key: JSON.parse(row.group_key) as string,
    group: { ...group },
    count,
    firstTime,
    lastTime,
    evidence: [...evidence],
    createdAt: row.created,
    updatedAt: row.updated,
    history,
  };
}

/** Rows with their history, in the order given; two queries however many. */
export async function toAlerts(db: Kysely<Tables>, rows: readonly AlertRow[]): Promise<Alert[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const changes = await db
    .selectFrom("alert_history")
    .selectAll()
    .where("alert_id", "in", ids)
    .orderBy("id")
    .execute();
  const byAlert = new Map<string, AlertChange[]>(ids.map((id) => [id, []]));
  for (const change of changes) byAlert.get(change.alert_id)?.push(toChange(change));
  return rows.map((row) => toAlert(row, byAlert.get(row.id) ?? []));
}

/** Adds one entry to the history; entries are never changed. */
export async function addChange(
  db: Kysely<Tables>,
  alertId: string,
  { at, by, field, from, to }: AlertChange,
): Promise<void> {
  await db
    .insertInto("alert_history")
    .values({
      alert_id: alertId,
      at,
      by_kind: by.kind,
      by_id: by.id,
      by_name: by.name ?? null,
      field,
      from_value: from ?? null,
      to_value: to ?? null,
    })
    .execute();
}
