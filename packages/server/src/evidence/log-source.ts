// SPDX-License-Identifier: Apache-2.0
import type { EvidenceSource, Log } from "@telltale/log";
import type { WitnessPolicy } from "@telltale/merkle";
import type { WitnessReader } from "../routes/deps.js";

/** The part of a log that a bundle is made from. */
export type ExportedLog = Pick<
  Log,
  "vkey" | "keys" | "keyHistory" | "size" | "checkpoint" | "read" | "tile" | "firstKept" | "pruned"
>;

/** Lines are read so many bytes at a time. */
const READ_BYTES = 1024 * 1024;

/** Runs of neighbours are read together. */
async function* linesOf(log: ExportedLog, indices: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < indices.length; ) {
    const first = indices[at] as number;
    let count = 1;
    while (indices[at + count] === first + count) count++;
    const lines = await log.read(first, first + count, READ_BYTES);
    let start = 0;
    for (const end of lines.ends.subarray(0, lines.count)) {
      yield lines.bytes.subarray(start, end - 1);
      start = end;
    }
    at += lines.count;
  }
}

/** The running server's log, as it is now. */
export function toEvidenceSource(
  log: ExportedLog,
  witnesses: WitnessReader | undefined,
  policy: WitnessPolicy | undefined,
): EvidenceSource {
  const own = log.checkpoint();
  const published = witnesses?.published();
  const newest = witnesses?.status().newest ?? null;
  // What is published may be the newest one with the cosignatures that it has so far; then it says more than our own.
  const isNewest = published?.startsWith(own.text.slice(0, own.text.indexOf("\n\n") + 2)) === true;
  return {
    vkey: log.vkey,
    ...(log.keys.length > 1 && { keyHistory: log.keyHistory }),
    checkpoint: isNewest && published !== undefined ? published : own.text,
    ...(newest === null ? {} : { witnessed: newest.checkpoint }),
    ...(policy === undefined ? {} : { policy }),
    pruned: log.pruned,
    tile: (level, n, width) => log.tile(level, n, width),
    lines: (indices) => linesOf(log, indices),
  };
}
