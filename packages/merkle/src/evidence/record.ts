// SPDX-License-Identifier: Apache-2.0
import { parseUtf8 } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";
import { MerkleError } from "../error.js";
import { toHex } from "./fingerprint.js";
import { type Manifest, selectionBytes } from "./manifest.js";
import { indicesOf, toRanges } from "./ranges.js";

/** The `data` of the log's own event about an export (`log_exported`). */
export interface ExportRecord {
  /** How many events, without the record itself. */
  events: number;
  /** SHA-256 in hex of `selectionBytes` of their indexes. */
  indexes: string;
}

/** What the log's event of an export states about the events. */
export function toExportRecord(crypto: MerkleCrypto, indices: readonly number[]): ExportRecord {
  return { events: indices.length, indexes: toHex(crypto.sha256(selectionBytes(toRanges(indices)))) };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(parseUtf8(line));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof MerkleError) return undefined;
    throw error;
  }
}

/** Whether a sealed line is an event in which the log itself tells of an export; nobody else can send one. */
export function isExportRecord(line: Uint8Array): boolean {
  const event = parse(line);
  return field(event, "action") === "log_exported" && field(event, "via") === "telltale";
}

/** Why the record is not of exactly the bundle's other events; undefined when it is. */
export function findRecordGap(
  crypto: MerkleCrypto,
  manifest: Manifest,
  line: Uint8Array,
): string | undefined {
  const data = field(parse(line), "data");
  const others = [...indicesOf(manifest.events)].filter((index) => index !== manifest.record);
  const expected = toExportRecord(crypto, others);
  if (field(data, "events") === expected.events && field(data, "indexes") === expected.indexes)
    return undefined;
  return `the log says that other events were exported (event ${manifest.record}): something was taken out or added`;
}
