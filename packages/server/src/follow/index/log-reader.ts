// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";

/** The part of a log that searching needs. */
export interface LogReader {
  /** Committed events. */
  readonly size: number;
  /** Committed lines of [from, to), or as many from the start as fit. */
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
}
