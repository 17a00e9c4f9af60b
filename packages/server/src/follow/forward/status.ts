// SPDX-License-Identifier: Apache-2.0
import type { TargetErrorCode } from "./target.js";

/**
 * `running`: events go out, or there are none. `waiting`: the target could not take them and is asked again soon.
 * `failed`: a person has to mend something (a token, a setting); the target is asked again now and then.
 * `paused`: a person wants it so.
 */
export type ForwardState = "running" | "waiting" | "paused" | "failed";

/** Events since the start of the process. */
export interface ForwardCounts {
  /** Taken by the target; an event that was sent again counts again. */
  readonly delivered: number;
  /** Refused for good: they are dead letters. */
  readonly refused: number;
  /** Tried again after an attempt that failed, whether it had reached the target or not; counted each time. */
  readonly retried: number;
}

/** What people are shown about one target. Nothing in it is secret. */
export interface ForwardStatus {
  readonly name: string;
  readonly kind: string;
  readonly state: ForwardState;
  /** When it got into this state, RFC 3339. */
  readonly since: string;
  /** The first index that the target has not confirmed. */
  readonly next: number;
  /** Committed events from there on, whether the filter passes them or not. */
  readonly lag: number;
  /** The last failure; stays, with its time, after the target has recovered. */
  readonly lastError?: {
    readonly code: TargetErrorCode | "internal";
    readonly message: string;
    readonly at: string;
  };
  /** RFC 3339. */
  readonly lastDelivered?: string;
  readonly counts: ForwardCounts;
}
