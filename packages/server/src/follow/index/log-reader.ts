// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";

/** The part of a log that searching needs. */
export interface LogReader {
  /** Committed events. */
  readonly size: number;
  /** What is gone, in order; absent where nothing ever is. */
  readonly pruned?: readonly { readonly first: number; readonly next: number }[];
  /** The first index from `index` on that was not pruned; absent where nothing ever is. */
  firstKept?(index: number): number;
  /** Committed lines of [from, to), or as many from the start as fit. */
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
}
