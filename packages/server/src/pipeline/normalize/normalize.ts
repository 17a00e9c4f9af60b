// SPDX-License-Identifier: Apache-2.0
import { normalizeEvent } from "@telltale/event";
import type { NormalEvent, Sender } from "../stages.js";

export interface NormalizedEvent {
  event: NormalEvent;
  /** False when the event says exactly what its source wrote, so that the source's bytes may be kept. */
  changed: boolean;
  /** True when the sender claimed what it may not: the claim was kept under another name and must be reported. */
  claimed: boolean;
}

/**
 * Gives the event model to one parsed JSON value and binds it to its key: a key that is bound to an application
 * cannot speak for another one. The forged name is kept as `data._claimed.app`.
 * Throws EventError when the value is no event at all.
 */
export function normalize(input: unknown, sender: Sender, makeId: () => string): NormalizedEvent {
  const result = normalizeEvent(input, { now: sender.received, makeId });
  const event = result.event as NormalEvent;
  let claimed =
    result.changed && (event.data?.["_claimed"] !== undefined || event.action.startsWith("claimed_"));
  let changed = result.changed;
  if (sender.app !== undefined && event.source.app !== sender.app) {
    if (event.source.app !== "unknown") {
      const claims = event.data?.["_claimed"];
      const kept = typeof claims === "object" && claims !== null ? claims : {};
      event.data = { ...event.data, _claimed: { ...kept, app: event.source.app } };
      if (event.level === "info") event.level = "warn";
      claimed = true;
    }
    event.source.app = sender.app;
    changed = true;
  }
  return { event, changed, claimed };
}
