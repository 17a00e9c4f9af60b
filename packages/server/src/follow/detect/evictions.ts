// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import type { CorrelatorStats } from "@telltale/sigma";
import type { SelfEvent } from "../../self-log.js";

const HOUR_MS = 3_600_000;

/**
 * Tells that correlations had to forget, because then an attack may go unseen: at once, and then once an hour of the stream
 * with what came together since. The id follows from the rules and the hour, so a replay adds nothing.
 */
export class EvictionReport {
  #toldEvictions: number;
  #toldGivenUp: number;
  #hour = Number.NEGATIVE_INFINITY;

  /** What was forgotten before was told. */
  constructor({ evictions, givenUp }: CorrelatorStats) {
    this.#toldEvictions = evictions;
    this.#toldGivenUp = givenUp;
  }

  /** The event to be told, if there is one. `received`: of the newest event, ms since 1970. */
  next(stats: CorrelatorStats, rules: string, received: number): SelfEvent | undefined {
    const evictions = stats.evictions - this.#toldEvictions;
    const givenUp = stats.givenUp - this.#toldGivenUp;
    const hour = Math.floor(received / HOUR_MS);
    if ((evictions <= 0 && givenUp <= 0) || hour <= this.#hour) return undefined;
    this.#hour = hour;
    this.#toldEvictions = stats.evictions;
    this.#toldGivenUp = stats.givenUp;
    const parts = JSON.stringify(["detect-evicted", rules, hour]);
    return {
      action: "telltale_detect_evicted",
      id: uuidV8(createHash("sha256").update(parts).digest()),
      message:
        `Correlations had to forget: ${evictions} groups for want of room, ${givenUp} windows of flooded groups. ` +
        `An attack spread over as many groups may go unseen. They hold ${stats.keys} groups now.`,
      data: { evictions, givenUp, keys: stats.keys, entries: stats.entries, waiting: stats.waiting },
    };
  }
}
