// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "./error.js";
import { TILE_WIDTH } from "./tile.js";

/** The longest entry that a bundle's 16-bit length can carry. */
export const MAX_ENTRY_BYTES = 65_535;

/** An entry bundle (tlog-tiles): each entry after its length as big-endian uint16. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new MerkleError("bad_bundle", "more than 256 entries");
  const out = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new MerkleError("bad_bundle", "an entry exceeds 65,535 bytes");
    out[at] = entry.length >> 8;
    out[at + 1] = entry.length & 0xff;
    out.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return out;
}

/** Exactly `count` entries (views into `bytes`), which must fill the bundle to its last byte. */
export function parseBundle(bytes: Uint8Array, count: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (out.length === count) throw new MerkleError("bad_bundle", "bytes after the last entry");
    // Lengths are the sender's claim: checked against what is there before anything is read.
    if (at + 2 > bytes.length) throw new MerkleError("bad_bundle", "cut inside a length");
    const length = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    const end = at + 2 + length;
    if (end > bytes.length) throw new MerkleError("bad_bundle", "an entry reaches beyond the bundle");
    out.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (out.length !== count) throw new MerkleError("bad_bundle", `${out.length} entries, expected ${count}`);
  return out;
}
