// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { RightEdge, TILE_WIDTH } from "@telltale/merkle";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { hashLeaves, hashNode } from "../hash.js";
import { parseSegmentName, segmentName } from "../paths.js";
import { scanPlain, scanZst } from "../scan.js";
import { sliceLines } from "../segments.js";
import type { LineBatch, VerifyLogOptions } from "../types.js";
import { loadCodec } from "../zstd/codec.js";
import { type IndexRange, rangeAt } from "../prune/ranges.js";
import { type FramePlace, parseIndex } from "../zstd/file.js";
import { readLeafTile, TileChecker } from "./tiles.js";

/** Roots to be compared on the way, by size; the replay stops briefly at each. */
export interface Waypoint {
  size: number;
  onRoot(root: Uint8Array): void;
}

export interface Replay {
  edge: RightEdge;
  tiles: TileChecker;
  /** Events whose bytes were hashed. */
  checked: number;
  /** The line at `ReplayInput.wanted`, without its newline, when it was reached. */
  found?: Buffer;
  /** Events from here on could not be read. */
  brokenAt?: { event: number; message: string };
  /** Side files that are damaged although the events are not: by the first event concerned. */
  side: { event: number; message: string }[];
}

export interface ReplayInput {
  segments: string;
  tileRoot: string;
  size: number;
  /** Events whose lines may be missing: their hashes come from the tiles, and the signed roots prove those. */
  pruned: readonly IndexRange[];
  /** Index of a line that the caller wants to see. */
  wanted?: number;
  /** In the order of size; taken one at a time, so there may be many. */
  waypoints: Iterator<Waypoint>;
  onProgress?: (progress: { checked: number; size: number }) => void;
  onEvents?: VerifyLogOptions["onEvents"];
}

interface Found {
  first: number;
  compressed: boolean;
}

function inventory(directory: string): Found[] {
  const found = new Map<number, Found>();
  for (const name of readdirSync(directory)) {
    const parsed = parseSegmentName(name);
    if (parsed === undefined || parsed.kind === "idx") continue;
    // A plain file beside a compressed one counts until it is gone.
    const compressed = parsed.kind === "zst" && (found.get(parsed.first)?.compressed ?? true);
    found.set(parsed.first, { first: parsed.first, compressed });
  }
  return [...found.values()].sort((a, b) => a.first - b.first);
}

class Walk {
  readonly replay: Replay;
  readonly #input: ReplayInput;
  #next: Waypoint | undefined;
  /** Lines read so far, those beyond the head included. */
  position = 0;

  constructor(input: ReplayInput, requiredTo: number) {
    this.#input = input;
    this.replay = {
      edge: new RightEdge(hashNode),
      tiles: new TileChecker(input.tileRoot, requiredTo),
      checked: 0,
      side: [],
    };
    this.#next = this.#pull();
    this.#visit();
  }

