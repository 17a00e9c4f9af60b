// SPDX-License-Identifier: Apache-2.0
import type { EvidenceRange, Selection } from "@telltale/merkle/evidence";
import type { WitnessPolicy } from "@telltale/merkle";

/** Where the maker of a bundle reads a log. What it gives is proven against the signed root before it is written down. */
export interface EvidenceSource {
  readonly vkey: string;
  /** The log's key history, where its key was ever changed. */
  readonly keyHistory?: string;
  /** The newest signed checkpoint, a note with whatever cosignatures it has. */
  readonly checkpoint: string;
  /** An older one that enough witnesses cosigned. */
  readonly witnessed?: string;
  /** Whom the log's keeper has configured as witnesses. */
  readonly policy?: Pick<WitnessPolicy, "witnesses" | "quorum">;
  /** What retention has removed. */
  readonly pruned: readonly EvidenceRange[];
  tile(level: number, n: number, width: number): Promise<Uint8Array | undefined>;
  /** The sealed lines of these ascending indexes, in order, without their newlines. */
  lines(indices: readonly number[]): AsyncIterable<Uint8Array>;
}

/** What a bundle is to hold. */
export interface EvidenceRequest {
  log: string;
  selection: Selection;
  /** Ascending, each once, all of them there. */
  indices: readonly number[];
  /** Asked for, and removed by retention. Ascending. */
  missing: readonly number[];
  limited: boolean;
  complete: boolean;
  /** One of `indices`: the log's own event about this export. */
  record?: number;
  /** RFC 3339. */
  made: string;
  /** The program that makes it, with its version. */
  by: string;
}
