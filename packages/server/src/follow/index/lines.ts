// SPDX-License-Identifier: Apache-2.0
import type { LogReader } from "./log-reader.js";
import type { Hit } from "./search.js";

/** Hits that lie this close are read together: what lies between costs less than another read. */
const GAP = 64;
const READ_BYTES = 4 * 1_048_576;

/** Fetches the exact lines of some events, in the given (descending) order. Those that cannot be read are left out. */
export async function fetchLines(log: LogReader, indexes: readonly number[]): Promise<Hit[]> {
  const lines = new Map<number, string>();
  for (const run of toRuns(indexes)) await readRun(log, run, lines);
  return indexes.flatMap((index) => {
    const line = lines.get(index);
    return line === undefined ? [] : [{ index, line }];
  });
}

function toRuns(descending: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const index of descending) {
    const run = runs.at(-1);
    if (run?.[0] !== undefined && run[0] - index <= GAP) run.unshift(index);
    else runs.push([index]);
  }
  return runs;
}

async function readRun(log: LogReader, run: readonly number[], lines: Map<number, string>): Promise<void> {
  const wanted = new Set(run);
  const end = (run.at(-1) ?? -1) + 1;
  for (let at = run[0] ?? end; ; ) {
    // A file of the index may hold rows of events that were pruned: their lines are left out.
    at = log.firstKept?.(at) ?? at;
    if (at >= end) return;
    const { first, count, bytes, ends } = await log.read(at, end, READ_BYTES);
    if (count === 0) return;
    for (let i = 0; i < count; i++) {
      if (!wanted.has(first + i)) continue;
      const start = i === 0 ? 0 : (ends[i - 1] ?? 0);
      lines.set(first + i, bytes.toString("utf8", start, (ends[i] ?? 1) - 1));
    }
    at = first + count;
  }
}
