// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";

/** The part of a log that retention needs. */
export type RetainLog = Pick<
  Log,
  | "origin"
  | "vkey"
  | "keys"
  | "keyHistory"
  | "size"
  | "tile"
  | "pruned"
  | "firstKept"
  | "segments"
  | "read"
  | "rangeRoot"
  | "checkpoint"
  | "prune"
>;
