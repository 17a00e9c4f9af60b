// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from "kysely";
import type { ExceptionTable } from "../../state/tables.js";
import type { Exception, ExceptionState } from "./exception.js";
import { type Conditions, type FilterParts, type SigmaFilter, toFilter } from "./filter.js";

export type ExceptionRow = Selectable<ExceptionTable>;

/** The column `conditions`. */
export type StoredConditions = Pick<FilterParts, "where" | "logsource" | "rules">;

/** The filter of a row, as the engine takes it; what is stored was checked when it was made. */
export function toRowFilter({ id, title, reason, owner, conditions }: ExceptionRow): SigmaFilter {
  const stored = JSON.parse(conditions) as StoredConditions;
  return toFilter({ id, title, description: reason, author: owner, ...stored });
}

/** `ended_by` of an exception whose time was over. */
export const BY_TIME = "expired";

function toState({ ended, ended_by, expires }: ExceptionRow, now: number): ExceptionState {
  if (ended !== null) return ended_by === BY_TIME ? "expired" : "ended";
  return Date.parse(expires) <= now ? "expired" : "active";
}

function toWhere({ conditions }: ExceptionRow): Conditions {
  return (JSON.parse(conditions) as StoredConditions).where;
}

/** A row as people see it at `now`. */
export function toException(row: ExceptionRow, now: number): Exception {
  const isByPerson = row.ended !== null && row.ended_by !== null && row.ended_by !== BY_TIME;
  return {
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    reason: row.reason,
    owner: row.owner,
    where: toWhere(row),
    filter: row.filter,
    state: toState(row, now),
    createdAt: row.created,
    createdBy: row.created_by,
    expiresAt: row.expires,
    ...(row.ended === null ? {} : { endedAt: row.ended }),
    ...(isByPerson ? { endedBy: row.ended_by ?? "" } : {}),
    ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
    hits: row.hits,
    ...(row.last_hit === null ? {} : { lastHit: row.last_hit }),
  };
}
