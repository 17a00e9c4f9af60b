// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { ApiError } from "../../errors.js";
import type { SealingSelfLog, SelfActor } from "../../self-log.js";
import { nameOf, toActor } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";
import type { ConfiguredChannel } from "./configured.js";
import type { DeliveryRow } from "./delivery-store.js";
import { DeliveryStore } from "./delivery-store.js";
import { quietUntil } from "./quiet.js";
import { toAlertLink } from "./notice-queue.js";
import type { TestNotice } from "./notice.js";
import type { Notifier } from "./notifier.js";

/** How a channel is. */
export interface ChannelStatus {
  readonly name: string;
  readonly kind: string;
  readonly origin: "file" | "settings";
  /** `failing`: the newest attempt failed, or a message was given up since the last that arrived. */
  readonly state: "running" | "quiet" | "failing" | "paused";
  readonly paused?: { readonly at: string; readonly by: string };
  readonly limit?: { readonly messages: number; readonly minutes: number };
  readonly quiet?: {
    readonly from: string;
    readonly to: string;
    readonly zone: string;
    readonly except: string;
  };
  readonly counts: {
    readonly waiting: number;
    readonly held: number;
    readonly delivered: number;
    readonly failed: number;
  };
  /** Notices that found no room since the last digest. */
  readonly unqueued: number;
  readonly lastDelivered?: string;
  readonly lastError?: { readonly at: string; readonly message: string };
}

/** A delivery as people see it: without its text, which the alert has. */
export interface DeliveryStatus {
  readonly id: string;
  readonly channel: string;
  readonly alert?: string;
  readonly reason: string;
  readonly level: string;
  readonly state: string;
  readonly created: string;
  readonly attempts: number;
  readonly next?: string;
  readonly delivered?: string;
  readonly failed?: string;
  readonly lastError?: string;
  readonly answer?: string;
  readonly digest?: string;
}

/** What a test message met. */
export interface TestResult {
  readonly delivered: boolean;
  /** What the other side said, or why it was not delivered. */
  readonly answer: string;
  readonly ms: number;
}

/** What people see and do about channels and deliveries. */
export interface Notifications {
  channels(): Promise<ChannelStatus[]>;
  deliveries(filter: {
    channel?: string | undefined;
    state?: string | undefined;
    limit: number;
  }): Promise<DeliveryStatus[]>;
  /** Throws ApiError `not_found`. The change is sealed in the log before it is in force. */
  pause(name: string, by: SelfActor): Promise<void>;
  resume(name: string, by: SelfActor): Promise<void>;
  /** Sends a message that says it is a test, now, past limits, quiet hours and a pause. Throws ApiError `not_found`. */
  test(name: string, by: SelfActor): Promise<TestResult>;
  /** Tries a waiting or given-up delivery at once. Throws ApiError `not_found`. */
  retry(id: string, by: SelfActor): Promise<void>;
}

export interface NotificationsOptions {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly channels: readonly (ConfiguredChannel & { readonly channel: Channel })[];
  readonly notifier: Pick<Notifier, "pause" | "wake">;
  readonly publicUrl: URL | undefined;
  readonly now: () => number;
}

const TEST_MS = 20_000;

class ChannelDesk implements Notifications {
  readonly #options: NotificationsOptions;
  readonly #store: DeliveryStore;

  constructor(options: NotificationsOptions) {
    this.#options = options;
    this.#store = new DeliveryStore(options.state, options.now);
  }

  async open(): Promise<this> {
    this.#options.notifier.pause(await this.#paused());
    return this;
  }

