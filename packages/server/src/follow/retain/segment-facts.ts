// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { hashLeaves, type Segment } from "@telltale/log";
import { RightEdge } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { RetainError } from "./error.js";
import type { RetainLog } from "./retain-log.js";

/** What a certificate says about a segment; all of it was read from the bytes. Times in ms since 1970. */
export interface SegmentFacts {
  readonly first: number;
  readonly next: number;
  readonly count: number;
  /** Bytes of the compressed file, and its SHA-256 in hex. */
  readonly bytes: number;
  readonly sha256: string;
  readonly path: string;
  /** RFC 6962 root of its events alone, hex. */
  readonly root: string;
  readonly oldest: number;
  readonly newest: number;
}

const READ_BYTES = 4 * 1_048_576;
// The server's own field stands first in every sealed line, in this one form.
const RECEIVED = /^\{"received":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/;

/** `received` of a line in ms since 1970; infinite for a line that has none: it is never old enough. */
function receivedOf(bytes: Buffer, start: number, end: number): number {
  const time = RECEIVED.exec(bytes.toString("latin1", start, Math.min(end, start + 64)))?.[1];
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
}

/**
 * `received` of a segment's last event: within moments of its newest, as requests that arrive together are sealed in
 * any order. Good for asking which segments to look at, not for removing one.
 */
export async function lastReceived(log: RetainLog, { first, count }: Segment): Promise<number> {
  const { bytes } = await log.read(first + count - 1, first + count, 1);
  return receivedOf(bytes, 0, bytes.length);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

const hashNode = (node: Uint8Array, out: Uint8Array, offset: number): void => {
  out.set(nodeCrypto.sha256(node), offset);
};

/**
 * Read a whole closed segment once more. Throws `retain_not_proven` when its lines are not those that were signed: who
 * changed them must not have them removed as well.
 */
export async function readFacts(log: RetainLog, segment: Segment): Promise<SegmentFacts> {
  const { first, count, path, bytes: size } = segment;
  const next = first + count;
  const edge = new RightEdge(hashNode);
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (let at = first; at < next; ) {
    const lines = await log.read(at, next, READ_BYTES);
    for (let i = 0, start = 0; i < lines.count; i++) {
      const end = lines.ends[i] as number;
      const received = receivedOf(lines.bytes, start, end);
      oldest = Math.min(oldest, received);
      newest = Math.max(newest, received);
      start = end;
    }
    edge.append(hashLeaves(lines), lines.count);
    at += lines.count;
  }
  const root = Buffer.from(edge.root()).toString("hex");
  if (root !== (await log.rangeRoot(first, next)).toString("hex")) {
    throw new RetainError(
      "retain_not_proven",
      `the events from ${first} to ${next - 1} are not those that were signed`,
    );
  }
  return { first, next, count, bytes: size, sha256: await hashFile(path), path, root, oldest, newest };
}
