// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import { toRun, type ChainRun } from "./runs.js";
import type { SourceChains } from "./source-chains.js";

/** The part of the log that restoring needs. */
export interface ChainLog {
  readonly size: number;
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
  firstKept?(index: number): number;
}

const MARK = Buffer.from('"boot":"');
const NO_TAGS = new Uint32Array(0);

/**
 * Takes what was sealed in [next, size): after a crash the snapshot is older than the log. The numbers stand in the sealed
 * lines; the tags do not, since what is sealed may be another form of what came. So numbers are followed without a hole, and
 * the link behind the last event of each boot is the only one that is not compared.
 */
export async function replay(log: ChainLog, chains: SourceChains, next: number): Promise<void> {
  for (let at = next; at < log.size; ) {
    at = log.firstKept?.(at) ?? at;
    if (at >= log.size) return;
    const batch = await log.read(at, log.size);
    if (batch.count === 0) throw new Error(`the log gave no event at index ${at}`);
    const runs = runsOf(batch);
    if (runs.length > 0) chains.take({ runs, tags: NO_TAGS });
    at += batch.count;
  }
}

function runsOf({ bytes, ends }: Committed): ChainRun[] {
  const runs: ChainRun[] = [];
  // Most lines are passed over without a look, so the search goes over the whole batch.
  let mark = bytes.indexOf(MARK);
  let start = 0;
  for (const end of ends) {
    if (mark === -1) break;
    if (mark < end) {
      const run = toRun(JSON.parse(bytes.toString("utf8", start, end)) as unknown);
      if (run !== undefined) runs.push(run);
      mark = bytes.indexOf(MARK, end);
    }
    start = end;
  }
  return runs;
}
