// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import type { Transaction } from "kysely";
import { ApiError } from "../errors.js";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import { writeCursor } from "../state/cursors.js";
import type { State } from "../state/state.js";
import type { Tables } from "../state/tables.js";
import type {
  Alert,
  AlertChange,
  AlertFilter,
  AlertListener,
  AlertPage,
  AlertPatch,
  AlertProgress,
  AlertStore,
} from "./alert.js";
import type { Folded } from "./grouping.js";
import type { AlertNotices } from "./notify/notice-queue.js";
import { createNoticeQueue, NO_NOTICES } from "./notify/notice-queue.js";
import type { NoticeReason } from "./notify/notice.js";
import { foldFinding, toAlertId, toLevelOrder } from "./grouping.js";
import type { AlertRow } from "./rows.js";
import { addChange, toAlerts, toColumns, toFolded, toStoredKey } from "./rows.js";

export interface AlertStoreOptions {
  state: State;
  selfLog: SelfLog;
  /** Names of the channels that are told; a delivery is written for each in the alert's own transaction. */
  channels?: readonly string[];
  /** Who is told of what; instead of `channels`, which are told everything. */
  notices?: AlertNotices;
  now?: () => number;
  /** Told when a listener throws. */
  onError?: (error: unknown) => void;
}

type Change = "new" | "repeated";

interface Open {
  id: string;
  isNew: boolean;
  levelBefore: Folded["level"] | undefined;
  folded: Folded;
}

const SYSTEM = { kind: "system", id: "detect" } as const;
const TENANT = "";
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const FINDINGS_AT_ONCE = 200;

/** Notices of one transaction that found no room. */
interface Room {
  dropped: number;
}

function toNotices({ notices, channels = [], now = Date.now }: AlertStoreOptions): AlertNotices {
  if (notices !== undefined) return notices;
  if (channels.length === 0) return NO_NOTICES;
  const route = { to: channels, level: undefined, tags: [], rules: [], tenants: [], escalate: undefined };
  return createNoticeQueue({ routes: [route], lifecycle: [], publicUrl: undefined, now });
}

function toCursorText(row: AlertRow): string {
  return Buffer.from(JSON.stringify([row.last_time, row.id])).toString("base64url");
}

function parseCursor(text: string): [number, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(0, 200), "base64url").toString());
    if (
      Array.isArray(value) &&
      value.length === 2 &&
      Number.isSafeInteger(value[0]) &&
      typeof value[1] === "string"
    ) {
      return value as [number, string];
    }
  } catch {
    // Falls through: what cannot be read is answered like what does not fit.
  }
  throw new ApiError("bad_request", { message: "cursor: not one that this server gave." });
}

class SqlAlertStore implements AlertStore {
  readonly #state: State;
  readonly #selfLog: SelfLog;
  readonly #notices: AlertNotices;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<AlertListener>();

  constructor(options: AlertStoreOptions) {
    this.#state = options.state;
    this.#selfLog = options.selfLog;
    this.#notices = toNotices(options);
    this.#now = options.now ?? Date.now;
    this.#onError = options.onError ?? (() => {});
  }

