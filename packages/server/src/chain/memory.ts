// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { NewSnapshot, Snapshots } from "../follow/snapshots.js";
import { toRatchetName, type RatchetTable } from "./ratchet-table.js";
import type { SavedBoot, SourceChains } from "./source-chains.js";

/** The name of the snapshot. */
export const MEMORY = "sources";

const seq = z.int().min(0);
const tag = z.string().length(32).optional();
const savedBoot = z.object({
  via: z.string(),
  boot: z.string(),
  app: z.string(),
  instance: z.string().optional(),
  chain: z.object({
    head: seq,
    tag,
    gaps: z.array(z.object({ from: seq, to: seq, before: tag, after: tag })),
    branches: z.array(z.object({ seq, tag: z.string() })),
    unsure: seq,
    missing: seq,
  }),
  lastReceived: z.iso.datetime(),
  quietMs: z.number(),
  everyMs: z.number().optional(),
  isStopped: z.boolean(),
  isSilent: z.boolean(),
  findings: seq,
  ratchet: z.object({ seq, key: z.string().length(64) }).optional(),
});
const line = z.union([
  z.object({ partial: z.boolean() }),
  z.object({ evicted: z.tuple([z.string(), seq]) }),
  z.object({ boot: savedBoot }),
]);

/** What a snapshot held. */
export interface Memory {
  isPartial: boolean;
  boots: SavedBoot[];
  evicted: [string, number][];
}

/** One line each; a file of thousands of boots is never one string. */
function* toLines(chains: SourceChains, table: RatchetTable): Generator<string> {
  yield `${JSON.stringify({ partial: chains.isPartial })}\n`;
  for (const evicted of chains.evicted()) yield `${JSON.stringify({ evicted })}\n`;
  const key = new Int32Array(8);
  for (const boot of chains.save()) {
    const at = table.read(toRatchetName(boot.via, boot.boot), key);
    const ratchet = at === 0 ? {} : { ratchet: { seq: at, key: Buffer.from(key.buffer).toString("hex") } };
    yield `${JSON.stringify({ boot: { ...boot, ...ratchet } })}\n`;
  }
}

/** Everything as it is now, to be written down. It holds keys of ratchets: the file is its owner's alone. */
export function toSnapshot(chains: SourceChains, table: RatchetTable, next: number, of: string): NewSnapshot {
  return { next, of, pieces: [...toLines(chains, table)] };
}

/** Undefined when a line is none of ours. */
function parseLines(text: string): z.output<typeof line>[] | undefined {
  const lines: z.output<typeof line>[] = [];
  for (const each of text.split("\n")) {
    if (each === "") continue;
    const parsed = line.safeParse(toJson(each));
    if (!parsed.success) return undefined;
    lines.push(parsed.data);
  }
  return lines;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the shape
  }
}

/** Reads the snapshot and puts the ratchets back. Undefined when there is none that can be used: it can be made again. */
export async function loadMemory(
  snapshots: Pick<Snapshots, "load">,
  table: RatchetTable,
  of: string,
): Promise<(Memory & { next: number }) | undefined> {
  const snapshot = await snapshots.load(MEMORY);
  if (snapshot?.of !== of) return undefined;
  const lines = parseLines(snapshot.state);
  if (lines === undefined) return undefined;
  const memory: Memory = { isPartial: false, boots: [], evicted: [] };
  for (const parsed of lines) {
    if ("partial" in parsed) memory.isPartial = parsed.partial;
    else if ("evicted" in parsed) memory.evicted.push(parsed.evicted);
    else {
      const { ratchet, ...boot } = parsed.boot;
      memory.boots.push(boot);
      if (ratchet === undefined) continue;
      const key = new Int32Array(8);
      Buffer.from(key.buffer).write(ratchet.key, "hex");
      table.write(toRatchetName(boot.via, boot.boot), ratchet.seq, key);
    }
  }
  return { ...memory, next: snapshot.next };
}
