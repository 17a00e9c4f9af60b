// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import type { SealedBatch } from "../src/follow/follower.js";

/** A log in memory: what a follower reads, without a disk. */
export class MemoryLog {
  readonly lines: string[] = [];

  get size(): number {
    return this.lines.length;
  }

  /** Commits lines; gives the batch that followers get. */
  append(lines: readonly string[]): SealedBatch {
    const first = this.size;
    this.lines.push(...lines);
    return { log: "main", ...toCommitted(first, lines) };
  }

  /** The batch of [from, to), as after a restart. */
  batch(from: number, to: number): SealedBatch {
    return { log: "main", ...toCommitted(from, this.lines.slice(from, to)) };
  }

  read(from: number, to: number, maxBytes = Number.POSITIVE_INFINITY): Promise<Committed> {
    const taken: string[] = [];
    let bytes = 0;
    for (const line of this.lines.slice(from, to)) {
      bytes += Buffer.byteLength(line) + 1;
      if (taken.length > 0 && bytes > maxBytes) break;
      taken.push(line);
    }
    return Promise.resolve(toCommitted(from, taken));
  }
}

function toCommitted(first: number, lines: readonly string[]): Committed {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const ends = new Uint32Array(lines.length);
  let at = 0;
  for (const [i, line] of lines.entries()) {
    at += Buffer.byteLength(line) + 1;
    ends[i] = at;
  }
  return { first, count: lines.length, bytes, ends };
}
