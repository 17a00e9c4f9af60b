// SPDX-License-Identifier: Apache-2.0
import { ChainKey } from "../chain/chain-key.js";
import type { BodyFormat } from "./ingest/body.js";
import type { SentBody } from "./prepare-sent.js";
import type { Rejected, Refusal, Share } from "./prepare.js";
import type { Sender } from "./stages.js";

const FORMATS: readonly BodyFormat[] = ["json", "ndjson", "otlp"];

/** Offset, length, format, gzip, number of the sender, number of the chain key from 1 (0: none). */
const BODY_WORDS = 6;
/** Offset just after the last line, kept, claimed, refused lines, lone, number of the key. */
const SHARE_WORDS = 6;

/**
 * Bodies on their way to another thread: their bytes in memory that is handed over, numbers in one array, and what many of them have
 * in common once. A structured clone of an object for each of a hundred small bodies takes longer than preparing them.
 */
export interface PackedBodies {
  memory: ArrayBuffer;
  table: Uint32Array<ArrayBuffer>;
  senders: Sender[];
  /** The bytes of ChainKeys: their class does not cross threads. */
  chainKeys: Uint8Array[];
}

/** Gives each value the number under which it was first seen; what stands in a row is found at once. */
class Numbered<T> {
  readonly values: T[] = [];

  numberOf(value: T): number {
    const last = this.values.length - 1;
    if (last >= 0 && this.values[last] === value) return last;
    const known = this.values.indexOf(value);
    return known === -1 ? this.values.push(value) - 1 : known;
  }
}

/** The caller must not touch the bytes of a single body afterwards: memory that it has for itself alone is handed over. */
export function packBodies(bodies: readonly SentBody[]): PackedBodies {
  const table = new Uint32Array(bodies.length * BODY_WORDS);
  const senders = new Numbered<Sender>();
  const chainKeys = new Numbered<Uint8Array>();
  let offset = 0;
  for (const [i, { bytes, gzip, format, sender, chainKey }] of bodies.entries()) {
    const key = chainKey === undefined ? 0 : 1 + chainKeys.numberOf(chainKey.reveal());
    const at = i * BODY_WORDS;
    table[at] = offset;
    table[at + 1] = bytes.length;
    table[at + 2] = FORMATS.indexOf(format);
    table[at + 3] = gzip ? 1 : 0;
    table[at + 4] = senders.numberOf(sender);
    table[at + 5] = key;
    offset += bytes.length;
  }
  return { memory: toOwnMemory(bodies, offset), table, senders: senders.values, chainKeys: chainKeys.values };
}

/** Small buffers are slices of a pool that others use too: those are copied. */
function toOwnMemory(bodies: readonly SentBody[], length: number): ArrayBuffer {
  const [only] = bodies;
  if (bodies.length === 1 && only!.bytes.buffer.byteLength === length)
    return only!.bytes.buffer as ArrayBuffer;
  const own = Buffer.allocUnsafeSlow(length);
  let offset = 0;
  for (const { bytes } of bodies) {
    own.set(bytes, offset);
    offset += bytes.length;
  }
  return own.buffer;
}

export function unpackBodies({ memory, table, senders, chainKeys }: PackedBodies): SentBody[] {
  const keys = chainKeys.map((bytes) => ChainKey.fromBytes(bytes));
  return Array.from({ length: table.length / BODY_WORDS }, (_, i) => {
    const at = i * BODY_WORDS;
    const key = table[at + 5]!;
    return {
      bytes: Buffer.from(memory, table[at], table[at + 1]),
      format: FORMATS[table[at + 2]!]!,
      gzip: table[at + 3] === 1,
      sender: senders[table[at + 4]!]!,
      chainKey: key === 0 ? undefined : keys[key - 1]!,
    };
  });
}

/** Shares on their way back. */
export interface PackedShares {
  table: Uint32Array<ArrayBuffer>;
  vias: string[];
  /** Of the few of which something was refused. */
  refused: { at: number; rejected: Rejected[]; refused?: Refusal }[];
}

export function packShares(shares: readonly Share[]): PackedShares {
  const table = new Uint32Array(shares.length * SHARE_WORDS);
  const vias = new Numbered<string>();
  const refusals: PackedShares["refused"] = [];
  for (const [at, share] of shares.entries()) {
    const { via, end, kept, claimed, rejectedCount, lone, rejected, refused } = share;
    const place = at * SHARE_WORDS;
    table[place] = end;
    table[place + 1] = kept;
    table[place + 2] = claimed;
    table[place + 3] = rejectedCount;
    table[place + 4] = lone ? 1 : 0;
    table[place + 5] = vias.numberOf(via);
    if (refused !== undefined) refusals.push({ at, rejected, refused });
    else if (rejected.length > 0) refusals.push({ at, rejected });
  }
  return { table, vias: vias.values, refused: refusals };
}

export function unpackShares({ table, vias, refused }: PackedShares): Share[] {
  const shares = Array.from({ length: table.length / SHARE_WORDS }, (_, i): Share => {
    const at = i * SHARE_WORDS;
    return {
      via: vias[table[at + 5]!]!,
      end: table[at]!,
      kept: table[at + 1]!,
      claimed: table[at + 2]!,
      rejectedCount: table[at + 3]!,
      lone: table[at + 4] === 1,
      rejected: [],
    };
  });
  for (const { at, ...rest } of refused) Object.assign(shares[at]!, rest);
  return shares;
}
