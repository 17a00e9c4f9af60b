// SPDX-License-Identifier: Apache-2.0
import type { SigmaFilter } from "@telltale/sigma";

/** The exceptions in force, for whoever compiles the rules. */
export interface ExceptionSource {
  /** Filters to compile with the rules: neither ended nor expired. A rule that one of them names may be gone. */
  active(): readonly SigmaFilter[];
  /** Called after `active()` has changed. Returns how to stop. */
  subscribe(changed: () => void): () => void;
}

/** Where the detect follower says how often a filter kept an event from matching. */
export interface ExceptionHits {
  /** Cheap and synchronous; written down every few seconds. A count may be lost when the process dies. */
  countHits(filterId: string, count: number): void;
}
