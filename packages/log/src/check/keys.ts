// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import {
  formatVkey,
  type KeyHistory,
  type KeyRange,
  keysFrom,
  MAX_KEY_HISTORY_BYTES,
  MerkleError,
  parseKeyChangeEvent,
  parseKeyHistory,
  parseReceipt,
  parseVkey,
  rangeOfOne,
  type TreeHead,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { parseSigner } from "../keys.js";
import type { LogPaths } from "../paths.js";
import type { LineBatch } from "../types.js";

/** A change of the log's key, proven by both keys: whatever the events hash to has to agree with it. */
export interface ProvenChange {
  /** Index of the event that names both keys. */
  index: number;
  /** The tree that both keys signed. */
  head: TreeHead;
}

export interface KnownKeys {
  keys: readonly KeyRange[];
  changes: readonly ProvenChange[];
}

/** The text of a file; undefined where there is none or it is not ours to read. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "EACCES") return undefined;
    throw error;
  }
}

/** The history beside the log; undefined where there is none, or none that can be believed. */
function readHistory(paths: LogPaths, findings: string[]): KeyHistory | undefined {
  try {
    if ((statSync(paths.keyHistory, { throwIfNoEntry: false })?.size ?? 0) > MAX_KEY_HISTORY_BYTES)
      throw new MerkleError("bad_key_history", "it is too long");
    const text = readText(paths.keyHistory);
    return text === undefined ? undefined : parseKeyHistory(nodeCrypto, text);
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    findings.push(`the key history beside the log does not verify: ${error.message}`);
    return undefined;
  }
}

function readSigningKey(paths: LogPaths, findings: string[]): string | undefined {
  const secret = readText(paths.key); // unreadable for most people, and they do not need it
  try {
    return secret === undefined ? undefined : parseSigner(secret).vkey;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    findings.push(`${paths.key} is damaged: ${error.message}`);
    return undefined;
  }
}

function describeChanges({ changes, keys }: KeyHistory): ProvenChange[] {
  return changes.map(({ proof }) => {
    const { index, checkpoint } = parseReceipt(proof);
    return { index: Number(index), head: verifyCheckpointBy(nodeCrypto, checkpoint, keys) };
  });
}

/**
 * The keys to verify with: those that the history leads to from the verifier's own key, else from the one beside the log. All
 * that lies there has to agree; where it does not, the verifier's own key alone is believed.
 */
export function findKeys(
  paths: LogPaths,
  given: string | undefined,
  findings: string[],
): KnownKeys | undefined {
  const history = readHistory(paths, findings);
  const newest = history?.keys.at(-1)?.key;
  const published = readText(paths.vkey)?.replace(/\n$/, "");
  const signing = readSigningKey(paths, findings);
  const beside = [published, signing, newest && formatVkey(newest)].filter((text) => text !== undefined);
  const known = given === undefined || history !== undefined ? beside : [given, ...beside];
  if (new Set(known).size > 1) findings.push("the keys kept beside the log are not the key of this log");
  for (const text of [given, ...beside]) {
    if (text === undefined) continue;
    try {
      const key = parseVkey(nodeCrypto, text);
      if (history === undefined) return { keys: rangeOfOne(key), changes: [] };
      return { keys: keysFrom(history, key), changes: describeChanges(history) };
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      if (error.code === "key_unknown") {
        findings.push("the keys kept beside the log do not follow from the key that it is verified with");
        return { keys: rangeOfOne(parseVkey(nodeCrypto, text)), changes: [] };
      }
      findings.push(`a verifier key is damaged: ${error.message}`);
    }
  }
  return undefined;
}

/** Looks, while the events are hashed, for events that change the log's key and of which the key history says nothing. */
export class KeyEvents {
  readonly #known: ReadonlySet<number>;
  readonly #names: ReadonlySet<string>;
  /** Indexes of such events: with the history removed, a key that was replaced would seem to be the log's key still. */
  unknown: number[] = [];

  constructor({ keys, changes }: KnownKeys) {
    this.#known = new Set(changes.map(({ index }) => index));
    this.#names = new Set(keys.map(({ key }) => formatVkey(key)));
  }

  take(first: number, lines: LineBatch | undefined): void {
    if (first === 0) this.unknown = [];
    if (lines === undefined || !lines.bytes.includes('"log_key_changed"')) return;
    for (let i = 0; i < lines.count; i++) {
      const line = lines.bytes.subarray(i === 0 ? 0 : lines.ends[i - 1], (lines.ends[i] ?? 0) - 1);
      if (!line.includes('"log_key_changed"') || this.#known.has(first + i)) continue;
      const named = parseKeyChangeEvent(line);
      const isOurs = named !== undefined && (this.#names.has(named.from) || this.#names.has(named.to));
      if (isOurs) this.unknown.push(first + i);
    }
  }
}
