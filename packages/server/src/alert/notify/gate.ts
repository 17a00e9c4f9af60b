// SPDX-License-Identifier: Apache-2.0
import type { AlertLevel } from "../alert.js";
import { toLevelOrder } from "../grouping.js";
import type { ChannelConfig } from "./config.js";
import type { DeliveryRow, DeliveryStore } from "./delivery-store.js";
import { quietUntil } from "./quiet.js";

/** What may be sent to a channel now. */
export class Gate {
  readonly #config: Pick<ChannelConfig, "name" | "limit" | "quiet">;
  readonly #store: Pick<DeliveryStore, "sentSince">;
  readonly #now: () => number;

  constructor(
    config: Pick<ChannelConfig, "name" | "limit" | "quiet">,
    store: Pick<DeliveryStore, "sentSince">,
    now: () => number,
  ) {
    this.#config = config;
    this.#store = store;
    this.#now = now;
  }

  /** Until when a message is held back, in milliseconds since 1970; undefined: it may be sent. */
  async closedUntil(row: Pick<DeliveryRow, "reason" | "level">): Promise<number | undefined> {
    // A digest has had its turn when it was made; that all is well again disturbs nobody.
    if (row.reason === "digest" || row.reason === "resolved") return undefined;
    return this.quietFor(row.level) ?? (await this.fullUntil());
  }

  quietFor(level: string): number | undefined {
    const { quiet } = this.#config;
    if (quiet === undefined || toLevelOrder(level as AlertLevel) >= toLevelOrder(quiet.except))
      return undefined;
    return quietUntil(quiet.hours, this.#now());
  }

  /** When the limit lets the next message through. */
  async fullUntil(): Promise<number | undefined> {
    const { name, limit } = this.#config;
    if (limit === undefined) return undefined;
    const sent = await this.#store.sentSince(name, this.#now() - limit.perMs);
    const first = sent.at(-limit.messages);
    return sent.length < limit.messages || first === undefined ? undefined : first + limit.perMs;
  }
}
