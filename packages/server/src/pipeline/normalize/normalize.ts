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
 * cannot speak for another one. Throws EventError when the value is no event at all.
 */
export function normalize(input: unknown, sender: Sender, makeId: () => string): NormalizedEvent {
  const context = { now: sender.received, makeId };
  const { event, changed, claimed } = normalizeEvent(
    input,
    sender.app === undefined ? context : { ...context, app: sender.app },
  );
  return { event: event as NormalEvent, changed, claimed };
}
