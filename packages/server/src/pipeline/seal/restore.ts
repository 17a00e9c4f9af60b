// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import { toIdWords } from "../prepare.js";
import { DEDUPE_WINDOW } from "./dedupe.js";
import type { Fingerprint } from "./fingerprint.js";
import type { Sealer } from "./sealer.js";

/** The part of the log that restoring needs. */
export interface ReadLog {
  readonly size: number;
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
  /** The first index from `index` on that was not pruned; absent where nothing ever is. */
  firstKept?(index: number): number;
}

/** What the pipeline must know of an earlier run. */
export interface Restored {
  /** How many of the newest events are recognised again. */
  remembered: number;
  /** `received` of the newest event in milliseconds since 1970; 0 when the log is empty. */
  lastReceived: number;
}

const HEAD_BYTES = 512;
// The server's own fields stand in front in one form only, see LineBuilder: nothing a sender wrote can come before them.
const SERVER_FIELDS = /^\{"received":"([^"]+)","via":"([^"]+)"(?:,"tenant":"(?:[^"\\]|\\.)*")?,/;
const ID = /^"v":1,"id":"([^"\\]+)"/;

/** Reads the newest events back into the window of ids, so that a restart does not seal a repeated event twice. */
export async function restoreWindow(
  log: ReadLog,
  sealer: Sealer,
  fingerprint: Fingerprint,
  window: number = DEDUPE_WINDOW,
): Promise<Restored> {
  const restored: Restored = { remembered: 0, lastReceived: 0 };
  for (let next = Math.max(0, log.size - window); next < log.size; ) {
    next = log.firstKept?.(next) ?? next;
    const batch = await log.read(next, log.size);
    if (batch.count === 0) throw new Error(`the log gave no event at index ${next}`);
    rememberBatch(batch, sealer, fingerprint, restored);
    next += batch.count;
  }
  return restored;
}

function rememberBatch(batch: Committed, sealer: Sealer, fingerprint: Fingerprint, restored: Restored): void {
  const words = new Uint32Array(4);
  const print = new Uint32Array(2);
  let start = 0;
  for (const end of batch.ends) {
    const head = batch.bytes.toString("latin1", start, Math.min(end - 1, start + HEAD_BYTES));
    const fields = SERVER_FIELDS.exec(head);
    if (fields !== null) {
      const tail = start + fields[0].length;
      const id = ID.exec(head.slice(fields[0].length))?.[1] ?? idOf(batch.bytes, start, end - 1);
      const received = Date.parse(fields[1]!);
      if (received > restored.lastReceived) restored.lastReceived = received;
      if (id !== undefined) {
        toIdWords(id, words, 0);
        fingerprint.writeSealed(batch.bytes, tail, end - 1, print, 0);
        sealer.remember(words, fields[2]!, print);
        restored.remembered++;
      }
    }
    start = end;
  }
}

function idOf(bytes: Buffer, start: number, end: number): string | undefined {
  const { id } = JSON.parse(bytes.toString("utf8", start, end)) as { id?: unknown };
  return typeof id === "string" ? id : undefined;
}
