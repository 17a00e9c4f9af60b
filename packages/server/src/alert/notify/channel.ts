// SPDX-License-Identifier: Apache-2.0

/** One message to deliver; `id` stays the same over all attempts, so a receiver can drop repeats. */
export interface Delivery {
  id: string;
  /** A notice as JSON; see `parseNotice`. */
  body: string;
  attempt: number;
}

/**
 * A way to tell people. `send` resolves only when the other side confirmed, with what it said in a few words where it
 * said something, else throws DeliveryError; it may be called again with the same delivery. It MUST give up by itself
 * within its own time-out and when aborted.
 */
export interface Channel {
  readonly name: string;
  send(delivery: Delivery, signal: AbortSignal): Promise<string | void>;
}

export interface DeliveryErrorOptions {
  isFinal?: boolean;
  /** What the receiver asked for; not before so many milliseconds. */
  afterMs?: number | undefined;
  cause?: unknown;
}

/** Why a message was not delivered. `isFinal`: trying again cannot help. The message holds no secret. */
export class DeliveryError extends Error {
  readonly isFinal: boolean;
  readonly afterMs: number | undefined;
  constructor(message: string, options: DeliveryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DeliveryError";
    this.isFinal = options.isFinal ?? false;
    this.afterMs = options.afterMs;
  }
}
