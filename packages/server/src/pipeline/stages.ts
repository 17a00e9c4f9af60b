// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";

declare const stage: unique symbol;

/** An event in the one event model, by whoever sent it. It may still hold secrets. */
export type NormalEvent = SentEvent & { readonly [stage]: "normal" };

/** An event that went through `protectEvent`. Only such an event may be sealed, shown or written to a log. */
export type ProtectedEvent = SentEvent & { readonly [stage]: "protected" };

/** Who sent a body and when it came: all that the server itself states about the events in it. */
export interface Sender {
  /** Server clock, RFC 3339 UTC with milliseconds, stamped once per request. */
  received: string;
  /** Id of the key. */
  via: string;
  tenant?: string;
  /** The application that the key is bound to; undefined when it may speak for any. */
  app?: string;
}

/** What stands in `via` of all that Telltale says about itself. Ids of keys begin with their role, so none can be this. */
export const SELF_VIA = "telltale";
