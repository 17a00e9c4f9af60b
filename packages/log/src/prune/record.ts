// SPDX-License-Identifier: Apache-2.0
import { LogError } from "../error.js";
import { sha256Hex } from "../hash.js";
import { areCanonical, type IndexRange } from "./ranges.js";

/**
 * What says that lines were pruned: the ranges, and the index of the event that certifies exactly these ranges.
 * The record itself is not signed. It is believed because the certificate is a line of the signed log.
 */
export interface PruneRecord {
  certificate: number;
  /** Canonical: between tile borders, in order, never touching. */
  ranges: IndexRange[];
}

export const MAX_RECORD_BYTES = 64 * 1024;
const HEADER = /^telltale-pruned\/1 (0|[1-9][0-9]{0,15})$/;
const RANGE = /^(0|[1-9][0-9]{0,15}) ([1-9][0-9]{0,15})$/;

/** `telltale-pruned/1 <certificate>`, a line `<first> <next>` for each range, SHA-256 of all that; each line ends. */
export function formatRecord({ certificate, ranges }: PruneRecord): Buffer {
  const lines = [`telltale-pruned/1 ${certificate}`, ...ranges.map(({ first, next }) => `${first} ${next}`)];
  const body = `${lines.join("\n")}\n`;
  return Buffer.from(`${body}${sha256Hex(Buffer.from(body))}\n`);
}

/** Parse a record; `damaged` unless it is byte for byte one that we would write. */
export function parseRecord(bytes: Buffer): PruneRecord {
  const [header = "", ...rest] = bytes.toString("latin1").split("\n");
  const certificate = HEADER.exec(header)?.[1];
  const ranges = rest.slice(0, -2).map((line) => {
    const match = RANGE.exec(line);
    return { first: Number(match?.[1] ?? Number.NaN), next: Number(match?.[2] ?? Number.NaN) };
  });
  const record = { certificate: Number(certificate), ranges };
  if (
    certificate === undefined ||
    !Number.isSafeInteger(record.certificate) ||
    ranges.length === 0 ||
    !areCanonical(ranges) ||
    !formatRecord(record).equals(bytes)
  ) {
    throw new LogError("damaged", "the record of pruned ranges is damaged");
  }
  return record;
}
