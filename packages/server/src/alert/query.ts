// SPDX-License-Identifier: Apache-2.0
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import { ApiError } from "../errors.js";
import type { Tables } from "../state/tables.js";
import type { AlertFilter, AlertPage, AlertWhere } from "./alert.js";
import { type AlertRow, TENANT, toAlerts } from "./rows.js";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

type Order = NonNullable<AlertFilter["order"]>;

/** Conditions of a filter, for `where` of any statement about alerts. */
export function toCondition(where: AlertWhere) {
  return (eb: ExpressionBuilder<Tables, "alerts">) => {
    const { status, kind = "alert", levels, rule, verdict, assignee, text, since } = where;
    const all = [eb("tenant", "=", TENANT)];
    if (kind !== "any") all.push(eb("is_alert", "=", kind === "alert" ? 1 : 0));
    if (status === "open") all.push(eb("status", "in", ["new", "in_progress"]));
    else if (status !== undefined) all.push(eb("status", "=", status));
    if (levels !== undefined && levels.length > 0) all.push(eb("level", "in", [...levels]));
    if (rule !== undefined) all.push(eb("rule_id", "=", rule));
    if (verdict === "none") all.push(eb("verdict", "is", null));
    else if (verdict !== undefined) all.push(eb("verdict", "=", verdict));
    if (assignee === "none") all.push(eb("assignee", "is", null));
    else if (assignee !== undefined) all.push(eb("assignee", "=", assignee.name));
    if (since !== undefined) all.push(eb("last_time", ">=", since));
    if (text !== undefined && text !== "") {
      // instr, not LIKE: nothing in the text is a wildcard. Values in the group are JSON, so the text is looked for as JSON.
      const json = JSON.stringify(text).slice(1, -1);
      all.push(
        eb.or([
          sql<boolean>`instr(lower(title), lower(${text})) > 0`,
          sql<boolean>`instr(lower(group_fields), lower(${json})) > 0`,
          eb("id", "=", text),
        ]),
      );
    }
    return eb.and(all);
  };
}

/** How many alerts a filter finds. */
export async function countAlerts(db: Kysely<Tables>, where: AlertWhere): Promise<number> {
  const row = await db
    .selectFrom("alerts")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where(toCondition(where))
    .executeTakeFirstOrThrow();
  return row.n;
}

function toCursorText(row: AlertRow, order: Order): string {
  const place = order === "time" ? [row.last_time, row.id] : [row.risk, row.last_time, row.id];
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function parseCursor(text: string, order: Order): { numbers: number[]; id: string } {
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(0, 300), "base64url").toString());
    if (Array.isArray(value) && value.length === (order === "time" ? 2 : 3)) {
      const numbers: unknown[] = value.slice(0, -1);
      const id: unknown = value.at(-1);
      if (numbers.every((each): each is number => Number.isSafeInteger(each)) && typeof id === "string")
        return { numbers, id };
    }
  } catch {
    // Falls through: what cannot be read is answered like what does not fit.
  }
  throw new ApiError("bad_request", { message: "cursor: not one that this server gave for this list." });
}

/** Rows after the cursor in the order of the list. */
function afterCursor(text: string, order: Order) {
  const { numbers, id } = parseCursor(text, order);
  return (eb: ExpressionBuilder<Tables, "alerts">) => {
    const [time] = numbers.slice(-1) as [number];
    const later = eb.or([
      eb("last_time", "<", time),
      eb.and([eb("last_time", "=", time), eb("id", "<", id)]),
    ]);
    if (order === "time") return later;
    const [risk] = numbers as [number];
    return eb.or([eb("risk", "<", risk), eb.and([eb("risk", "=", risk), later])]);
  };
}

/** One page, with how many there are in all. */
export async function listAlerts(db: Kysely<Tables>, filter: AlertFilter): Promise<AlertPage> {
  const { limit = DEFAULT_LIMIT, order = "time", cursor } = filter;
  const size = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
  let query = db.selectFrom("alerts").selectAll().where(toCondition(filter));
  if (cursor !== undefined) query = query.where(afterCursor(cursor, order));
  if (order === "risk") query = query.orderBy("risk", "desc");
  const rows = await query
    .orderBy("last_time", "desc")
    .orderBy("id", "desc")
    .limit(size + 1)
    .execute();
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const next = rows.length > size && last !== undefined ? toCursorText(last, order) : null;
  return { alerts: await toAlerts(db, page), next, total: await countAlerts(db, filter) };
}

/** Other alerts of the same rule, or with the same key of another rule; the newest first. */
export async function findSimilar(db: Kysely<Tables>, row: AlertRow, limit: number): Promise<AlertRow[]> {
  return db
    .selectFrom("alerts")
    .selectAll()
    .where("tenant", "=", TENANT)
    .where("id", "!=", row.id)
    .where((eb) => eb.or([eb("rule_id", "=", row.rule_id), eb("group_key", "=", row.group_key)]))
    .orderBy("last_time", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
