// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from "kysely";
import type { Counter, Metrics } from "../../metrics.js";
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
  onError?: (error: unknown) => void;
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

type Row = Selectable<DeliveryTable>;

class Outbox implements Notifier {
  readonly #options: Required<NotifierOptions>;
  readonly #sent: Counter;
  readonly #abort = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: Required<NotifierOptions>) {
    this.#options = options;
    this.#sent = options.metrics.counter(
      "telltale_alert_deliveries_total",
      "Attempts to deliver a notification, by outcome.",
    );
    this.#timer = setInterval(() => this.wake(), options.tickMs);
    this.#timer.unref();
    this.wake();
  }

  // One run per channel at a time: a receiver that is slow delays nobody else.
  wake(): void {
    if (this.#abort.signal.aborted) return;
    for (const channel of this.#options.channels) {
      if (this.#running.has(channel.name)) continue;
      const run = this.#drain(channel)
        .catch(this.#options.onError)
        .finally(() => this.#running.delete(channel.name));
      this.#running.set(channel.name, run);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#abort.abort();
    await Promise.all(this.#running.values());
  }

  #due(channel: string): Promise<Row[]> {
    return this.#options.state.db
      .selectFrom("deliveries")
      .selectAll()
      .where("channel", "=", channel)
      .where("delivered", "is", null)
      .where("failed", "is", null)
      .where("next_attempt", "<=", this.#options.now())
      .orderBy("created")
      .limit(BATCH)
      .execute();
  }

  async #drain(channel: Channel): Promise<void> {
    for (let rows = await this.#due(channel.name); rows.length > 0; rows = await this.#due(channel.name)) {
      for (const row of rows) {
        // After a failure the rest waits for the next tick: a receiver that is down is not asked a thousand times.
        if (this.#abort.signal.aborted || !(await this.#attempt(channel, row))) return;
      }
    }
  }

  /** True when the channel may be asked for the next one. */
  async #attempt(channel: Channel, row: Row): Promise<boolean> {
    const attempts = row.attempts + 1;
    let failure: DeliveryError | undefined;
    try {
      await channel.send({ id: row.id, body: row.body, attempt: attempts }, this.#abort.signal);
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      failure =
        error instanceof DeliveryError ? error : new DeliveryError("unexpected failure", { cause: error });
    }
    const isGivenUp = failure !== undefined && (failure.isFinal || attempts >= MAX_ATTEMPTS);
    // True now: the receiver has the message or not, and only we know. If we die before this write, it is sent
    // again with the same delivery id. The receiver drops the repeat by that id.
    await this.#store(row, attempts, failure, isGivenUp);
    const outcome = failure === undefined ? "delivered" : isGivenUp ? "given_up" : "failed";
    this.#sent.add(1, { channel: channel.name, outcome });
    if (isGivenUp) this.#reportGivenUp(channel, row, attempts, failure?.message ?? "");
    return failure === undefined || isGivenUp;
  }

  async #store(
    row: Row,
    attempts: number,
    failure: DeliveryError | undefined,
    isGivenUp: boolean,
  ): Promise<void> {
    const now = this.#options.now();
    const at = new Date(now).toISOString();
    const next = isGivenUp ? { failed: at } : { next_attempt: now + toBackoff(attempts, Math.random()) };
    const set =
      failure === undefined
        ? { delivered: at, last_error: null }
        : { last_error: failure.message.slice(0, 200), ...next };
    await this.#options.state.db
      .updateTable("deliveries")
      .set({ attempts, ...set })
      .where("id", "=", row.id)
      .execute();
  }

  #reportGivenUp(channel: Channel, row: Row, attempts: number, why: string): void {
    this.#options.selfLog.emit({
      action: "log_notification_failed",
      outcome: "failure",
      level: "warn",
      reason: "given_up",
      message: `A notification could not be delivered: ${why}`,
      targets: [{ type: "alert", id: row.alert_id }],
      data: { channel: channel.name, attempts },
    });
  }
}

/** Starts delivering; deliveries left over from an earlier run are taken up. */
export function startNotifier(options: NotifierOptions): Notifier {
  return new Outbox({ now: Date.now, tickMs: 1_000, onError: () => {}, ...options });
}