  async record(findings: readonly Finding[], progress: AlertProgress): Promise<Alert[]> {
    const all = new Map<string, Alert>();
    // Many small transactions instead of one: a flood of findings must not hold the thread for seconds. The cursor
    // moves with the last one. If we die between two, the findings of the first come again and change nothing.
    let at = 0;
    do {
      const part = findings.slice(at, at + FINDINGS_AT_ONCE);
      at += FINDINGS_AT_ONCE;
      if (at > FINDINGS_AT_ONCE) await new Promise((resolve) => setImmediate(resolve));
      const isLast = at >= findings.length;
      for (const alert of await this.#recordPart(part, progress, isLast)) all.set(alert.id, alert);
    } while (at < findings.length);
    return [...all.values()];
  }

  async rewind(size: number): Promise<void> {
    await this.#state.db
      .updateTable("alerts")
      .set({ last_trigger: size - 1 })
      .where("last_trigger", ">=", size)
      .execute();
  }

  async #recordPart(
    findings: readonly Finding[],
    progress: AlertProgress,
    isLast: boolean,
  ): Promise<Alert[]> {
    const log = progress.log ?? "main";
    const at = new Date(this.#now()).toISOString();
    const { alerts, changes, dropped } = await this.#state.transact(async (trx) => {
      const open = new Map<string, Open | { resolvedAt: number }>();
      for (const finding of findings) await this.#fold(trx, log, open, finding);
      const kinds = new Map<string, Change>();
      const room = { dropped: 0 };
      for (const one of open.values()) {
        if ("resolvedAt" in one) continue;
        kinds.set(one.id, one.isNew ? "new" : "repeated");
        await this.#write(trx, one, at, room);
      }
      // True now: alerts, deliveries and cursor are in one transaction. If we die before its commit none of them
      // happened. The follower starts at the old cursor, finds the same again and records it.
      if (isLast) await writeCursor(trx, { ...progress, version: progress.version ?? 1 }, at);
      const ids = [...kinds.keys()];
      const rows =
        ids.length === 0 ? [] : await trx.selectFrom("alerts").selectAll().where("id", "in", ids).execute();
      return { alerts: await toAlerts(trx, rows), changes: kinds, dropped: room.dropped };
    });
    if (dropped > 0) this.#reportDropped(dropped);
    for (const alert of alerts) this.#tell(alert, changes.get(alert.id) ?? "repeated");
    return alerts;
  }

  // Looks for the newest alert of the rule and key, open or resolved: a resolved one still says up to which
  // event findings are old. Findings of one batch are folded here before anything is written.
  async #fold(
    trx: Transaction<Tables>,
    log: string,
    open: Map<string, Open | { resolvedAt: number }>,
    finding: Finding,
  ): Promise<void> {
    const slot = JSON.stringify([finding.ruleId, finding.key]);
    let known = open.get(slot);
    if (known === undefined) {
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
      if (row?.status === "resolved") known = { resolvedAt: row.last_trigger };
      else if (row !== undefined) {
        const folded = toFolded(row);
        known = { id: row.id, isNew: false, levelBefore: folded.level, folded };
      }
    }
    if (known !== undefined && "resolvedAt" in known) {
      if (finding.trigger <= known.resolvedAt) return;
      known = undefined;
    }
    const folded = foldFinding(known?.folded, finding);
    if (folded === undefined) return;
    if (known !== undefined) open.set(slot, { ...known, folded });
    else {
      const id = await this.#freeId(trx, log, finding);
      await this.#insert(trx, log, id, finding, folded);
      open.set(slot, { id, isNew: true, levelBefore: undefined, folded });
    }
  }

  /** Another alert of the same finding exists only where the log was cut back and grew anew. */
  async #freeId(trx: Transaction<Tables>, log: string, finding: Finding): Promise<string> {
    const id = toAlertId(TENANT, log, finding);
    const taken = await trx.selectFrom("alerts").select("id").where("id", "=", id).executeTakeFirst();
    return taken === undefined ? id : toAlertId(TENANT, `${log} ${this.#now()}`, finding);
  }

  async #insert(
    trx: Transaction<Tables>,
    log: string,
    id: string,
    finding: Finding,
    folded: Folded,
  ): Promise<void> {
    const at = new Date(this.#now()).toISOString();
    await trx
      .insertInto("alerts")
      .values({
        id,
        tenant: TENANT,
        log,
        rule_id: finding.ruleId,
        group_key: toStoredKey(finding.key),
        status: "new",
        verdict: null,
        assignee: null,
        created: at,
        updated: at,
        ...toColumns(folded),
      })
      .execute();
    await addChange(trx, id, { at, by: SYSTEM, field: "created" });
  }

  async #write(trx: Transaction<Tables>, one: Open, at: string, room: Room): Promise<void> {
    await trx
      .updateTable("alerts")
      .set({ ...toColumns(one.folded), updated: at })
      .where("id", "=", one.id)
      .execute();
    const before = one.levelBefore;
    const rose = before !== undefined && toLevelOrder(one.folded.level) > toLevelOrder(before);
    if (rose)
      await addChange(trx, one.id, { at, by: SYSTEM, field: "level", from: before, to: one.folded.level });
    if (one.isNew) await this.#notify(trx, one.id, "new", at, room);
    else if (rose) await this.#notify(trx, one.id, "level", at, room);
  }

  async #notify(
    trx: Transaction<Tables>,
    alertId: string,
    reason: NoticeReason,
    at: string,
    room: Room,
  ): Promise<void> {
    if (this.#notices === NO_NOTICES) return;
    const row = await trx
      .selectFrom("alerts")
      .selectAll()
      .where("id", "=", alertId)
      .executeTakeFirstOrThrow();
    const [alert] = await toAlerts(trx, [row]);
    if (alert !== undefined) room.dropped += await this.#notices.queue(trx, alert, reason, at);
  }

  async list({ status, limit = DEFAULT_LIMIT, cursor }: AlertFilter = {}): Promise<AlertPage> {
    const size = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
    let query = this.#state.db.selectFrom("alerts").selectAll().where("tenant", "=", TENANT);
    if (status === "open") query = query.where("status", "!=", "resolved");
    else if (status !== undefined) query = query.where("status", "=", status);
    if (cursor !== undefined) {
      const [time, id] = parseCursor(cursor);
      query = query.where((eb) =>
        eb.or([eb("last_time", "<", time), eb.and([eb("last_time", "=", time), eb("id", "<", id)])]),
      );
    }
    const rows = await query
      .orderBy("last_time", "desc")
      .orderBy("id", "desc")
      .limit(size + 1)
      .execute();
    const page = rows.slice(0, size);
    const last = page.at(-1);
    const next = rows.length > size && last !== undefined ? toCursorText(last) : null;
    return { alerts: await toAlerts(this.#state.db, page), next };
  }

  async get(id: string): Promise<Alert | undefined> {
    const row = await this.#state.db
      .selectFrom("alerts")
      .selectAll()
      .where("tenant", "=", TENANT)
      .where("id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : (await toAlerts(this.#state.db, [row]))[0];
  }

  async update(id: string, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert> {
    const at = new Date(this.#now()).toISOString();
    const { alert, made } = await this.#state.transact(async (trx) => {
      const row = await trx
        .selectFrom("alerts")
        .selectAll()
        .where("tenant", "=", TENANT)
        .where("id", "=", id)
        .executeTakeFirst();
      if (row === undefined) throw new ApiError("not_found", { message: "There is no alert with this id." });
      const made: AlertChange[] = [];
      const set: { status?: string; verdict?: string | null; assignee?: string | null } = {};
      for (const field of ["status", "verdict", "assignee"] as const) {
        const to = patch[field];
        const from = row[field];
        if (to === undefined || to === from) continue;
        if (field === "status") set.status = to as string;
        else set[field] = to;
        made.push({ at, by, field, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) });
      }
      if (patch.comment !== undefined && patch.comment !== "")
        made.push({ at, by, field: "comment", to: patch.comment });
      for (const change of made) await addChange(trx, id, change);
      if (made.length > 0) {
        await trx
          .updateTable("alerts")
          .set({ ...set, updated: at })
          .where("id", "=", id)
          .execute();
      }
      const after = await trx.selectFrom("alerts").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
      const alert = (await toAlerts(trx, [after]))[0] as Alert;
      if (made.some(({ field, to }) => field === "status" && to === "resolved"))
        await this.#notices.queue(trx, alert, "resolved", at);
      return { alert, made };
    });
    if (made.length > 0) {
      this.#report(alert, made, by);
      this.#tell(alert, "decided");
    }
    return alert;
  }

  async countOpen(): Promise<number> {
    const row = await this.#state.db
      .selectFrom("alerts")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("tenant", "=", TENANT)
      .where("status", "!=", "resolved")
      .executeTakeFirstOrThrow();
    return row.n;
  }

  subscribe(listener: AlertListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #report(alert: Alert, made: readonly AlertChange[], by: AlertChange["by"]): void {
    const comment = made.find((change) => change.field === "comment")?.to;
    this.#selfLog.emit({
      action: "log_alert_decided",
      outcome: "success",
      message: comment === undefined ? "Alert decided" : `Alert decided: ${comment}`,
      actor: toActor(by),
      targets: [{ type: "alert", id: alert.id, name: alert.title }],
      changes: made
        .filter((change) => change.field !== "comment")
        .map(({ field, from, to }) => ({ field, from: from ?? null, to: to ?? null })),
    });
  }

  #reportDropped(count: number): void {
    this.#selfLog.emit({
      action: "log_notification_dropped",
      outcome: "failure",
      level: "warn",
      reason: "queue_full",
      message: "Notifications were not queued because too many wait already; the alerts themselves are kept",
      data: { count },
    });
  }

  #tell(alert: Alert, change: Parameters<AlertListener>[1]): void {
    for (const listener of this.#listeners) {
      try {
        listener(alert, change);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** Alerts over the state; no resources of its own. */
export function createAlertStore(options: AlertStoreOptions): AlertStore {
  return new SqlAlertStore(options);
}
