// SPDX-License-Identifier: Apache-2.0
import { findAction, type SecurityEvent, uuidV7 } from "@telltale/event";
import type { Random } from "../random.js";

/** What differs between two events of one person; the recorder fills in the rest. */
export type Details = Partial<
  Pick<
    SecurityEvent,
    "outcome" | "reason" | "actor" | "targets" | "client" | "request" | "changes" | "money" | "data"
  >
>;

/** Writes events as they would stand in the log, with ids that follow from the random numbers. */
export class Recorder {
  readonly #random: Random;
  readonly #events: SecurityEvent[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** `time`: milliseconds since 1970. */
  add(time: number, action: string, details: Details, app = "shop-api"): void {
    const known = findAction(action);
    const random = this.#random;
    const bytes = Uint8Array.from({ length: 10 }, () => random.below(256));
    this.#events.push({
      received: new Date(time + 20 + random.below(200)).toISOString(),
      via: `k_${app}`,
      v: 1,
      id: uuidV7(time, bytes),
      time: new Date(time).toISOString(),
      source: { app, env: "production" },
      action,
      outcome: known?.outcome ?? "success",
      level: known?.level ?? "info",
      ...details,
    });
  }

  /** Hands out what came before `end`, in the order in which it was received, and keeps the rest. */
  takeBefore(end: number): SecurityEvent[] {
    const bound = new Date(end).toISOString();
    const all = this.#events.splice(0);
    const ready: SecurityEvent[] = [];
    for (const event of all) (event.received < bound ? ready : this.#events).push(event);
    return ready.sort((a, b) =>
      a.received < b.received ? -1 : a.received > b.received ? 1 : a.id < b.id ? -1 : 1,
    );
  }
}
