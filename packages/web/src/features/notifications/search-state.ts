// SPDX-License-Identifier: Apache-2.0

export const DELIVERY_FILTERS = ["all", "waiting", "held", "failed", "delivered"] as const;
export type DeliveryFilter = (typeof DELIVERY_FILTERS)[number];

/** What of the notifications page is in its address. */
export interface NotificationsSearch {
  /** Only deliveries of this channel. */
  channel?: string;
  /** Absent: all. */
  state?: Exclude<DeliveryFilter, "all">;
}

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseNotificationsSearch(raw: Record<string, unknown>): NotificationsSearch {
  const { channel } = raw;
  const state = DELIVERY_FILTERS.find((each) => each === raw["state"]);
  return {
    ...(typeof channel === "string" && /^[a-z0-9-]{1,40}$/.test(channel) ? { channel } : {}),
    ...(state === undefined || state === "all" ? {} : { state }),
  };
}
