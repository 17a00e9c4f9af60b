// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import {
  formatReceipt,
  inclusionProof,
  MAX_KEY_CHANGES,
  parseKeyChangeEvent,
  verifyKeyChanges,
  formatVkey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { removeFile, syncDirectory, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { installKey, type LogKeys, textOfHistory } from "./key-store.js";
import { createSigner, type Signer } from "./keys.js";
import type { LogPaths } from "./paths.js";
import type { LineBatch } from "./types.js";

const MARK = '"log_key_changed"';

/** Make the key that comes next, and keep it where a start finds it. */
export async function prepareKey(
  fs: FileSystem,
  paths: LogPaths,
  { signer, history }: LogKeys,
): Promise<Signer> {
  if (history.changes.length >= MAX_KEY_CHANGES) {
    throw new LogError("bad_range", `the key was changed ${MAX_KEY_CHANGES} times: start a successor log`);
  }
  let made = createSigner(signer.origin);
  // Key IDs have 32 bits; two keys of one log with the same would make every signature line of the other invalid.
  while (history.keys.some(({ key }) => key.keyId === made.signer.verifier.keyId))
    made = createSigner(signer.origin);
  await writeDurable(fs, paths.nextKey, Buffer.from(made.file));
  // The new key is durable and nothing names it; the log's key is the old one.
  // If we die here, nobody has ever seen the new key.
  // The next start finds no event that names it and removes it.
  return made.signer;
}

/** Forget a key that the log does not name. */
export async function dropKey(fs: FileSystem, paths: LogPaths): Promise<void> {
  await removeFile(fs, paths.nextKey);
  await syncDirectory(fs, path.dirname(paths.nextKey));
}

/** The line among these that names this change, with its place in the batch. */
export function findKeyChange(
  { bytes, ends, count }: LineBatch,
  from: Signer,
  to: Signer,
): { line: number; entry: string } | undefined {
  if (!bytes.includes(MARK)) return undefined;
  for (let i = 0; i < count; i++) {
    const entry = bytes.toString("utf8", i === 0 ? 0 : ends[i - 1], (ends[i] ?? 0) - 1);
    if (!entry.includes(MARK)) continue;
    const named = parseKeyChangeEvent(entry);
    if (named?.from === from.vkey && named.to === to.vkey) return { line: i, entry };
  }
  return undefined;
}

export interface ChangeInput {
  fs: FileSystem;
  paths: LogPaths;
  keys: LogKeys;
  next: Signer;
  /** The sealed line that names both keys, and where it lies in the log. */
  entry: string;
  index: number;
  /** The tree that a durable head, signed with the old key, covers. */
  size: number;
  root: Uint8Array;
  node: (height: number, index: bigint) => Promise<Uint8Array>;
}

/**
 * Put the next key in the place of the old one, at a tree that both sign. Durable when it resolves; the old secret is gone
 * then. Nothing larger than this tree may have been signed, and nothing may be while this runs.
 */
export async function changeKey(input: ChangeInput): Promise<LogKeys & { note: string }> {
  const { fs, paths, keys, next, entry, index, size, root } = input;
  const { signer, history } = keys;
  // The event that names the new key is in the log, under a durable head of the old key. The old key still is the log's key.
  // If we die here, there is a key file that the log names and the key history does not.
  // The next start finds the event among the newest lines and comes here again.
  const note = signer.signCheckpoint(size, root, next);
  const path = await inclusionProof(nodeCrypto, BigInt(index), BigInt(size), input.node);
  const proof = formatReceipt({ index: BigInt(index), proof: path, checkpoint: note });
  const first = formatVkey((history.keys[0] as (typeof history.keys)[number]).key);
  // What cannot be verified is never written: with a broken history the log would not start again.
  const changed = verifyKeyChanges(nodeCrypto, first, [...history.changes, { entry, proof }]);
  await writeDurable(fs, paths.keyHistory, Buffer.from(textOfHistory(changed)));
  // The key history is durable: from here on the old key speaks for no larger tree, for ever.
  // If we die here, the old key is still in its file; nothing was signed with it after the history was written.
  // The next start finds that the history ends with the prepared key and puts it into place.
  await installKey(fs, paths, next);
  return { signer: next, history: changed, note };
}
