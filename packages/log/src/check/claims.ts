// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from "node:fs";
import {
  equalBytes,
  MerkleError,
  parseVkey,
  type TreeHead,
  type VerifierKey,
  verifyCheckpoint,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { parseSlots, SLOT_BYTES, type StoredHead } from "../head.js";
import { parseSigner } from "../keys.js";
import type { LogPaths } from "../paths.js";
import { MAX_RECORD_BYTES, parseRecord, type PruneRecord } from "../prune/record.js";

/** What the directory says about itself, before any event has been looked at. */
export interface Claims {
  key?: VerifierKey;
  newest?: TreeHead;
  previous?: TreeHead;
  /** Length of the file of published checkpoints before the head was read: what it holds is not ahead of the head. */
  publishedBytes: number;
  /** What is said to be pruned; its certificate is still to be found. */
  record?: PruneRecord;
  findings: string[];
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EACCES") return undefined;
    throw error;
  }
}

/** The key to verify with: the verifier's own, else the one beside the log; both must agree with the signing key. */
function findKey(paths: LogPaths, given: string | undefined, findings: string[]): VerifierKey | undefined {
  const published = readText(paths.vkey)?.replace(/\n$/, "");
  const secret = readText(paths.key); // unreadable for most people, and they do not need it
  let signing: string | undefined;
  try {
    signing = secret === undefined ? undefined : parseSigner(secret).vkey;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    findings.push(`${paths.key} is damaged: ${error.message}`);
  }
  const texts = [given, published, signing].filter((text) => text !== undefined);
  if (new Set(texts).size > 1) findings.push("the keys kept beside the log are not the key of this log");
  for (const text of texts) {
    try {
      return parseVkey(nodeCrypto, text);
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      findings.push(`a verifier key is damaged: ${error.message}`);
    }
  }
  return undefined;
}

function checkHead(stored: StoredHead, key: VerifierKey, findings: string[]): TreeHead | undefined {
  try {
    return verifyCheckpoint(nodeCrypto, stored.note, key);
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    findings.push(`the head of generation ${stored.generation} does not verify: ${error.message}`);
    return undefined;
  }
}

function readHeads(paths: LogPaths, key: VerifierKey, claims: Claims): void {
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
  const { newest, previous, damaged } = parseSlots(bytes);
  if (damaged > 0 || bytes.length !== 2 * SLOT_BYTES) {
    findings.push("a slot of the head store is damaged; if the process was killed, starting it repairs this");
  }
  if (newest === undefined) return;
  const newestHead = checkHead(newest, key, findings);
  if (newestHead !== undefined) claims.newest = newestHead;
  const previousHead = previous === undefined ? undefined : checkHead(previous, key, findings);
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
  const claims: Claims = { findings: [], publishedBytes: sizeOf(paths.checkpoints) };
  const format = readText(paths.format);
  if (format !== "telltale-data 1\n") {
    claims.findings.push(
      format === undefined
        ? "the format file is missing"
        : "the format file is damaged, or of a newer version",
    );
  }
  claimRecord(paths, claims);
  const key = findKey(paths, vkey, claims.findings);
  if (key === undefined) return claims;
  claims.key = key;
  readHeads(paths, key, claims);
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
