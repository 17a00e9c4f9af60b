// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from "node:fs";
import { equalBytes, type KeyRange, type TreeHead } from "@telltale/merkle";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { FORMAT, mayBeUnsigned, parseFormat } from "../format.js";
import { parseSlots, SLOT_BYTES, type StoredHead, verifyStoredHead } from "../head-slot.js";
import type { LogPaths } from "../paths.js";
import { findKeys, type ProvenChange, readText } from "./keys.js";
import { MAX_RECORD_BYTES, parseRecord, type PruneRecord } from "../prune/record.js";

/** What the directory says about itself, before any event has been looked at. */
export interface Claims {
  /** All keys that the log ever had, each with the trees that it speaks for. */
  keys?: readonly KeyRange[];
  /** The trees at which the key was changed, signed by both keys, and the events that say so. */
  changes: readonly ProvenChange[];
  newest?: TreeHead;
  previous?: TreeHead;
  /** Length of the file of published checkpoints before the head was read: what it holds is not ahead of the head. */
  publishedBytes: number;
  /** What is said to be pruned; its certificate is still to be found. */
  record?: PruneRecord;
  findings: string[];
}

function checkHead(
  stored: StoredHead,
  keys: readonly KeyRange[],
  unsigned: boolean,
  findings: string[],
): TreeHead | undefined {
  const where = `generation ${stored.generation}`;
  try {
    return verifyStoredHead(stored, keys, { unsigned, where });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    findings.push(error.message);
    return undefined;
  }
}

function readHeads(paths: LogPaths, keys: readonly KeyRange[], version: number, claims: Claims): void {
  const { findings } = claims;
  let bytes: Buffer = Buffer.alloc(0);
  try {
    // A running server writes slots in place: what looks torn is read again.
    for (let attempt = 0; attempt < 3; attempt++) {
      bytes = readFileSync(paths.head);
      if (parseSlots(bytes).damaged === 0) break;
    }
  } catch {
    findings.push("the head store is missing or unreadable");
    return;
  }
  const slots = parseSlots(bytes);
  const { newest, previous, damaged } = slots;
  const unsigned = mayBeUnsigned(version, slots);
  if (damaged > 0 || bytes.length !== 2 * SLOT_BYTES) {
    findings.push("a slot of the head store is damaged; if the process was killed, starting it repairs this");
  }
  if (newest === undefined) return;
  const newestHead = checkHead(newest, keys, unsigned, findings);
  if (newestHead !== undefined) claims.newest = newestHead;
  const previousHead = previous === undefined ? undefined : checkHead(previous, keys, unsigned, findings);
  if (previous === undefined || previousHead === undefined || newestHead === undefined) return;
  claims.previous = previousHead;
  const sameSize = newestHead.size === previousHead.size;
  if (newestHead.size < previousHead.size || newest.time < previous.time) {
    findings.push("the newest head is older than the one before");
  } else if (sameSize && !equalBytes(newestHead.root, previousHead.root)) {
    findings.push(`two signed roots for size ${newestHead.size}: this is proof of a fork`);
  }
}

/** The record of what was pruned; undefined when there is none. Throws `damaged`. */
export function readRecord(paths: LogPaths): PruneRecord | undefined {
  try {
    if (sizeOf(paths.pruned) > MAX_RECORD_BYTES) throw new LogError("damaged", `${paths.pruned} is too long`);
    return parseRecord(readFileSync(paths.pruned));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (error instanceof LogError) throw error;
    throw new LogError("damaged", `${paths.pruned} cannot be read`, { cause: error });
  }
}

function claimRecord(paths: LogPaths, claims: Claims): void {
  try {
    const record = readRecord(paths);
    if (record !== undefined) claims.record = record;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    claims.findings.push(error.message);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Read format, key and heads. What is wrong with them becomes a finding. */
export function readClaims(paths: LogPaths, vkey: string | undefined): Claims {
  const claims: Claims = { findings: [], changes: [], publishedBytes: sizeOf(paths.checkpoints) };
  const format = readText(paths.format);
  const version = parseFormat(format ?? "");
  if (version === undefined || version > FORMAT) {
    claims.findings.push(
      format === undefined
        ? "the format file is missing"
        : "the format file is damaged, or of a newer version",
    );
  }
  claimRecord(paths, claims);
  const known = findKeys(paths, vkey, claims.findings);
  if (known === undefined) return claims;
  claims.keys = known.keys;
  claims.changes = known.changes;
  readHeads(paths, known.keys, version ?? FORMAT, claims);
  const { newest } = claims;
  if (newest !== undefined && newest.size < (known.keys.at(-1)?.from ?? 0n))
    claims.findings.push("the head is older than the change of the log's key: an old head was put back");
  return claims;
}

function isEmptyDirectory(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch {
    return true;
  }
}

/** True when there is no trace of a log: then there is nothing to call tampered. */
export function isAbsent(paths: LogPaths): boolean {
  const exists = [paths.head, paths.key, paths.vkey, paths.checkpoints].some(
    (file) => readText(file) !== undefined,
  );
  return !exists && isEmptyDirectory(paths.segments);
}
