// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "./types.js";

/** What an event made of a correlation. */
export interface Fired {
  readonly finding: Finding;
  /** The events that came into its episode, ascending: those of the window when it begins, then those of each finding. */
  readonly added: readonly number[];
  readonly begins: boolean;
}

/** One referenced rule came true for the event: a rule, or a correlation with what it made of it. */
export interface Firing {
  /** Position in the correlation's `rules`. */
  readonly role: number;
  readonly fired?: Fired;
}
