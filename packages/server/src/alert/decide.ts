// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import { ApiError } from "../errors.js";
import type { SelfEvent } from "../self-log.js";
import { toActor } from "../self-log.js";
import type { Tables } from "../state/tables.js";
import type { AlertChange, AlertPatch, AlertSelection } from "./alert.js";
import { countAlerts, toCondition } from "./query.js";
import { addChanges, type AlertRow, chunks, TENANT } from "./rows.js";

/** Alerts that one change can be about. */
export const MOST_AT_ONCE = 1_000;
/** Longest time that an alert can be snoozed. */
export const LONGEST_SNOOZE_MS = 366 * 86_400_000;
/** How many times the events of now an alert can be muted for. */
export const MOST_MUTE = 1_000;

type By = AlertChange["by"];
type Set = Partial<
  Pick<
    AlertRow,
    | "status"
    | "verdict"
    | "duplicate_of"
    | "assignee"
    | "suppressed_from"
    | "snoozed_until"
    | "muted_until_count"
  >
>;

/** What a patch does to one alert. */
interface Decision {
  readonly row: AlertRow;
  readonly set: Set;
  readonly changes: readonly AlertChange[];
}

export interface Decided {
  /** Ids of the alerts that changed. */
  readonly ids: readonly string[];
  /** Those of them that are resolved now and were not before. */
  readonly resolved: readonly string[];
  /** One for each of them. */
  readonly events: readonly SelfEvent[];
}

function refuse(message: string): ApiError {
  return new ApiError("bad_request", { message });
}

/** The rows that a selection names. Throws ApiError. */
async function select(trx: Kysely<Tables>, selection: AlertSelection): Promise<AlertRow[]> {
  if ("where" in selection) {
    const found = await countAlerts(trx, selection.where);
    if (found > selection.expect)
      throw new ApiError("conflict", {
        message: `${found} alerts match now, not ${selection.expect}: somebody or something has added to them. Look again.`,
      });
    if (found > MOST_AT_ONCE)
      throw new ApiError("conflict", {
        message: `${found} alerts match; at most ${MOST_AT_ONCE} can be changed at once. Narrow the filter.`,
      });
    return trx.selectFrom("alerts").selectAll().where(toCondition(selection.where)).orderBy("id").execute();
  }
  const rows: AlertRow[] = [];
  const ids = [...new Set(selection.ids)];
  for (const part of chunks(ids)) {
    const found = await trx
      .selectFrom("alerts")
      .selectAll()
      .where("tenant", "=", TENANT)
      .where("id", "in", part)
      .orderBy("id")
      .execute();
    rows.push(...found);
  }
  if (rows.length < ids.length)
    throw new ApiError("not_found", {
      message:
        ids.length === 1 ? "There is no alert with this id." : "There is no alert with one of these ids.",
    });
  return rows;
}

function decideSilence(row: AlertRow, { snooze, mute }: AlertPatch, now: number): Decision["set"] {
  if (snooze === undefined && mute === undefined) return {};
  if (row.status === "resolved")
    throw refuse("snooze, mute: a resolved alert is silent already; a new hit reopens it.");
  if (snooze !== undefined && !(snooze > now && snooze <= now + LONGEST_SNOOZE_MS))
    throw refuse("snooze: must be in the future, and at most 366 days ahead.");
  if (mute !== undefined && !(Number.isInteger(mute) && mute >= 2 && mute <= MOST_MUTE))
    throw refuse(`mute: must be a whole number from 2 to ${MOST_MUTE}.`);
  return {
    status: "suppressed",
    suppressed_from: row.status === "suppressed" ? row.suppressed_from : row.status,
    snoozed_until: snooze ?? null,
    muted_until_count: mute === undefined ? null : row.count * mute,
  };
}

/** What a patch changes of a row; nothing when it is so already. Throws ApiError `bad_request`. */
export function decide(row: AlertRow, patch: AlertPatch, by: By, now: number): Decision {
  const at = new Date(now).toISOString();
  const changes: AlertChange[] = [];
  const note = (field: AlertChange["field"], from: string | null, to: string | null): void => {
    changes.push({ at, by, field, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) });
  };
  const silence = decideSilence(row, patch, now);
  if (patch.status !== undefined && silence.status !== undefined)
    throw refuse("status: snooze and mute set it themselves.");
  const set: Set = { ...silence };
  if (silence.snoozed_until !== undefined && patch.snooze !== undefined)
    note("snooze", null, new Date(patch.snooze).toISOString());
  if (silence.muted_until_count !== undefined && patch.mute !== undefined)
    note("mute", String(row.count), String(silence.muted_until_count));
  if (patch.status !== undefined && patch.status !== row.status) {
    Object.assign(set, { status: patch.status, suppressed_from: null });
    Object.assign(set, { snoozed_until: null, muted_until_count: null });
    note("status", row.status, patch.status);
  }
  decideVerdict(row, patch, set, note);
  if (patch.assignee !== undefined && patch.assignee !== row.assignee) {
    set.assignee = patch.assignee;
    note("assignee", row.assignee, patch.assignee);
  }
  if (patch.comment !== undefined && patch.comment !== "") note("comment", null, patch.comment);
  return { row, set, changes };
}

