// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { removeFile, syncDirectory, writeDurable } from "../disk.js";
import { LogError, toError } from "../error.js";
import type { FileSystem } from "../fs.js";
import { type AnySegment, countOf, type Segments } from "../segments.js";
import type { TileStore } from "../tiles.js";
import { parseCertificate } from "./certificate.js";
import { rangeRoot } from "./leaves.js";
import { describeRanges, type IndexRange, MAX_RANGES, overlaps, sameRanges, withRange } from "./ranges.js";
import { formatRecord } from "./record.js";

/** A removal: whole closed, compressed segments, certified by an event of the log. */
export interface PruneRequest extends IndexRange {
  /** Index of the event `log_pruned` that certifies exactly this removal. */
  certificate: number;
  /** Nothing in these ranges may go: the last look, after the certificate was made. */
  held?: readonly IndexRange[];
}

export interface PruneContext {
  fs: FileSystem;
  segments: Segments;
  tiles: TileStore;
  /** The file of the prune record. */
  record: string;
  /** Events under the newest durable head. */
  size: number;
  /** Files that could not be removed; the next start removes them. */
  onWarning(error: Error): void;
}

function findSegments({ segments }: PruneContext, { first, next }: PruneRequest): AnySegment[] {
  const chosen = segments.list.filter((segment) => segment.first >= first && segment.first < next);
  let end = first;
  for (const segment of chosen) {
    if (segment.first !== end || segment.kind !== "zst") break;
    end += countOf(segment);
  }
  if (chosen.length === 0 || end !== next || chosen.some(({ kind }) => kind !== "zst")) {
    throw new LogError("bad_range", `[${first}, ${next}) is not made of whole, closed, compressed segments`);
  }
  return chosen;
}

function refuse(why: string): never {
  throw new LogError("bad_certificate", `nothing was removed: ${why}`);
}

/** The ranges that are gone after this removal. Throws unless the certificate is of exactly this removal. */
async function verifyCertificate(context: PruneContext, request: PruneRequest): Promise<IndexRange[]> {
  const { segments, size, tiles } = context;
  const { certificate: index, first, next } = request;
  if (!Number.isSafeInteger(index) || index < next || index >= size) {
    refuse(`event ${index} does not follow the events that it should certify`);
  }
  const { bytes } = await segments.read(index, index + 1, 1);
  const certificate = parseCertificate(bytes.subarray(0, -1));
  if (certificate === undefined) refuse(`event ${index} is no certificate of a removal`);
  const ranges = withRange(segments.pruned, { first, next });
  if (!sameRanges([certificate.range], [{ first, next }]) || !sameRanges(certificate.pruned, ranges)) {
    refuse(`event ${index} certifies another removal`);
  }
  if (ranges.length > MAX_RANGES) refuse(`more than ${MAX_RANGES} ranges would be missing`);
  if (!(await rangeRoot(tiles, { first, next })).equals(certificate.root)) {
    refuse(`the root in event ${index} is not the root of [${first}, ${next})`);
  }
  return ranges;
}

/**
 * Remove the lines of whole segments; all hash tiles stay, so every proof and receipt still verifies (C2SP
 * tlog-tiles, "Pruning"). Errors: `bad_range`, `bad_certificate`, `held` (nothing was changed); a system error while
 * the record was written (nothing was removed; the next start may complete it, as the certificate says).
 */
export async function pruneSegments(context: PruneContext, request: PruneRequest): Promise<void> {
  const { fs, segments, tiles } = context;
  const chosen = findSegments(context, request);
  const held = request.held?.filter((range) => overlaps(range, request)) ?? [];
  if (held.length > 0)
    throw new LogError("held", `${describeRanges(held)} must be kept: nothing was removed`);
  const ranges = await verifyCertificate(context, request);
  await tiles.sync(request.first, request.next);
  // The certificate is in the log, the tiles above these lines are durable, and the lines are still there.
  // If we die here, the log says that it was going to prune and has not; the verifier finds all lines and is content.
  // Whoever asked for the removal asks again with the same certificate.
  await writeDurable(fs, context.record, formatRecord({ certificate: request.certificate, ranges }));
  segments.remove(chosen, ranges);
  // The record is durable: these lines are gone by right, whether or not their files are.
  // If we die here, files lie about that nobody reads any more.
  // Recovery checks the record against its certificate and removes what is left of them.
  await removeLines(context, chosen);
}

async function removeLines(context: PruneContext, chosen: readonly AnySegment[]): Promise<void> {
  const { fs } = context;
  const directories = new Set<string>();
  try {
    for (const segment of chosen) {
      await removeFile(fs, `${segment.path}.idx`);
      await removeFile(fs, segment.path);
      directories.add(path.dirname(segment.path));
    }
    for (const directory of directories) await syncDirectory(fs, directory);
  } catch (error) {
    context.onWarning(toError(error));
  }
}