  async channels(): Promise<ChannelStatus[]> {
    const { db } = this.#options.state;
    const counts = await this.#store.counts();
    const rows = new Map(
      (await db.selectFrom("notify_channels").selectAll().execute()).map((row) => [row.name, row]),
    );
    return Promise.all(
      this.#options.channels.map(async (channel) => {
        const row = rows.get(channel.name);
        const count = (state: string): number =>
          counts.find((each) => each.channel === channel.name && each.state === state)?.n ?? 0;
        const newest = await this.#newest(channel.name);
        return {
          name: channel.name,
          kind: channel.kind,
          origin: channel.origin,
          state: this.#stateOf(channel, row?.paused ?? null, newest),
          ...(row?.paused == null ? {} : { paused: { at: row.paused, by: row.paused_by ?? "" } }),
          ...toHoldingSettings(channel),
          counts: {
            waiting: count("waiting"),
            held: count("held"),
            delivered: count("delivered"),
            failed: count("failed"),
          },
          unqueued: row?.unqueued ?? 0,
          ...(newest.delivered === undefined ? {} : { lastDelivered: newest.delivered }),
          ...(newest.error === undefined ? {} : { lastError: newest.error }),
        };
      }),
    );
  }

  async deliveries(filter: Parameters<Notifications["deliveries"]>[0]): Promise<DeliveryStatus[]> {
    return (await this.#store.list(filter)).map(toDeliveryStatus);
  }

  async pause(name: string, by: SelfActor): Promise<void> {
    await this.#setPaused(name, by, new Date(this.#options.now()).toISOString());
  }

  async resume(name: string, by: SelfActor): Promise<void> {
    await this.#setPaused(name, by, null);
  }

  async test(name: string, by: SelfActor): Promise<TestResult> {
    const { channel } = this.#mustFind(name);
    const link = toAlertLink(this.#options.publicUrl);
    const notice: TestNotice = {
      type: "test",
      delivery: randomUUID(),
      at: new Date(this.#options.now()).toISOString(),
      by: nameOf(by),
      ...(link === undefined ? {} : { link }),
    };
    const began = performance.now();
    const result = await channel
      .send({ id: notice.delivery, body: JSON.stringify(notice), attempt: 1 }, AbortSignal.timeout(TEST_MS))
      .then(
        (said) => ({ delivered: true, answer: typeof said === "string" ? said : "delivered" }),
        (error: unknown) => ({
          delivered: false,
          answer: error instanceof DeliveryError ? error.message : "unexpected failure",
        }),
      );
    const ms = Math.round(performance.now() - began);
    this.#options.selfLog.emit(
      toEvent("tested", name, by, { delivered: result.delivered, answer: result.answer, ms }),
    );
    return { ...result, ms };
  }

  async retry(id: string, by: SelfActor): Promise<void> {
    const row = await this.#store.retry(id);
    if (row === undefined)
      throw new ApiError("not_found", {
        message: "There is no delivery with this id that could be tried again.",
      });
    this.#options.selfLog.emit(toEvent("retried", row.channel, by, { delivery: id }));
    this.#options.notifier.wake();
  }

  async #setPaused(name: string, by: SelfActor, paused: string | null): Promise<void> {
    this.#mustFind(name);
    if ((await this.#paused()).has(name) === (paused !== null)) return;
    await this.#options.selfLog.seal([toEvent(paused === null ? "resumed" : "paused", name, by, {})]);
    // The log says that the channel is paused, and it is still told.
    // If we die here, it is told after the next start, too.
    // Whoever paused it got no answer, sees it running and pauses it again.
    const values = { paused, paused_by: paused === null ? null : nameOf(by) };
    await this.#options.state.db
      .insertInto("notify_channels")
      .values({ name, ...values })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(values))
      .execute();
    this.#options.notifier.pause(await this.#paused());
  }

  async #paused(): Promise<Set<string>> {
    const rows = await this.#options.state.db
      .selectFrom("notify_channels")
      .select("name")
      .where("paused", "is not", null)
      .execute();
    return new Set(rows.map((row) => row.name));
  }

  #mustFind(name: string): ConfiguredChannel & { readonly channel: Channel } {
    const found = this.#options.channels.find((each) => each.name === name);
    if (found === undefined)
      throw new ApiError("not_found", { message: "There is no channel of this name." });
    return found;
  }

  async #newest(name: string): Promise<{
    delivered: string | undefined;
    error: { at: string; message: string } | undefined;
    isFailing: boolean;
  }> {
    const { db } = this.#options.state;
    const delivered = await db
      .selectFrom("deliveries")
      .select((eb) => eb.fn.max("delivered").as("at"))
      .where("channel", "=", name)
      .where("delivered", "is not", null)
      .executeTakeFirst();
    const failed = await db
      .selectFrom("deliveries")
      .select(["last_error", "failed", "created", "state"])
      .where("channel", "=", name)
      .where("last_error", "is not", null)
      .orderBy("created", "desc")
      .limit(1)
      .executeTakeFirst();
    const at = delivered?.at ?? undefined;
    if (failed === undefined) return { delivered: at, error: undefined, isFailing: false };
    const when = failed.failed ?? failed.created;
    return {
      delivered: at,
      error: { at: when, message: failed.last_error ?? "" },
      isFailing: failed.state === "waiting" || at === undefined || when > at,
    };
  }

  #stateOf(
    { quiet }: ConfiguredChannel,
    paused: string | null,
    { isFailing }: { isFailing: boolean },
  ): ChannelStatus["state"] {
    if (paused !== null) return "paused";
    if (isFailing) return "failing";
    if (quiet !== undefined && quietUntil(quiet.hours, this.#options.now()) !== undefined) return "quiet";
    return "running";
  }
}

const toClock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function toHoldingSettings({ limit, quiet }: ConfiguredChannel): Pick<ChannelStatus, "limit" | "quiet"> {
  return {
    ...(limit === undefined ? {} : { limit: { messages: limit.messages, minutes: limit.perMs / 60_000 } }),
    ...(quiet === undefined
      ? {}
      : {
          quiet: {
            from: toClock(quiet.hours.from),
            to: toClock(quiet.hours.to),
            zone: quiet.hours.zone,
            except: quiet.except,
          },
        }),
  };
}

function toDeliveryStatus(row: DeliveryRow): DeliveryStatus {
  const isOpen = row.state === "waiting" || row.state === "held";
  return {
    id: row.id,
    channel: row.channel,
    ...(row.alert_id === null ? {} : { alert: row.alert_id }),
    reason: row.reason,
    level: row.level,
    state: row.state,
    created: row.created,
    attempts: row.attempts,
    ...(isOpen && row.next_attempt > 0 ? { next: new Date(row.next_attempt).toISOString() } : {}),
    ...(row.delivered === null ? {} : { delivered: row.delivered }),
    ...(row.failed === null ? {} : { failed: row.failed }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    ...(row.answer === null ? {} : { answer: row.answer }),
    ...(row.digest === null ? {} : { digest: row.digest }),
  };
}

function toEvent(reason: string, name: string, by: SelfActor, data: Record<string, unknown>) {
  return {
    action: "log_notification_changed",
    outcome: "success" as const,
    reason,
    actor: toActor(by),
    targets: [{ type: "channel", id: name }],
    data,
  };
}

/** Takes up what was paused before. */
export function openNotifications(options: NotificationsOptions): Promise<Notifications> {
  return new ChannelDesk(options).open();
}
