// SPDX-License-Identifier: Apache-2.0
import { toWait, type Waits } from "./backoff.js";
import type { DeadLetter, DeadLetters } from "./dead-letters.js";
import type { ForwardCounts, ForwardState, ForwardStatus } from "./status.js";
import {
  ALL_TAKEN,
  REMEDIES,
  TargetError,
  type DeliveryResult,
  type Outgoing,
  type Target,
} from "./target.js";

export interface SenderOptions {
  readonly target: Target;
  readonly deadLetters: Pick<DeadLetters, "append">;
  readonly waits: Waits;
  readonly now: () => number;
  readonly random: () => number;
}

/** What a sender needs to know of who gave it work. */
export interface Order {
  /** Resolves when sending may go on: false when the work is not wanted any more. */
  proceed(): Promise<boolean>;
  /** The same without waiting. */
  isWanted(): boolean;
  /** Told after each step what is left; everything before it is settled. */
  onProgress(rest: readonly Outgoing[]): void;
  readonly signal: AbortSignal;
}

/**
 * Sends events to one target, in order, until each is taken or a dead letter: it waits while the target cannot, sends
 * less when it chokes, and keeps account of both.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #counts = { delivered: 0, refused: 0, retried: 0 };
  #state: Exclude<ForwardState, "paused"> = "running";
  #since: string;
  #lastError: ForwardStatus["lastError"];
  #lastDelivered: string | undefined;
  #attempts = 0;
  /** Events of one delivery; small after the target has choked on a batch. */
  #limit = Number.MAX_SAFE_INTEGER;
  #wake: (() => void) | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#since = this.#time();
  }

  get account(): {
    state: Exclude<ForwardState, "paused">;
    since: string;
    lastError: ForwardStatus["lastError"];
    lastDelivered: string | undefined;
    counts: ForwardCounts;
  } {
    return {
      state: this.#state,
      since: this.#since,
      lastError: this.#lastError,
      lastDelivered: this.#lastDelivered,
      counts: { ...this.#counts },
    };
  }

  /** Ends a wait: the next attempt is made now. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves when nothing is left or the work is not wanted any more. Rejects when a dead letter cannot be kept. */
  async send(work: readonly Outgoing[], order: Order): Promise<void> {
    let rest = work;
    while (rest.length > 0 && (await order.proceed())) {
      const part = rest.slice(0, this.#limit);
      const outcome = await this.#attempt(part, order.signal);
      // Stopped, or to be sent again from an earlier index: the same events will come back.
      if (!order.isWanted()) return;
      if (outcome instanceof TargetError) {
        if (!(await this.#endure(part, outcome, order))) continue;
        rest = rest.slice(part.length);
        order.onProgress(rest);
      } else {
        await this.#bury(part, outcome.refused);
        rest = [...outcome.again.map((position) => part[position]!), ...rest.slice(part.length)];
        order.onProgress(rest);
        await this.#settle(part.length, outcome, order);
      }
    }
  }

  /** Shows a failure that is not the target's, until the next delivery. */
  fail(error: Error): void {
    this.#lastError = { code: "internal", message: error.message, at: this.#time() };
    this.#become("waiting");
  }

  async #attempt(part: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult | TargetError> {
    try {
      const result = await this.#options.target.deliver(part, signal);
      return isPlausible(result, part.length)
        ? result
        : new TargetError("bad_answer", "the answer names events that were not sent");
    } catch (error) {
      if (error instanceof TargetError) return error;
      // Not one of the failures that a target may have. Its text is not made for people, it could hold anything.
      return new TargetError("bad_answer", "the delivery failed unexpectedly", { cause: error });
    }
  }

  /** After a failure of all events: true when they are settled nevertheless, as dead letters. */
  async #endure(part: readonly Outgoing[], error: TargetError, order: Order): Promise<boolean> {
    const remedy = REMEDIES[error.code];
    if (remedy === "split") {
      this.#note(error);
      if (part.length > 1) {
        this.#limit = Math.ceil(part.length / 2);
        return false;
      }
      await this.#bury(part, [{ position: 0, reason: error.message }]);
      this.#grow();
      return true;
    }
    this.#counts.retried += part.length;
    this.#attempts++;
    this.#note(error);
    this.#become(remedy === "stop" ? "failed" : "waiting");
    const { waits, random } = this.#options;
    const wait = remedy === "stop" ? waits.stoppedMs : toWait(waits, this.#attempts, random(), error.afterMs);
    await this.#sleep(wait, order);
    return false;
  }

  /** After a delivery that the target answered: waits if it wants some events again later. */
  async #settle(sent: number, result: DeliveryResult, order: Order): Promise<void> {
    const { again, refused } = result;
    const taken = sent - again.length - refused.length;
    if (taken > 0) {
      this.#counts.delivered += taken;
      this.#lastDelivered = this.#time();
      this.#attempts = 0;
    }
    if (again.length === 0) {
      this.#become("running");
      this.#grow();
      return;
    }
    this.#counts.retried += again.length;
    if (again.length < sent && result.afterMs === 0) return;
    this.#attempts++;
    this.#note(new TargetError("busy", result.why ?? "the target wants some events again"));
    this.#become("waiting");
    const { waits, random } = this.#options;
    await this.#sleep(toWait(waits, this.#attempts, random(), result.afterMs), order);
  }

  async #bury(part: readonly Outgoing[], refused: DeliveryResult["refused"]): Promise<void> {
    if (refused.length === 0) return;
    const at = this.#time();
    const { target, deadLetters } = this.#options;
    const letters = refused.map(({ position, reason }): DeadLetter => {
      const { address, event } = part[position]!;
      return { at, target: target.name, address, id: event.id, action: event.action, reason };
    });
    // First the letter, then the cursor: dying in between only writes the letter twice.
    await deadLetters.append(target.name, letters);
    this.#counts.refused += letters.length;
  }

  #grow(): void {
    this.#limit = Math.min(this.#limit * 2, Number.MAX_SAFE_INTEGER);
  }

  #note({ code, message }: TargetError): void {
    this.#lastError = { code, message, at: this.#time() };
  }

  #become(state: Exclude<ForwardState, "paused">): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#time();
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }

  async #sleep(ms: number, order: Order): Promise<void> {
    if (!order.isWanted()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

/** Positions inside the batch, each once, the ones to send again in order. */
function isPlausible(result: DeliveryResult, length: number): boolean {
  if (result === ALL_TAKEN) return true;
  const seen = new Set<number>();
  let last = -1;
  for (const position of result.again) {
    if (position <= last) return false;
    last = position;
    seen.add(position);
  }
  for (const { position } of result.refused) seen.add(position);
  if (seen.size !== result.again.length + result.refused.length) return false;
  for (const position of seen)
    if (!Number.isInteger(position) || position < 0 || position >= length) return false;
  return true;
}
