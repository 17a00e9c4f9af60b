// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import type { Finding } from "@telltale/sigma";
import { postSelfEvents, sealPosted } from "../access/self-outbox.js";
import { ApiError } from "../errors.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type {
  Alert,
  AlertChange,
  AlertFilter,
  AlertListener,
  AlertPage,
  AlertPatch,
  AlertProgress,
  AlertSelection,
  AlertStore,
  RulePrecision,
} from "./alert.js";
import { decideAll } from "./decide.js";
import { readPrecision } from "./precision.js";
import { countAlerts, findSimilar, listAlerts } from "./query.js";
import { type AlertNotices, createNoticeQueue, NO_NOTICES } from "./notify/notice-queue.js";
import { type Recorded, recordFindings, type RecordParts } from "./record.js";
import { type AlertRow, chunks, TENANT, toAlerts } from "./rows.js";
import { wakeSnoozed } from "./wake.js";
import { type AlertLevel, DEFAULT_ALERT_LEVEL } from "./words.js";

export interface AlertStoreOptions {
  state: State;
  selfLog: SealingSelfLog;
  /** Names of the channels that are told; a delivery is written for each in the alert's own transaction. */
  channels?: readonly string[];
  /** Who is told of what; instead of `channels`, which are told everything. */
  notices?: AlertNotices;
  /** Findings of a lower level are listed, and nobody is told; default `medium`. */
  alertLevel?: AlertLevel;
  now?: () => number;
  /** Told when a listener throws. */
  onError?: (error: unknown) => void;
}

const RETRY_S = 10;

function toNotices({ notices, channels = [], now = Date.now }: AlertStoreOptions): AlertNotices {
  if (notices !== undefined) return notices;
  if (channels.length === 0) return NO_NOTICES;
  const route = { to: channels, level: undefined, tags: [], rules: [], tenants: [], escalate: undefined };
  return createNoticeQueue({ routes: [route], lifecycle: [], publicUrl: undefined, now });
}

class SqlAlertStore implements AlertStore {
  readonly #state: State;
  readonly #selfLog: SealingSelfLog;
  readonly #parts: RecordParts;
  readonly #now: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<AlertListener>();

  constructor(options: AlertStoreOptions) {
    const { state, selfLog, alertLevel = DEFAULT_ALERT_LEVEL } = options;
    this.#state = state;
    this.#selfLog = selfLog;
    this.#now = options.now ?? Date.now;
    this.#onError = options.onError ?? (() => {});
    this.#parts = { state, notices: toNotices(options), alertLevel, now: this.#now };
  }

  async record(findings: readonly Finding[], progress: AlertProgress): Promise<Alert[]> {
    const all = new Map<string, Alert>();
    for await (const recorded of recordFindings(this.#parts, findings, progress))
      for (const alert of this.#tellRecorded(recorded)) all.set(alert.id, alert);
    return [...all.values()];
  }

  #tellRecorded({ alerts, dropped }: Recorded): Alert[] {
    if (dropped > 0) this.#reportDropped(dropped);
    for (const { alert, change } of alerts) this.#tell(alert, change);
    return alerts.map(({ alert }) => alert);
  }

  async wake(): Promise<Alert[]> {
    return this.#tellRecorded(await wakeSnoozed(this.#parts));
  }

  async rewind(size: number): Promise<void> {
    await this.#state.db
      .updateTable("alerts")
      .set({ last_trigger: size - 1 })
      .where("last_trigger", ">=", size)
      .execute();
  }

  list(filter: AlertFilter = {}): Promise<AlertPage> {
    return listAlerts(this.#state.db, filter);
  }

  async #row(id: string): Promise<AlertRow | undefined> {
    return this.#state.db
      .selectFrom("alerts")
      .selectAll()
      .where("tenant", "=", TENANT)
      .where("id", "=", id)
      .executeTakeFirst();
  }

  async get(id: string): Promise<Alert | undefined> {
    const row = await this.#row(id);
    return row === undefined ? undefined : (await toAlerts(this.#state.db, [row]))[0];
  }

  async similar(id: string, limit: number): Promise<Alert[]> {
    const row = await this.#row(id);
    if (row === undefined) return [];
    return toAlerts(this.#state.db, await findSimilar(this.#state.db, row, limit));
  }

  async update(id: string, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert> {
    const [changed] = await this.updateMany({ ids: [id] }, patch, by);
    const alert = changed ?? (await this.get(id));
    if (alert === undefined) throw new ApiError("not_found", { message: "There is no alert with this id." });
    return alert;
  }

  async updateMany(selection: AlertSelection, patch: AlertPatch, by: AlertChange["by"]): Promise<Alert[]> {
    const { alerts, posted } = await this.#state.transact(async (trx) => {
      const now = this.#now();
      const { ids, resolved, events } = await decideAll(trx, selection, patch, by, now);
      const posted = await postSelfEvents(trx, events, now);
      const rows: AlertRow[] = [];
      for (const part of chunks(ids))
        rows.push(...(await trx.selectFrom("alerts").selectAll().where("id", "in", part).execute()));
      const alerts = await toAlerts(trx, rows);
      const at = new Date(now).toISOString();
      const ended = new Set(resolved);
      // Said where it was told of, if it is a place that keeps incidents; what finds no room is counted by the queue.
      for (const alert of alerts)
        if (ended.has(alert.id)) await this.#parts.notices.queue(trx, alert, "resolved", at);
      return { alerts, posted };
    });
    for (const alert of alerts) this.#tell(alert, "decided");
    // True now: the change and the events about it are in the state. If we die here, the events are sealed at the next start.
    await this.#seal(posted);
    return alerts;
  }

  async #seal(ids: readonly string[]): Promise<void> {
    try {
      await sealPosted(this.#state, this.#selfLog, ids);
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      throw new ApiError("unavailable", { cause, retryAfter: RETRY_S });
    }
  }

  countOpen(): Promise<number> {
    return countAlerts(this.#state.db, { status: "open" });
  }

  precision(ruleId?: string): Promise<RulePrecision[]> {
    return readPrecision(this.#state.db, ruleId);
  }

  subscribe(listener: AlertListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
