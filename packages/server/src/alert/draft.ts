// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import type { AlertChange } from "./alert.js";
import type { NoticeReason } from "./notify/notice.js";
import { foldFinding, type Folded, toLevelOrder } from "./grouping.js";
import { toRisk } from "./risk.js";
import { type AlertRow, toColumns, toFolded } from "./rows.js";
import type { AlertLevel, AlertStatus, AlertVerdict } from "./words.js";

/** Why somebody is told. Repeats of an open alert are not told. */

/** An alert while findings are added to it. */
export interface Draft {
  readonly id: string;
  /** False: there is no row yet. */
  readonly isStored: boolean;
  readonly folded: Folded;
  readonly status: AlertStatus;
  readonly verdict: AlertVerdict | null;
  readonly duplicateOf: string | null;
  readonly isAlert: boolean;
  readonly raised: string;
  readonly regressed: number;
  readonly suppressedFrom: AlertStatus | null;
  readonly snoozedUntil: number | null;
  readonly mutedUntilCount: number | null;
  /** What the history gets, and what is told of it. */
  readonly changes: readonly AlertChange[];
  readonly reason: NoticeReason | undefined;
  readonly changed: boolean;
}

export interface DraftContext {
  /** RFC 3339. */
  readonly at: string;
  /** Findings below it are no alerts. */
  readonly alertLevel: AlertLevel;
}

const SYSTEM = { kind: "system", id: "detect" } as const;

/** What is stored, as it was before the first finding of this turn. */
export function toDraft(row: AlertRow): Draft {
  return {
    id: row.id,
    isStored: true,
    folded: toFolded(row),
    status: row.status as AlertStatus,
    verdict: row.verdict as AlertVerdict | null,
    duplicateOf: row.duplicate_of,
    isAlert: row.is_alert === 1,
    raised: row.raised,
    regressed: row.regressed,
    suppressedFrom: row.suppressed_from as AlertStatus | null,
    snoozedUntil: row.snoozed_until,
    mutedUntilCount: row.muted_until_count,
    changes: [],
    reason: undefined,
    changed: false,
  };
}

/** The columns that findings change. */
export function toDraftColumns(draft: Draft) {
  const { folded, regressed } = draft;
  return {
    ...toColumns(folded),
    status: draft.status,
    verdict: draft.verdict,
    duplicate_of: draft.duplicateOf,
    is_alert: draft.isAlert ? 1 : 0,
    raised: draft.raised,
    regressed,
    risk: toRisk({ ...folded, regressed }),
    suppressed_from: draft.suppressedFrom,
    snoozed_until: draft.snoozedUntil,
    muted_until_count: draft.mutedUntilCount,
  };
}

const isAtLeast = (level: AlertLevel, least: AlertLevel): boolean =>
  toLevelOrder(level) >= toLevelOrder(least);

/** The first finding of a rule and key. */
export function openDraft(id: string, finding: Finding, { at, alertLevel }: DraftContext): Draft {
  const folded = foldFinding(undefined, finding);
  if (folded === undefined) throw new Error("BUG: a first finding is always new");
  const isAlert = isAtLeast(folded.level, alertLevel);
  return {
    id,
    isStored: false,
    folded,
    status: "new",
    verdict: null,
    duplicateOf: null,
    isAlert,
    raised: at,
    regressed: 0,
    suppressedFrom: null,
    snoozedUntil: null,
    mutedUntilCount: null,
    changes: [{ at, by: SYSTEM, field: "created" }],
    reason: isAlert ? "new" : undefined,
    changed: true,
  };
}

/**
 * Adds a finding. The same draft when it is a replay. A resolved alert is reopened as regressed: whoever resolved it has
 * not seen this. A suppressed one goes on in silence until it has as many events as were agreed, or its level rises.
 */
export function addFinding(before: Draft, finding: Finding, context: DraftContext): Draft {
  const folded = foldFinding(before.folded, finding);
  if (folded === undefined) return before;
  let draft: Draft = { ...before, folded, changed: true };
  const rose = toLevelOrder(folded.level) > toLevelOrder(before.folded.level);
  if (rose) draft = withLevel(draft, before.folded.level, context);
  if (draft.status === "resolved") return withRegression(draft, context);
  if (draft.status === "suppressed") draft = withWaking(draft, rose, context);
  if (draft.status === "suppressed") return draft;
  if (!draft.isAlert && isAtLeast(folded.level, context.alertLevel)) return withAlert(draft, context);
  return rose && draft.isAlert ? { ...draft, reason: draft.reason ?? "level" } : draft;
}

function withChange(draft: Draft, at: string, change: Omit<AlertChange, "at" | "by">): Draft {
  return { ...draft, changes: [...draft.changes, { at, by: SYSTEM, ...change }] };
}

function withLevel(draft: Draft, from: AlertLevel, { at }: DraftContext): Draft {
  return withChange(draft, at, { field: "level", from, to: draft.folded.level });
}

function withAlert(draft: Draft, { at }: DraftContext): Draft {
  return {
    ...withChange(draft, at, { field: "alerted", to: draft.folded.level }),
    isAlert: true,
    raised: at,
    reason: "new",
  };
}

function withRegression(draft: Draft, { at, alertLevel }: DraftContext): Draft {
  const { verdict, isAlert, folded } = draft;
  const told = isAlert || isAtLeast(folded.level, alertLevel);
  return {
    ...withChange(draft, at, { field: "regressed", ...(verdict === null ? {} : { from: verdict }) }),
    status: "new",
    verdict: null,
    duplicateOf: null,
    isAlert: told,
    raised: at,
    regressed: draft.regressed + 1,
    reason: told ? (draft.reason ?? "regressed") : draft.reason,
  };
}

function withWaking(draft: Draft, rose: boolean, { at }: DraftContext): Draft {
  const { mutedUntilCount, folded, suppressedFrom } = draft;
  const grew = mutedUntilCount !== null && folded.count >= mutedUntilCount;
  if (!rose && !grew) return draft;
  const status = suppressedFrom ?? "new";
  return {
    ...withChange(draft, at, { field: "woken", from: rose ? "level" : "count", to: status }),
    status,
    suppressedFrom: null,
    snoozedUntil: null,
    mutedUntilCount: null,
    reason: draft.isAlert ? (draft.reason ?? "unmuted") : draft.reason,
  };
}
