// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Transaction } from "kysely";
import { sql } from "kysely";
import type { Tables } from "../../state/tables.js";
import type { Alert } from "../alert.js";
import type { AlertNotice, NoticeReason } from "./notice.js";
import type { Route } from "./routing.js";
import { routeAlert } from "./routing.js";

/** What the alert store tells of; queued in its own transaction, so that no alert is without its notices. */
export interface AlertNotices {
  /**
   * Queues what the routes say, as the alert is now: what a receiver gets after an hour of retries is what was true then.
   * Answers how many notices found no room; they are counted, and the next digest of their channel tells of them.
   */
  queue(trx: Transaction<Tables>, alert: Alert, reason: NoticeReason, at: string): Promise<number>;
}

export interface NoticeQueueOptions {
  readonly routes: readonly Route[];
  /** Channels that are told when an alert is resolved, if they were told of it. */
  readonly lifecycle: readonly string[];
  /** Origin that people open, with a slash at its end; undefined: notices have no links. */
  readonly publicUrl: URL | undefined;
  readonly now: () => number;
}

/** Notices that may wait for one channel: a flood of alerts must not become a flood of messages. */
export const MAX_WAITING = 1_000;

/** Where people open an alert. */
export function toAlertLink(publicUrl: URL | undefined, alertId?: string): string | undefined {
  if (publicUrl === undefined) return undefined;
  const link = new URL("/alerts", publicUrl);
  if (alertId !== undefined) link.searchParams.set("alert", alertId);
  return link.href;
}

/** Queues nothing; where no channel is configured. */
export const NO_NOTICES: AlertNotices = { queue: async () => 0 };

class NoticeQueue implements AlertNotices {
  readonly #options: NoticeQueueOptions;

  constructor(options: NoticeQueueOptions) {
    this.#options = options;
  }

  async queue(trx: Transaction<Tables>, alert: Alert, reason: NoticeReason, at: string): Promise<number> {
    let dropped = 0;
    for (const { channel, afterMs } of await this.#destinations(trx, alert, reason)) {
      if (await hasRoom(trx, channel)) await this.#insert(trx, { channel, afterMs, alert, reason, at });
      else {
        await countUnqueued(trx, channel);
        dropped++;
      }
    }
    return dropped;
  }

  async #destinations(trx: Transaction<Tables>, alert: Alert, reason: NoticeReason) {
    if (reason === "resolved") {
      const told = await this.#toldOf(trx, alert.id);
      return told.map((channel) => ({ channel, afterMs: undefined }));
    }
    const { channels, escalations } = routeAlert(this.#options.routes, alert, alert.group["tenant"] ?? "");
    return [
      ...channels.map((channel) => ({ channel, afterMs: undefined })),
      // A rise of severity is news to those who know of the alert; only a new one is waited for.
      ...(reason === "level"
        ? []
        : [...escalations].map(([channel, afterMs]) => ({
            channel,
            afterMs: afterMs as number | undefined,
          }))),
    ];
  }

  /** An incident is closed where one may have been opened; a notice that still waits opens one when it is sent. */
  async #toldOf(trx: Transaction<Tables>, alertId: string): Promise<string[]> {
    if (this.#options.lifecycle.length === 0) return [];
    const rows = await trx
      .selectFrom("deliveries")
      .select("channel")
      .distinct()
      .where("alert_id", "=", alertId)
      .where("channel", "in", this.#options.lifecycle)
      .where("state", "in", ["waiting", "held", "delivered"])
      .where("unless_acted", "=", 0)
      .execute();
    return rows.map((row) => row.channel);
  }

  async #insert(
    trx: Transaction<Tables>,
    {
      channel,
      afterMs,
      alert,
      reason,
      at,
    }: { channel: string; afterMs: number | undefined; alert: Alert; reason: NoticeReason; at: string },
  ): Promise<void> {
    const id = randomUUID();
    const isEscalation = afterMs !== undefined;
    const notice = toNotice(this.#options.publicUrl, id, isEscalation ? "escalated" : reason, at, alert);
    await trx
      .insertInto("deliveries")
      .values({
        id,
        channel,
        alert_id: alert.id,
        reason: notice.reason,
        level: alert.level,
        body: JSON.stringify(notice),
        created: at,
        attempts: 0,
        next_attempt: isEscalation ? this.#options.now() + afterMs : 0,
        unless_acted: isEscalation ? 1 : 0,
      })
      .execute();
  }
}

/** A notice about an alert as it is. */
export function toNotice(
  publicUrl: URL | undefined,
  delivery: string,
  reason: NoticeReason,
  at: string,
  alert: Alert,
): AlertNotice {
  const link = toAlertLink(publicUrl, alert.id);
  return { type: "alert", delivery, reason, at, alert, ...(link === undefined ? {} : { link }) };
}

async function hasRoom(trx: Transaction<Tables>, channel: string): Promise<boolean> {
  const row = await trx
    .selectFrom("deliveries")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("channel", "=", channel)
    .where("state", "in", ["waiting", "held"])
    .executeTakeFirstOrThrow();
  return row.n < MAX_WAITING;
}

async function countUnqueued(trx: Transaction<Tables>, name: string): Promise<void> {
  await trx
    .insertInto("notify_channels")
    .values({ name, paused: null, paused_by: null, unqueued: 1 })
    .onConflict((conflict) =>
      conflict.column("name").doUpdateSet({ unqueued: sql<number>`notify_channels.unqueued + 1` }),
    )
    .execute();
}

/** The notices of a configuration. */
export function createNoticeQueue(options: NoticeQueueOptions): AlertNotices {
  return new NoticeQueue(options);
}
