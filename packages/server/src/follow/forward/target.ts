// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";

/** One sealed event on its way out. */
export interface Outgoing {
  readonly index: number;
  /** `<log>:<index>`: names the event wherever it goes, and tells a repeat from a second event. */
  readonly address: string;
  readonly event: SecurityEvent;
}

/** What became of a batch. Positions count from 0 within it; what is in neither list was taken. */
export interface DeliveryResult {
  /** Events that the target will never take, and why. */
  readonly refused: readonly { readonly position: number; readonly reason: string }[];
  /** Events to send again, ascending. */
  readonly again: readonly number[];
  /** Why `again` is not empty. */
  readonly why?: string;
  /** The target's wish how long to wait before sending again, in milliseconds. */
  readonly afterMs?: number;
}

export const ALL_TAKEN: DeliveryResult = { refused: [], again: [] };

/**
 * A place that events are sent to. A new kind is one file in `to/`, its test, and a line in `target-kinds.ts`.
 *
 * `deliver` resolves only with what the other side has confirmed, as far as its protocol can confirm; it throws
 * TargetError, and nothing else, when it does not know or when the batch as a whole was not taken. It MUST give up by
 * itself within its own time-out, and soon after `signal` is aborted. It is called for one batch at a time and MUST
 * tolerate getting events again. Neither its errors nor its reasons hold a secret.
 */
export interface Target {
  readonly name: string;
  readonly kind: string;
  deliver(batch: readonly Outgoing[], signal: AbortSignal): Promise<DeliveryResult>;
  close(): Promise<void>;
}

/**
 * What the forwarder does about a failure of a whole batch:
 * `retry`: wait and send the same again; `split`: send smaller batches, and put an event that is refused alone among
 * the dead letters; `stop`: no event is at fault, so show it and wait for a person, asking again only now and then.
 */
export type Remedy = "retry" | "split" | "stop";

export const REMEDIES = {
  /** No connection, or it broke. */
  unreachable: "retry",
  timeout: "retry",
  /** The target asks for time. */
  busy: "retry",
  /** The answer makes no sense: nobody knows what was taken. */
  bad_answer: "retry",
  too_large: "split",
  /** Something in the batch is refused, without a word about which event. */
  bad_content: "split",
  no_access: "stop",
  misconfigured: "stop",
} as const satisfies Record<string, Remedy>;

export type TargetErrorCode = keyof typeof REMEDIES;

/** Why a batch was not taken. The message is shown to people; it holds no secret and no text of the other side. */
export class TargetError extends Error {
  readonly code: TargetErrorCode;
  readonly afterMs: number | undefined;
  constructor(code: TargetErrorCode, message: string, options: { afterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TargetError";
    this.code = code;
    this.afterMs = options.afterMs;
  }
}
