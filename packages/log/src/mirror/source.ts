// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { equalBytes, type TreeHead, TrustedTiles } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { hashBundle, hashSubtree } from "../hash.js";

const WIDTH = 256;

/**
 * Where a log can be read as C2SP tlog-tiles has it: a server, a static copy, a mirror's directory. Nothing that it answers is
 * believed. It throws errors of its own kind when it cannot be reached, and bounds what it reads.
 */
export interface MirrorSource {
  /** The signed checkpoint, at most 64 KiB. */
  checkpoint(): Promise<Buffer>;
  /** A hash tile of this width; undefined when there is none. */
  tile(level: number, n: number, width: number): Promise<Buffer | undefined>;
  /** The log's key history, at most 4 MiB; undefined where it has none or tells none. */
  keys?(): Promise<Buffer | undefined>;
  /** An entry bundle of this width; "pruned" when its events were removed, undefined when there is none. */
  bundle(n: number, width: number): Promise<Buffer | "pruned" | undefined>;
}

/** The proven hashes of the tree that `head` names, by the tiles of a source. */
export function openTiles(source: Pick<MirrorSource, "tile">, head: TreeHead): Promise<TrustedTiles> {
  return TrustedTiles.open(nodeCrypto, head, (level, n, width) => source.tile(level, Number(n), width));
}

/** How many events of bundle n are in a tree of `size`. */
export function widthOf(n: number, size: number): number {
  return Math.min(WIDTH, size - WIDTH * n);
}

/** The proven leaf hashes of the first `width` events of bundle n. */
export async function provenLeaves(tiles: TrustedTiles, n: number, width: number): Promise<Buffer> {
  const out = Buffer.allocUnsafe(32 * width);
  for (let i = 0; i < width; i++) out.set(await tiles.hash(0, BigInt(WIDTH * n + i)), 32 * i);
  return out;
}

/** The leaf hashes of a bundle when its events are those of the proven tree; undefined when they are not. Throws MerkleError. */
export async function matchBundle(
  tiles: TrustedTiles,
  n: number,
  width: number,
  bundle: Buffer,
): Promise<Buffer | undefined> {
  const leaves = hashBundle(bundle, width);
  // A full bundle needs no leaf tile: its root is one hash of level 1.
  const isSame =
    width === WIDTH
      ? equalBytes(hashSubtree(leaves, WIDTH), await tiles.hash(1, BigInt(n)))
      : leaves.equals(await provenLeaves(tiles, n, width));
  return isSame ? leaves : undefined;
}

/** What people compare by telephone: SHA-256 of a verifier key's text, the first 16 bytes in groups of four hex digits. */
export function fingerprintOf(vkey: string): string {
  const hex = createHash("sha256").update(vkey).digest("hex").slice(0, 32);
  return (hex.match(/.{4}/g) ?? []).join(" ");
}
