// SPDX-License-Identifier: Apache-2.0
import { emptyRoot, leafHash, RightEdge } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { checkLog } from "../check.js";
import { hashNode } from "../hash.js";
import { readMirror, verifyMirror } from "../mirror/check.js";
import { isArchive, readArchive } from "./archive.js";
import { isMirror } from "../mirror/layout.js";
import { describeDamage, readHeld } from "../mirror/read.js";
import type { Verdict } from "../types.js";

/** What of a log lies in a directory, computed from the bytes of its events: whatever anybody signed or did not sign. */
export interface Kept {
  size: number;
  /** RFC 6962 root of exactly these events. */
  root: Buffer;
  /** The first line, without its newline; undefined when there is none, or it was pruned. */
  firstLine?: Buffer;
  /** What the directory's own signatures say about it. */
  verdict: Verdict;
}

export interface KeptOptions {
  dir: string;
  /** A key of the log as the caller knows it. */
  vkey?: string;
  headDir?: string;
  /** Size at which the caller wants the root, too. */
  at?: number;
  /** Told of the events that can be read, in chunks: whole lines with their newlines. May be told of some twice. */
  onLines?: (lines: Uint8Array) => void;
}

const NEWLINE = Buffer.from("\n");

class Edge {
  #edge = new RightEdge(hashNode);
  /** The root at the size that was asked for. */
  rootAt: Buffer | undefined;
  firstLine: Buffer | undefined;
  readonly #at: number | undefined;

  constructor(at: number | undefined) {
    this.#at = at;
  }

  get size(): number {
    return this.#edge.size;
  }

  root(): Buffer {
    return Buffer.from(this.#edge.root());
  }

  restart(): void {
    this.#edge = new RightEdge(hashNode);
    this.rootAt = undefined;
    this.firstLine = undefined;
  }

  append(leaves: Uint8Array): void {
    const count = leaves.length / 32;
    const stop = (this.#at ?? -1) - this.#edge.size;
    const isBeside = stop < 0 || stop > count;
    this.#edge.append(leaves, isBeside ? count : stop);
    if (isBeside) return;
    this.rootAt = this.root();
    if (stop < count) this.#edge.append(leaves.subarray(32 * stop), count - stop);
  }
}

async function readMirrored(dir: string, edge: Edge, onLines: KeptOptions["onLines"]): Promise<void> {
  const state = await readMirror(dir);
  try {
    for await (const { first, next, entries } of readHeld(state, 0, state.held.size)) {
      if (entries.length < next - first) return; // from here on nothing can be computed from events
      if (first === 0) edge.firstLine = Buffer.from(entries[0] ?? []);
      edge.append(Buffer.concat(entries.map((entry) => leafHash(nodeCrypto, entry))));
      onLines?.(Buffer.concat(entries.flatMap((entry) => [entry, NEWLINE])));
    }
  } catch (error) {
    if (describeDamage(error) === undefined) throw error; // damaged: what came before it is kept
  }
}

/** Read all events of a data directory, a mirror or an archive, as far as they can be read. */
export async function readKept(options: KeptOptions): Promise<Kept & { rootAt?: Buffer }> {
  const { dir, vkey, headDir } = options;
  const edge = new Edge(options.at);
  let verdict: Verdict;
  if (isMirror(dir)) {
    verdict = await verifyMirror({ dir, ...(vkey && { vkey }) });
    await readMirrored(dir, edge, options.onLines);
  } else if (isArchive(dir)) {
    verdict = await readArchive(dir, (leaves, firstLine, lines) => {
      edge.firstLine ??= firstLine;
      edge.append(leaves);
      options.onLines?.(lines);
    });
  } else {
    ({ verdict } = await checkLog({
      dataDir: dir,
      ...(vkey && { vkey }),
      ...(headDir && { headDir }),
      onEvents: (first, leaves, lines) => {
        if (first === 0) {
          edge.restart();
          edge.firstLine = lines && Buffer.from(lines.bytes.subarray(0, (lines.ends[0] ?? 1) - 1));
        }
        if (first === edge.size) edge.append(leaves);
        if (lines !== undefined) options.onLines?.(lines.bytes);
      },
    }));
  }
  const { size, rootAt, firstLine } = edge;
  const root = edge.root();
  const atStart = options.at === 0 ? Buffer.from(emptyRoot()) : undefined;
  const known = rootAt ?? atStart;
  return { size, root, verdict, ...(known && { rootAt: known }), ...(firstLine && { firstLine }) };
}
