// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type OnTileHash, TILE_WIDTH } from "@telltale/merkle";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { tilePath } from "../tiles.js";

const DIFFERS = "is not what the events hash to";
const TILE_BYTES = 32 * TILE_WIDTH;

/** A stored hash that is not the hash of the events below it. */
export interface TileMismatch {
  level: number;
  /** The first event that this hash covers. */
  event: number;
  path: string;
  problem: string;
}

interface StoredTile {
  n: number;
  files: { path: string; bytes: Buffer; broken: boolean }[];
}

/** An empty buffer, which no tile may be, for what is there and cannot be read. */
function readOrNothing(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    return errnoOf(error) === "ENOENT" ? undefined : Buffer.alloc(0);
  }
}

/** The leaf hashes of a full tile; `damaged` when it is missing, unreadable or of another length. */
export function readLeafTile(root: string, n: number): Buffer {
  const name = tilePath(0, n, TILE_WIDTH);
  const bytes = readOrNothing(path.join(root, name));
  if (bytes?.length !== TILE_BYTES) {
    throw new LogError("damaged", `${name}, all that is kept of pruned events, is missing or cannot be read`);
  }
  return bytes;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/**
 * Compares the hashes that are computed from events with every tile that is stored, full or partial. It never
 * believes a tile: a tile only serves to say where the first difference lies.
 */
export class TileChecker {
  readonly mismatches: TileMismatch[] = [];
  readonly #root: string;
  /** Tiles that end at or before this event must exist. */
  readonly #requiredTo: number;
  readonly #levels: (StoredTile | undefined)[] = [];

  constructor(root: string, requiredTo: number) {
    this.#root = root;
    this.#requiredTo = requiredTo;
  }

  /** Takes the hashes of `RightEdge.append`. */
  readonly add: OnTileHash = (height, index, bytes, offset) => {
    const level = height / 8;
    const n = Math.floor(index / TILE_WIDTH);
    let tile = this.#levels[level];
    if (tile?.n !== n) {
      tile = this.#load(level, n);
      this.#levels[level] = tile;
    }
    const at = 32 * (index % TILE_WIDTH);
    for (const file of tile.files) {
      if (file.broken || at + 32 > file.bytes.length) continue;
      for (let i = 0; i < 32; i++) {
        if (file.bytes[at + i] === bytes[offset + i]) continue;
        file.broken = true; // one difference for each file is enough, the first one
        this.#report(level, index, file.path, DIFFERS);
        break;
      }
    }
  };

  #report(level: number, index: number, path: string, problem: string): void {
    this.mismatches.push({ level, event: index * TILE_WIDTH ** level, path, problem });
  }

  #load(level: number, n: number): StoredTile {
    const tile: StoredTile = { n, files: [] };
    const name = tilePath(level, n, TILE_WIDTH);
    const full = readOrNothing(path.join(this.#root, name));
    if (full !== undefined) this.#take(tile, level, name, full, TILE_WIDTH);
    else if ((n + 1) * TILE_WIDTH ** (level + 1) <= this.#requiredTo)
      this.#report(level, n * TILE_WIDTH, name, "is missing");
    for (const width of list(path.join(this.#root, `${name}.p`))) {
      const partial = readOrNothing(path.join(this.#root, `${name}.p`, width));
      const isWidth = /^[1-9][0-9]{0,2}$/.test(width) && Number(width) < TILE_WIDTH;
      if (partial !== undefined && isWidth)
        this.#take(tile, level, `${name}.p/${width}`, partial, Number(width));
    }
    return tile;
  }

  #take(tile: StoredTile, level: number, name: string, bytes: Buffer, width: number): void {
    if (bytes.length === 32 * width && bytes.length <= TILE_BYTES) {
      tile.files.push({ path: name, bytes, broken: false });
    } else {
      this.#report(level, tile.n * TILE_WIDTH, name, "cannot be read or has the wrong length");
    }
  }
}
