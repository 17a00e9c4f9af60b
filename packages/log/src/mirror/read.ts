// SPDX-License-Identifier: Apache-2.0
import { MerkleError, parseBundle, TILE_WIDTH } from "@telltale/merkle";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { type IndexRange, rangeAt } from "../prune/ranges.js";
import type { MirrorState } from "./check.js";
import { DirectorySource } from "./directory.js";
import { matchBundle, openTiles, widthOf } from "./source.js";

/** Events of one bundle, proven; no entries where the source had pruned them before they were pulled. */
export interface HeldEvents extends IndexRange {
  entries: Uint8Array[];
}

/**
 * The events [first, next) that a mirror holds, a bundle at a time, each proven against the signed root before it is given
 * out. `damaged` where they are not what was signed; what was given out before that is.
 */
export async function* readHeld(state: MirrorState, first: number, next: number): AsyncGenerator<HeldEvents> {
  const source = new DirectorySource(nodeFileSystem, state.paths.served);
  const end = Math.min(next, state.held.size);
  const tiles = await openTiles(source, state.held.head);
  for (let at = first; at < end; ) {
    const n = Math.floor(at / TILE_WIDTH);
    const width = widthOf(n, state.held.size);
    const stop = Math.min(end, TILE_WIDTH * n + width);
    if (rangeAt(state.pin.absent, at) === undefined) {
      const bundle = await source.bundle(n, width);
      if (bundle === undefined || (await matchBundle(tiles, n, width, bundle)) === undefined) {
        throw new LogError(
          "damaged",
          `the events ${at} to ${stop - 1} of the mirror are not what was signed`,
        );
      }
      yield {
        first: at,
        next: stop,
        entries: parseBundle(bundle, width).slice(at % TILE_WIDTH, stop - TILE_WIDTH * n),
      };
    } else yield { first: at, next: stop, entries: [] };
    at = stop;
  }
}

/** The message of an error that means "these files are not what was signed"; undefined for any other. */
export function describeDamage(error: unknown): string | undefined {
  const isDamage = error instanceof MerkleError || (error instanceof LogError && error.code === "damaged");
  return isDamage ? error.message : undefined;
}
