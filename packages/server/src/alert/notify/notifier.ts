// SPDX-License-Identifier: Apache-2.0
import type { Counter, Metrics } from "../../metrics.js";
import type { SelfLog } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";
import type { ChannelConfig } from "./config.js";
import type { DeliveryRow } from "./delivery-store.js";
import { DeliveryStore } from "./delivery-store.js";
import { toDigest } from "./digest.js";
import { Gate } from "./gate.js";
import { toAlertLink, toNotice } from "./notice-queue.js";

/** Delivers what the alert store has queued, at least once, in order of age per channel. */
export interface Notifier {
  /** Looks at once instead of at the next tick. */
  wake(): void;
  /** Nothing is sent to these until they are taken out. */
  pause(names: ReadonlySet<string>): void;
  /** Aborts what is under way (it is tried again at the next start) and waits for it. */
  close(): Promise<void>;
}

/** A channel with what holds its messages back. */
export interface NotifierChannel extends Pick<ChannelConfig, "limit" | "quiet"> {
  readonly channel: Channel;
}

export interface NotifierOptions {
  state: State;
  channels: readonly NotifierChannel[];
  selfLog: SelfLog;
  metrics: Metrics;
  publicUrl?: URL | undefined;
  now?: () => number;
  /** How often to look for due deliveries, in milliseconds. */
  tickMs?: number;
  onError?: (error: unknown) => void;
}

/** After this many attempts (about a day) a message is given up, and that is an event. */
export const MAX_ATTEMPTS = 24;
/** Settled deliveries are shown for so long. */
const KEPT_MS = 90 * 86_400_000;
const PRUNE_MS = 3_600_000;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 2 * 3_600_000;

/** Doubling from 1 s to 2 h; jitter spreads what failed together. `random` in [0, 1). */
export function toBackoff(attempts: number, random: number): number {
  const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return Math.round(wait * (0.75 + random / 2));
}

type Options = Required<Omit<NotifierOptions, "publicUrl">> & Pick<NotifierOptions, "publicUrl">;

interface Lane {
  readonly channel: Channel;
  readonly gate: Gate;
}

