// SPDX-License-Identifier: Apache-2.0

/** Why an event never reached the server. */
export type LossReason =
  /** Memory was full; see `Queue`. */
  | "memory_full"
  /** The spool was full, or could not be written and memory was full; see `onFull`. */
  | "spool_full"
  /** It stood in the spool and could not be read back. */
  | "spool_damaged"
  /** Larger than the server takes, even alone. */
  | "too_large"
  /** The server refused a batch as malformed, and this event alone too. */
  | "refused"
  /** Emitted after `close`, or still waiting when it ended. */
  | "closed"
  /** No event could be made of it. */
  | "unusable";

/** The same for people. */
export const LOSS_WORDS: Readonly<Record<LossReason, string>> = {
  memory_full: "memory for waiting events was full (maxBytes)",
  spool_full: "the spool was full (spool.maxBytes)",
  spool_damaged: "it could not be read back from the spool",
  too_large: "it is larger than the server takes",
  refused: "the server refused it as malformed",
  closed: "emitted after close(), or still waiting when it ended",
  unusable: "no event could be made of it",
};

/** Counts of lost events by reason. */
export type LossCounts = Partial<Record<LossReason, number>>;

/** Keeps account of lost events until the server has been told. */
export class Losses {
  #pending: LossCounts = {};
  #since = 0;
  total = 0;

  add(reason: LossReason, count: number): void {
    this.total += count;
    this.#since ||= Date.now();
    this.#pending[reason] = (this.#pending[reason] ?? 0) + count;
  }

  /** A report was lost itself: what it said is to be told again. */
  putBack(counts: LossCounts): void {
    for (const [reason, count] of Object.entries(counts) as [LossReason, number][]) {
      this.#pending[reason] = (this.#pending[reason] ?? 0) + count;
    }
  }

  /** What has not been told yet, once. */
  take(): { counts: LossCounts; count: number; since: number } | undefined {
    const counts = this.#pending;
    const count = Object.values(counts).reduce((sum, each) => sum + each, 0);
    if (count === 0) return undefined;
    const since = this.#since;
    this.#pending = {};
    this.#since = 0;
    return { counts, count, since };
  }
}
