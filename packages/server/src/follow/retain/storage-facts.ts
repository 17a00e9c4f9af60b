// SPDX-License-Identifier: Apache-2.0
import type { Segment } from "@telltale/log";
import { lastReceived } from "./segment-facts.js";
import type { RetainLog } from "./retain-log.js";

/** What the log takes of the disk, and how far back it reaches. Times in ms since 1970, undefined where there is no event. */
export interface StorageFacts {
  readonly segments: number;
  /** Those that are closed and compressed: what retention may remove. */
  readonly compressed: number;
  readonly bytes: number;
  /** When the oldest event that is kept was received. */
  readonly oldest: number | undefined;
  /** The same for the oldest one that can be searched. */
  readonly oldestSearchable: number | undefined;
}

/** Reads two events of the log at most. */
export async function readStorage(log: RetainLog, searchableFrom: number): Promise<StorageFacts> {
  const segments = log.segments();
  const firstKept = log.firstKept(0);
  const oldest = await received(log, firstKept);
  return {
    segments: segments.length,
    compressed: segments.filter(({ closed, path }) => closed && path.endsWith(".zst")).length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    oldest,
    oldestSearchable: searchableFrom <= firstKept ? oldest : await received(log, searchableFrom),
  };
}

async function received(log: RetainLog, index: number): Promise<number | undefined> {
  if (index >= log.size) return undefined;
  // As if the one event were a segment: its last event is itself.
  const one: Segment = { first: index, count: 1, bytes: 0, path: "", closed: false };
  const time = await lastReceived(log, one);
  return Number.isFinite(time) ? time : undefined;
}