class Outbox implements Notifier {
  readonly #options: Options;
  readonly #store: DeliveryStore;
  readonly #lanes: readonly Lane[];
  readonly #sent: Counter;
  readonly #abort = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #paused: ReadonlySet<string> = new Set();
  #prunedAt = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#store = new DeliveryStore(options.state, options.now);
    this.#lanes = options.channels.map(({ channel, limit, quiet }) => ({
      channel,
      gate: new Gate({ name: channel.name, limit, quiet }, this.#store, options.now),
    }));
    this.#sent = options.metrics.counter(
      "telltale_alert_deliveries_total",
      "Attempts to deliver a notification, by outcome.",
    );
    this.#timer = setInterval(() => this.wake(), options.tickMs);
    this.#timer.unref();
    this.wake();
  }

  pause(names: ReadonlySet<string>): void {
    this.#paused = names;
    this.wake();
  }

  // One run per channel at a time: a receiver that is slow delays nobody else.
  wake(): void {
    if (this.#abort.signal.aborted) return;
    this.#prune();
    for (const lane of this.#lanes) {
      const { name } = lane.channel;
      if (this.#running.has(name) || this.#paused.has(name)) continue;
      const run = this.#drain(lane)
        .catch(this.#options.onError)
        .finally(() => this.#running.delete(name));
      this.#running.set(name, run);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#abort.abort();
    await Promise.all(this.#running.values());
  }

  #prune(): void {
    const now = this.#options.now();
    if (this.#running.has("") || now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    const run = this.#store
      .prune(now - KEPT_MS)
      .catch(this.#options.onError)
      .finally(() => this.#running.delete(""));
    // No channel has an empty name.
    this.#running.set("", run);
  }

  async #drain(lane: Lane): Promise<void> {
    const { name } = lane.channel;
    await this.#gather(lane);
    for (let rows = await this.#store.due(name); rows.length > 0; rows = await this.#store.due(name)) {
      for (const row of rows) {
        // After a failure the rest waits for the next tick: a receiver that is down is not asked a thousand times.
        if (this.#isStopped(name) || !(await this.#turn(lane, row))) return;
      }
    }
  }

  #isStopped(name: string): boolean {
    return this.#abort.signal.aborted || this.#paused.has(name);
  }

  /** Makes one digest of what was held back, as soon as it may be sent. */
  async #gather({ channel: { name }, gate }: Lane): Promise<void> {
    const held = await this.#store.heldDue(name);
    const unqueued = await this.#store.unqueued(name);
    if (held.length + unqueued < 2 && unqueued === 0) return;
    const ready: DeliveryRow[] = [];
    for (const row of held) if (gate.quietFor(row.level) === undefined) ready.push(row);
    const isQuiet = unqueued > 0 && gate.quietFor("informational") !== undefined;
    if (ready.length + unqueued < 2 && (unqueued === 0 || isQuiet)) return;
    if ((await gate.fullUntil()) !== undefined || (await this.#store.hasWaitingDigest(name))) return;
    const at = new Date(this.#options.now()).toISOString();
    const link = toAlertLink(this.#options.publicUrl);
    await this.#store.digest(name, ready, toDigest(ready, { at, unqueued, link }));
  }

  /** True when the channel may be asked for the next one. */
  async #turn({ channel, gate }: Lane, row: DeliveryRow): Promise<boolean> {
    const until = await gate.closedUntil(row);
    if (until !== undefined) {
      await this.#store.hold([row.id], until);
      return true;
    }
    if (row.unless_acted === 0) return this.#attempt(channel, row);
    const alert = await this.#store.alertOf(row);
    const hasActed =
      alert === undefined ||
      alert.status !== "new" ||
      alert.history.some(({ by }) => by.kind === "user" || by.kind === "key");
    if (hasActed) {
      await this.#store.cancel(row.id, "somebody acted in time");
      return true;
    }
    const at = new Date(this.#options.now()).toISOString();
    const body = JSON.stringify(toNotice(this.#options.publicUrl, row.id, "escalated", at, alert));
    return this.#attempt(channel, { ...row, body });
  }

  async #attempt(channel: Channel, row: DeliveryRow): Promise<boolean> {
    const attempts = row.attempts + 1;
    let failure: DeliveryError | undefined;
    let answer: string | undefined;
    try {
      const said = await channel.send({ id: row.id, body: row.body, attempt: attempts }, this.#abort.signal);
      answer = typeof said === "string" ? said : undefined;
    } catch (error) {
      if (this.#abort.signal.aborted) return false;
      failure =
        error instanceof DeliveryError ? error : new DeliveryError("unexpected failure", { cause: error });
    }
    const isGivenUp = failure !== undefined && (failure.isFinal || attempts >= MAX_ATTEMPTS);
    // True now: the receiver has the message or not, and only we know. If we die before this write, it is sent
    // again with the same delivery id. The receiver drops the repeat by that id.
    const wait = Math.max(toBackoff(attempts, Math.random()), failure?.afterMs ?? 0);
    await this.#store.settle(row, {
      attempts,
      answer,
      error: failure?.message,
      next: isGivenUp ? undefined : this.#options.now() + wait,
    });
    const outcome = failure === undefined ? "delivered" : isGivenUp ? "given_up" : "failed";
    this.#sent.add(1, { channel: channel.name, outcome });
    if (isGivenUp) this.#reportGivenUp(channel, row, attempts, failure?.message ?? "");
    return failure === undefined || isGivenUp;
  }

  #reportGivenUp(channel: Channel, row: DeliveryRow, attempts: number, why: string): void {
    this.#options.selfLog.emit({
      action: "log_notification_failed",
      outcome: "failure",
      level: "warn",
      reason: "given_up",
      message: `A notification could not be delivered: ${why}`,
      targets: [
        { type: "channel", id: channel.name },
        ...(row.alert_id === null ? [] : [{ type: "alert", id: row.alert_id }]),
      ],
      data: { channel: channel.name, attempts, delivery: row.id, reason: row.reason },
    });
  }
}

/** Starts delivering; deliveries left over from an earlier run are taken up. */
export function startNotifier(options: NotifierOptions): Notifier {
  return new Outbox({ now: Date.now, tickMs: 1_000, onError: () => {}, ...options });
}
