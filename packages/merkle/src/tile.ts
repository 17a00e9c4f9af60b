// SPDX-License-Identifier: Apache-2.0
import { parseDecimal } from "./bytes.js";
import { MerkleError } from "./error.js";

/** Hashes in a full tile, entries in a full bundle (tlog-tiles). */
export const TILE_WIDTH = 256;

/** A tile's coordinates; level "entries" is an entry bundle. Width 256 is a full tile. */
export interface TileAddress {
  level: number | "entries";
  n: bigint;
  width: number;
}

/** `tile/<L>/<N>[.p/<W>]` (tlog-tiles): N in groups of three digits, all but the last prefixed with x. */
export function formatTilePath(address: TileAddress): string {
  const digits = address.n.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g) ?? [];
  const last = groups.pop() ?? "000";
  const number = [...groups.map((group) => `x${group}`), last].join("/");
  const partial = address.width === TILE_WIDTH ? "" : `.p/${address.width}`;
  return `tile/${address.level}/${number}${partial}`;
}

/** The reverse of `formatTilePath`; one address has exactly one path, anything else is `bad_tile`. */
export function parseTilePath(path: string): TileAddress {
  // Linear: each part of the expression begins with a character that the part before cannot end in.
  const match =
    path.length <= 64
      ? /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/.exec(path)
      : null;
  if (match === null) throw new MerkleError("bad_tile", "not a tile path");
  const [, levelText = "", groups = "", widthText] = match;
  const level = levelText === "entries" ? "entries" : Number(levelText);
  const n = parseDecimal(groups.replaceAll(/[x/]/g, "").replace(/^0+(?=.)/, ""));
  const width = widthText === undefined ? TILE_WIDTH : Number(widthText);
  const address: TileAddress = { level, n, width };
  if ((level !== "entries" && level > 63) || width < 1 || formatTilePath(address) !== path) {
    throw new MerkleError("bad_tile", "not the canonical path of a tile");
  }
  return address;
}

/** How many hashes the last, partial tile of a level has in a tree of this size; 0 when there is none. */
export function partialWidth(level: number, size: bigint): number {
  return Number((size >> BigInt(8 * level)) % BigInt(TILE_WIDTH));
}
