// SPDX-License-Identifier: Apache-2.0

/**
 * What can be wrong with a chain.
 * - `gap`: numbers were passed over;
 * - `reordered`: missing numbers came after all, and fit;
 * - `replay`: events that had come before came again, with the same bytes or so late that they cannot be compared;
 * - `fork`: numbers that had come before came again with other bytes;
 * - `broken`: the bytes of these events are not those that the source numbered; the event after them says so.
 */
export type ChainKind = "gap" | "fork" | "replay" | "reordered" | "broken";

/** Something that is wrong with the numbers `from` to `to` of a boot. */
export interface ChainFinding {
  kind: ChainKind;
  from: number;
  to: number;
  via: string;
  boot: string;
  app: string;
  instance?: string;
  /** Server clock of the body that showed it, RFC 3339. */
  received: string;
  /** False: what the server knew of this boot had been given up, so that this may be no fault at all. */
  certain: boolean;
}