function decideVerdict(
  row: AlertRow,
  { verdict, duplicateOf }: AlertPatch,
  set: Set,
  note: (field: AlertChange["field"], from: string | null, to: string | null) => void,
): void {
  const after = verdict === undefined ? row.verdict : verdict;
  if (duplicateOf !== undefined && after !== "duplicate")
    throw refuse("duplicateOf: needs the verdict duplicate.");
  if (duplicateOf === row.id) throw refuse("duplicateOf: an alert is no duplicate of itself.");
  if (after !== row.verdict) {
    set.verdict = after;
    note("verdict", row.verdict, after);
  }
  const covered = after === "duplicate" ? (duplicateOf ?? row.duplicate_of) : null;
  if (covered !== row.duplicate_of) {
    set.duplicate_of = covered;
    if (covered !== null) note("duplicate_of", row.duplicate_of, covered);
  }
}

/** The alert that covers others must be there and must not itself be covered by one of them. */
async function checkCovering(
  trx: Kysely<Tables>,
  rows: readonly AlertRow[],
  { duplicateOf }: AlertPatch,
): Promise<void> {
  if (duplicateOf === undefined) return;
  const covering = await trx
    .selectFrom("alerts")
    .select(["id", "duplicate_of"])
    .where("tenant", "=", TENANT)
    .where("id", "=", duplicateOf)
    .executeTakeFirst();
  if (covering === undefined) throw refuse("duplicateOf: there is no alert with this id.");
  if (covering.duplicate_of !== null)
    throw refuse("duplicateOf: that alert is a duplicate itself; name the one that covers it.");
  const ids = rows.map(({ id }) => id);
  const first = await trx
    .selectFrom("alerts")
    .select("id")
    .where("duplicate_of", "in", ids.slice(0, MOST_AT_ONCE))
    .where("id", "not in", ids)
    .executeTakeFirst();
  if (first !== undefined) throw refuse("duplicateOf: another alert is a duplicate of this one.");
}

async function writeVerdicts(trx: Kysely<Tables>, decisions: readonly Decision[], at: string): Promise<void> {
  for (const { row, set } of decisions) {
    if (set.verdict === undefined) continue;
    const { id: alert_id, regressed: round, rule_id } = row;
    await trx
      .deleteFrom("alert_verdicts")
      .where("alert_id", "=", alert_id)
      .where("round", "=", round)
      .execute();
    if (set.verdict === null) continue;
    await trx
      .insertInto("alert_verdicts")
      .values({ alert_id, round, rule_id, verdict: set.verdict, at })
      .execute();
  }
}

/** Ticks a step of the checklist or takes it back; the change for the history, or nothing when it is so already. */
async function writeCheck(
  trx: Kysely<Tables>,
  { id }: AlertRow,
  { step, text, done }: NonNullable<AlertPatch["check"]>,
  by: By,
  at: string,
): Promise<AlertChange | undefined> {
  const known = await trx
    .selectFrom("alert_checks")
    .select("step")
    .where("alert_id", "=", id)
    .where("step", "=", step)
    .executeTakeFirst();
  if ((known !== undefined) === done) return undefined;
  if (done) {
    const who = { by_kind: by.kind, by_id: by.id, by_name: by.name ?? null };
    await trx
      .insertInto("alert_checks")
      .values({ alert_id: id, step, text, at, ...who })
      .execute();
  } else {
    await trx.deleteFrom("alert_checks").where("alert_id", "=", id).where("step", "=", step).execute();
  }
  return { at, by, field: done ? "check" : "uncheck", to: text };
}

function toEvent({ row, changes }: Decision, by: By, of: number): SelfEvent {
  const comment = changes.find((change) => change.field === "comment")?.to;
  return {
    action: "log_alert_decided",
    outcome: "success",
    message: comment === undefined ? "Alert decided" : `Alert decided: ${comment}`,
    actor: toActor(by),
    targets: [{ type: "alert", id: row.id, name: row.title }],
    changes: changes
      .filter((change) => change.field !== "comment")
      .map(({ field, from, to }) => ({ field, from: from ?? null, to: to ?? null })),
    ...(of > 1 ? { data: { togetherWith: of - 1 } } : {}),
  };
}

/** Changes what is selected, and makes the events about it; the caller's transaction makes it all or nothing. */
export async function decideAll(
  trx: Kysely<Tables>,
  selection: AlertSelection,
  patch: AlertPatch,
  by: By,
  now: number,
): Promise<Decided> {
  const at = new Date(now).toISOString();
  const rows = await select(trx, selection);
  if (rows.length > MOST_AT_ONCE)
    throw new ApiError("conflict", { message: `At most ${MOST_AT_ONCE} alerts can be changed at once.` });
  await checkCovering(trx, rows, patch);
  const decisions: Decision[] = [];
  for (const row of rows) {
    const decision = decide(row, patch, by, now);
    const check = patch.check === undefined ? undefined : await writeCheck(trx, row, patch.check, by, at);
    const changes = check === undefined ? decision.changes : [...decision.changes, check];
    if (changes.length > 0) decisions.push({ ...decision, changes });
  }
  for (const { row, set } of decisions)
    await trx
      .updateTable("alerts")
      .set({ ...set, updated: at })
      .where("id", "=", row.id)
      .execute();
  await writeVerdicts(trx, decisions, at);
  await addChanges(
    trx,
    decisions.flatMap(({ row, changes }) => changes.map((change) => ({ alertId: row.id, change }))),
  );
  return {
    ids: decisions.map(({ row }) => row.id),
    resolved: decisions.filter(({ set }) => set.status === "resolved").map(({ row }) => row.id),
    events: decisions.map((decision) => toEvent(decision, by, decisions.length)),
  };
}
