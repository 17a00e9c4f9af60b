// SPDX-License-Identifier: Apache-2.0
import type { Waiting } from "../waiting.js";

// A segment is text: a header, then for each event one line of its keyed hash (`prev` of the event behind it), a space and
// the event as it is sent. So each line is covered by the chain, the last one too.

const HEADER = /^telltale-spool ([0-9]{1,4}) ([0-9a-f]{32}) ([0-9]{1,16}) ([a-z0-9_]{0,64})$/;

/** Hex digits of the keyed hash. */
export const MAC_CHARS = 32;

/** The first line of a segment. */
export interface SegmentHeader {
  boot: string;
  /** Number of the first event. */
  first: number;
  /** The id of the API key with which the chain was made: with another one it cannot be checked. */
  keyId: string;
}

export function formatHeader({ boot, first, keyId }: SegmentHeader): string {
  return `telltale-spool 1 ${boot} ${first} ${keyId}\n`;
}

/** The header without its line end; "newer" where a later version wrote the segment; undefined where it is none. */
export function parseHeader(line: string): SegmentHeader | "newer" | undefined {
  const [, version, boot, first, keyId] = HEADER.exec(line) ?? [];
  if (version === undefined || boot === undefined || keyId === undefined) return undefined;
  return Number(version) > 1 ? "newer" : { boot, first: Number(first), keyId };
}

export function formatLine({ mac, json }: Waiting): string {
  return `${mac} ${json}\n`;
}

/** Bytes that an event takes in a segment. */
export function lineBytes({ bytes }: Waiting): number {
  return MAC_CHARS + bytes + 2;
}
