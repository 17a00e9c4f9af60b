// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Kysely } from "kysely";
import type { Tables } from "../state/tables.js";
import type { Alert } from "./alert.js";
import type { NotifyReason } from "./draft.js";

/** Notifications that may wait over all channels: a flood of alerts must not become a flood of messages. */
export const MAX_PENDING_DELIVERIES = 1_000;

/** Names of the channels that are told of an alert. */
export type ChannelsFor = (alert: Alert, reason: NotifyReason) => readonly string[];

/** Writes notifications down in the transaction that makes them true. */
export class NoticeQueue {
  readonly #db: Kysely<Tables>;
  readonly #channelsFor: ChannelsFor;
  #left: number | undefined;
  /** Notifications that did not fit. */
  dropped = 0;

  constructor(db: Kysely<Tables>, channelsFor: ChannelsFor) {
    this.#db = db;
    this.#channelsFor = channelsFor;
  }

  // The body is fixed now: what a receiver gets after an hour of retries is what was true when it was raised.
  async add(alert: Alert, reason: NotifyReason, at: string): Promise<void> {
    const channels = this.#channelsFor(alert, reason);
    if (channels.length === 0) return;
    this.#left ??= await this.#room();
    for (const channel of channels) {
      if (this.#left <= 0) {
        this.dropped++;
        continue;
      }
      this.#left--;
      const id = randomUUID();
      const body = JSON.stringify({ type: "alert", delivery: id, reason, at, alert });
      await this.#db
        .insertInto("deliveries")
        .values({ id, channel, alert_id: alert.id, reason, body, created: at, attempts: 0, next_attempt: 0 })
        .execute();
    }
  }

  async #room(): Promise<number> {
    const row = await this.#db
      .selectFrom("deliveries")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("delivered", "is", null)
      .where("failed", "is", null)
      .executeTakeFirstOrThrow();
    return MAX_PENDING_DELIVERIES - row.n;
  }
}