  #pull(): Waypoint | undefined {
    const result = this.#input.waypoints.next();
    return result.done === true ? undefined : result.value;
  }

  /** Show the root to every waypoint that we have reached. One behind us gets it too, and will not find its own. */
  #visit(): void {
    const { edge } = this.replay;
    while (this.#next !== undefined && this.#next.size <= edge.size) {
      this.#next.onRoot(edge.root());
      this.#next = this.#pull();
    }
  }

  readonly take = (lines: LineBatch): void => {
    const inHead = Math.min(lines.count, this.#input.size - this.position);
    const start = this.position;
    this.position += lines.count;
    if (inHead <= 0) return;
    const inside = sliceLines(lines, 0, inHead);
    const leaves = hashLeaves(inside);
    this.#append(leaves, inHead);
    this.#input.onEvents?.(start, leaves, inside);
    this.replay.checked += inHead;
    const wanted = (this.#input.wanted ?? -1) - start;
    if (wanted >= 0 && wanted < inHead) {
      const { bytes } = sliceLines(lines, wanted, wanted + 1);
      this.replay.found = Buffer.from(bytes.subarray(0, -1));
    }
  };

  /** Pass pruned events by their kept hashes. Throws `damaged` where a tile is missing. */
  pass(range: IndexRange): void {
    for (let n = this.position / TILE_WIDTH; this.position < range.next; n++) {
      const leaves = readLeafTile(this.#input.tileRoot, n);
      this.position += TILE_WIDTH;
      const start = this.replay.edge.size;
      const count = Math.min(TILE_WIDTH, this.#input.size - start);
      this.#append(leaves, count);
      this.#input.onEvents?.(start, leaves.subarray(0, 32 * count), undefined);
    }
  }

  #append(leaves: Buffer, count: number): void {
    const { edge, tiles } = this.replay;
    for (let done = 0; done < count; ) {
      const stop = this.#next === undefined ? count : Math.min(count, done + this.#next.size - edge.size);
      edge.append(leaves.subarray(32 * done), stop - done, tiles.add);
      done = stop;
      this.#visit();
    }
    this.#input.onProgress?.({ checked: edge.size, size: this.#input.size });
  }
}

async function walkCompressed(walk: Walk, file: string, first: number): Promise<void> {
  const places: FramePlace[] = [{ line: 0, offset: 0, raw: 0 }];
  let end = { offset: 0, raw: 0 };
  const take = (lines: LineBatch): void => {
    walk.take(lines);
    places.push({ line: walk.position - first, ...end });
  };
  await scanZst(nodeFileSystem, await loadCodec(), file, take, (offset, length, raw) => {
    end = { offset: offset + length, raw: end.raw + raw };
  });
  try {
    const index = parseIndex(readFileSync(`${file}.idx`));
    if (index.first === first && JSON.stringify(index.places) === JSON.stringify(places)) return;
  } catch (error) {
    if (!(error instanceof LogError) && errnoOf(error) === "") throw error; // anything else is reported below
  }
  walk.replay.side.push({ event: first, message: `${path.basename(file)}.idx does not fit its segment` });
}

async function walkSegment(walk: Walk, input: ReplayInput, segment: Found): Promise<void> {
  const file = path.join(input.segments, segmentName(segment.first));
  if (segment.compressed) return walkCompressed(walk, `${file}.zst`, segment.first);
  const torn = await scanPlain(nodeFileSystem, file, walk.take);
  if (torn > 0 && walk.position < input.size) {
    throw new LogError("damaged", `${path.basename(file)} ends inside event ${walk.position}`);
  }
}

/** Hash every event of the log again, in order, comparing with tiles and waypoints on the way. */
export async function replayEvents(input: ReplayInput): Promise<Replay> {
  let found = inventory(input.segments);
  const lastCompressed = found.findLast((segment) => segment.compressed);
  const after = found.find((segment) => segment.first > (lastCompressed?.first ?? Number.POSITIVE_INFINITY));
  const requiredTo = lastCompressed === undefined ? 0 : (after?.first ?? input.size);
  const walk = new Walk(input, requiredTo);
  const { replay } = walk;
  const visited = new Set<number>();
  for (let retries = 0; walk.position < input.size; ) {
    const start = walk.position;
    visited.add(start);
    const segment = found.find(({ first }) => first === start);
    const range = rangeAt(input.pruned, start);
    try {
      if (range?.first === start) {
        walk.pass(range);
        continue;
      }
      if (segment === undefined)
        throw new LogError("segment_missing", `there is no segment that begins at ${start}`);
      await walkSegment(walk, input, segment);
      if (walk.position === start) throw new LogError("segment_missing", `the segment ${start} is empty`);
    } catch (error) {
      // A running server may have compressed the segment since we looked.
      if (errnoOf(error) === "ENOENT" && walk.position === start && retries++ < 100) {
        found = inventory(input.segments);
        continue;
      }
      if (!(error instanceof LogError) && errnoOf(error) === "") throw error;
      replay.brokenAt = {
        event: walk.position,
        message: error instanceof Error ? error.message : String(error),
      };
      break;
    }
  }
  for (const { first } of found) {
    // What an interrupted removal left behind is not read, and not held against the log.
    if (rangeAt(input.pruned, first) !== undefined) continue;
    if (first < walk.position && !visited.has(first)) {
      replay.side.push({ event: first, message: `segment ${first} lies inside another one` });
    }
  }
  return replay;
}
