// SPDX-License-Identifier: Apache-2.0
import type { Anomaly } from "./anomaly.js";
import { clockText, hourText } from "./time.js";

export type SavedQuota = { hour: number; told: number; kept: [code: string, count: number][]; last: number };

/**
 * At most so many anomalies an hour become events, those that come first; the others are counted, and one event says
 * how many when the hour is over. An attacker cannot flood the log with what we say about it.
 */
export class Quota {
  readonly #most: number;
  #hour = Number.MIN_SAFE_INTEGER;
  #told = 0;
  #held = new Map<string, number>();
  #last = 0;

  constructor(most: number) {
    this.#most = most;
  }

  admit(anomaly: Anomaly): boolean {
    if (this.#told < this.#most) {
      this.#told++;
      return true;
    }
    this.#held.set(anomaly.code, (this.#held.get(anomaly.code) ?? 0) + 1);
    this.#last = anomaly.at;
    return false;
  }

  /** Begins another hour; returns the anomaly that tells what was held back in the one before. */
  turn(hour: number, at: number, time: number): Anomaly | undefined {
    if (hour <= this.#hour) return undefined;
    const ended = this.#hour;
    const held = [...this.#held];
    this.#hour = hour;
    this.#told = 0;
    this.#held = new Map();
    if (held.length === 0) return undefined;
    const count = held.reduce((sum, [, each]) => sum + each, 0);
    const kinds = held.map(([code, each]) => `${each} ${code}`).join(", ");
    return {
      action: "anomaly_rate",
      at,
      time,
      tenant: "",
      entity: { type: "log", id: "main" },
      mark: String(ended),
      score: 90,
      code: "too_many_anomalies",
      reason: `${count} more anomalies were found in the hour from ${clockText(ended)} than the ${this.#most} that were told: ${kinds}`,
      data: { period: "hour", begin: hourText(ended), count, kinds: Object.fromEntries(held) },
      evidence: [this.#last],
    };
  }

  toJSON(): SavedQuota {
    return { hour: this.#hour, told: this.#told, kept: [...this.#held], last: this.#last };
  }

  restore({ hour, told, kept, last }: SavedQuota): void {
    this.#hour = hour;
    this.#told = told;
    this.#held = new Map(kept);
    this.#last = last;
  }
}
