// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from "kysely";
import type { Metrics } from "../../metrics.js";
import type { SelfLog } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { DeliveryTable } from "../../state/tables.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";

/** Delivers what the alert store has queued, at least once, in order of age per channel. */
export interface Notifier {
  /** Looks at once instead of at the next tick. */
  wake(): void;
  /** Aborts what is under way (it is tried again at the next start) and waits for it. */
  close(): Promise<void>;
}

export interface NotifierOptions {
  state: State;
  channels: readonly Channel[];
  selfLog: SelfLog;
  metrics: Metrics;
  now?: () => number;
  /** How often to look for due deliveries, in milliseconds. */
  tickMs?: number;
  onError?(error: unknown): void;
}

/** After this many attempts (about a day) a message is given up, and that is an event. */
export const MAX_ATTEMPTS = 24;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 2 * 3_600_000;
const BATCH = 20;

/** Doubling from 1 s to 2 h; jitter spreads what failed together. `random` in [0, 1). */
export function toBackoff(attempts: number, random: number): number {
  const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return Math.round(wait * (0.75 + random / 2));
}

/** Starts delivering; deliveries left over from an earlier run are taken up. */
export function startNotifier(options: NotifierOptions): Notifier {
  const { state, channels, selfLog, metrics, now = Date.now, tickMs = 1_000, onError = () => {} } = options;
  const sent = metrics.counter(
    "telltale_alert_deliveries_total",
    "Attempts to deliver a notification, by outcome.",
  );
  const abort = new AbortController();
  const running = new Map<string, Promise<void>>();

  function due(channel: string): Promise<Selectable<DeliveryTable>[]> {
    return state.db
      .selectFrom("deliveries")
      .selectAll()
      .where("channel", "=", channel)
      .where("delivered", "is", null)
      .where("failed", "is", null)
      .where("next_attempt", "<=", now())
      .orderBy("created")
      .limit(BATCH)
      .execute();
  }

  async function attempt(channel: Channel, row: Selectable<DeliveryTable>): Promise<void> {
    const attempts = row.attempts + 1;
    let failure: DeliveryError | undefined;
    try {
      await channel.send({ id: row.id, body: row.body, attempt: attempts }, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return;
      failure =
        error instanceof DeliveryError ? error : new DeliveryError("unexpected failure", { cause: error });
    }
    const at = new Date(now()).toISOString();
    const givenUp = failure !== undefined && (failure.isFinal || attempts >= MAX_ATTEMPTS);
    const set =
      failure === undefined
        ? { delivered: at, last_error: null }
        : {
            last_error: failure.message.slice(0, 200),
            ...(givenUp ? { failed: at } : { next_attempt: now() + toBackoff(attempts, Math.random()) }),
          };
    // True now: the receiver has the message or not, and only we know. If we die before this write, it is sent
    // again with the same delivery id. The receiver drops the repeat by that id.
    await state.db
      .updateTable("deliveries")
      .set({ attempts, ...set })
      .where("id", "=", row.id)
      .execute();
    sent.add(1, {
      channel: channel.name,
      outcome: failure === undefined ? "delivered" : givenUp ? "given_up" : "failed",
    });
    if (!givenUp) return;
    selfLog.emit({
      action: "log_notification_failed",
      outcome: "failure",
      level: "warn",
      reason: "given_up",
      message: `A notification could not be delivered: ${failure?.message ?? ""}`,
      targets: [{ type: "alert", id: row.alert_id }],
      data: { channel: channel.name, attempts },
    });
  }

  async function drain(channel: Channel): Promise<void> {
    for (let rows = await due(channel.name); rows.length > 0; rows = await due(channel.name)) {
      for (const row of rows) {
        if (abort.signal.aborted) return;
        await attempt(channel, row);
      }
    }
  }

  // One run per channel at a time: a receiver that is slow delays nobody else.
  function wake(): void {
    if (abort.signal.aborted) return;
    for (const channel of channels) {
      if (running.has(channel.name)) continue;
      const run = drain(channel)
        .catch(onError)
        .finally(() => running.delete(channel.name));
      running.set(channel.name, run);
    }
  }

  const timer = setInterval(wake, tickMs);
  timer.unref();
  wake();
  return {
    wake,
    async close() {
      clearInterval(timer);
      abort.abort();
      await Promise.all(running.values());
    },
  };
}
