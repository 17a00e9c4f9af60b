// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import { toLevelOrder } from "../alert/grouping.js";
import type { Tables } from "../state/tables.js";
import type { ReviewGroup, ReviewRow, ReviewSection } from "./content.js";
import { REVIEW_LIMITS, toShown } from "./gather.js";
import type { Period } from "./schedule.js";

const TENANT = "";

interface Facts {
  readonly id: string;
  readonly group_key: string;
  readonly group_fields: string;
  readonly title: string;
  readonly level: string;
  readonly status: string;
  readonly verdict: string | null;
  readonly evidence: string;
  readonly raised: string;
}

const STATUS_WORDS: ReadonlyMap<string, string> = new Map([
  ["new", "new"],
  ["in_progress", "in progress"],
  ["suppressed", "suppressed"],
  ["resolved", "resolved"],
]);

/** Whom or what an alert is about: `actor.id alice · client.ip 203.0.113.7`, as the alerts page says it. */
function toSubject({ group_key, group_fields }: Facts): string {
  const fields = Object.entries(JSON.parse(group_fields) as Record<string, string>);
  if (fields.length === 0) return JSON.parse(group_key) as string;
  return fields.map(([field, value]) => `${field} ${value}`).join(" · ");
}

function toRow(facts: Facts): ReviewRow {
  const { id, title, level, status, verdict, evidence, raised } = facts;
  const [first] = JSON.parse(evidence) as number[];
  const verdictWords = verdict === null ? "no verdict" : verdict.replaceAll("_", " ");
  const subject = toSubject(facts);
  // The subject is last: an attacker may choose it, and what is too long is cut at its end.
  const words = `${title}: ${STATUS_WORDS.get(status) ?? status}, ${verdictWords}${subject === "" ? "" : ` · ${subject}`}`;
  return { index: first ?? null, at: raised, level, text: toShown(words), alert: id };
}

const COLUMNS = [
  "id",
  "group_key",
  "group_fields",
  "title",
  "level",
  "status",
  "verdict",
  "evidence",
  "raised",
] as const;

/** The alerts that were raised in a period, with the verdicts that they have now. */
export async function gatherAlerts(db: Kysely<Tables>, period: Period): Promise<ReviewSection> {
  const raised = db
    .selectFrom("alerts")
    .where("tenant", "=", TENANT)
    // One that came back in the period belongs to it, however old. Findings that nobody was told of, too.
    .where("raised", ">=", new Date(period.from).toISOString())
    .where("raised", "<", new Date(period.to).toISOString());
  const groups: ReviewGroup[] = [];
  for (const column of ["level", "status", "verdict", "title"] as const) {
    const rows = await raised
      .select((eb) => [eb.ref(column).as("value"), eb.fn.countAll<number>().as("count")])
      .groupBy(column)
      .orderBy("count", "desc")
      .orderBy(column)
      .execute();
    const top = rows
      .slice(0, REVIEW_LIMITS.top)
      .map(({ value, count }) => ({ value: toShown(value ?? "none"), count }));
    if (rows.length > 0) groups.push({ field: column, distinct: rows.length, top });
  }
  const { count } = await raised
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  const rows = await raised
    .select([...COLUMNS])
    .orderBy("raised", "desc")
    .orderBy("id")
    .limit(REVIEW_LIMITS.rows)
    .execute();
  return toSection("alerts", "Alerts and verdicts", count, groups, rows);
}

/** Alerts of level high and critical, of any age, that nobody has resolved: what a reviewer must not sign unseen. */
export async function gatherUndecided(db: Kysely<Tables>, { to }: Period): Promise<ReviewSection> {
  const open = db
    .selectFrom("alerts")
    .where("tenant", "=", TENANT)
    .where("status", "!=", "resolved")
    .where("level_order", ">=", toLevelOrder("high"))
    .where("raised", "<", new Date(to).toISOString());
  const counted = await open
    .select((eb) => ["level", eb.fn.countAll<number>().as("count")])
    .groupBy("level")
    .orderBy("level_order", "desc")
    .execute();
  const rows = await open
    .select([...COLUMNS])
    .orderBy("level_order", "desc")
    .orderBy("raised")
    .orderBy("id")
    .limit(REVIEW_LIMITS.rows)
    .execute();
  const top = counted.map(({ level, count }) => ({ value: level, count }));
  const total = top.reduce((sum, { count }) => sum + count, 0);
  const groups = top.length === 0 ? [] : [{ field: "level", distinct: top.length, top }];
  return toSection("undecided", "High-risk alerts without a decision", total, groups, rows);
}

function toSection(
  id: string,
  title: string,
  count: number,
  groups: readonly ReviewGroup[],
  rows: readonly Facts[],
): ReviewSection {
  return { id, title, query: null, count, complete: true, missing: [], groups, rows: rows.map(toRow) };
}
