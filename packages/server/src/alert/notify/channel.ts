// SPDX-License-Identifier: Apache-2.0

/** One message to deliver; `id` stays the same over all attempts, so a receiver can drop repeats. */
export interface Delivery {
  id: string;
  body: string;
  attempt: number;
}

/**
 * A way to tell people. `send` resolves only when the other side confirmed, else throws DeliveryError; it may be
 * called again with the same delivery. It MUST give up by itself within its own time-out and when aborted.
 */
export interface Channel {
  readonly name: string;
  send(delivery: Delivery, signal: AbortSignal): Promise<void>;
}

/** Why a message was not delivered. `isFinal`: trying again cannot help. The message holds no secret. */
export class DeliveryError extends Error {
  readonly isFinal: boolean;
  constructor(message: string, options: { isFinal?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DeliveryError";
    this.isFinal = options.isFinal ?? false;
  }
}
