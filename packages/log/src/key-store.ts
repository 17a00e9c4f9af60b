// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import {
  formatKeyHistory,
  formatVkey,
  type KeyHistory,
  MAX_KEY_HISTORY_BYTES,
  MerkleError,
  parseKeyHistory,
  verifyKeyChanges,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { readFile, syncDirectory, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { parseSigner, type Signer } from "./keys.js";
import type { LogPaths } from "./paths.js";

const SMALL_FILE = 64 * 1024;

/** The key that signs now, and all that the log ever had. */
export interface LogKeys {
  signer: Signer;
  history: KeyHistory;
}

/** As they are found at a start. */
export interface LoadedKeys extends LogKeys {
  /** A key that was made for a change and is not in use: whether it was named in the log is still to be seen. */
  pending?: Signer;
}

/** The history of a log that has had one key. */
export function historyOfOne(signer: Signer): KeyHistory {
  return verifyKeyChanges(nodeCrypto, signer.vkey, []);
}

/** The verifier key that a log signs with now. */
export function newestVkey({ keys }: KeyHistory): string {
  const newest = keys.at(-1);
  if (newest === undefined) throw new Error("BUG: a history without a key");
  return formatVkey(newest.key);
}

/** What a log publishes about its keys. */
export function textOfHistory({ keys: [first], changes }: KeyHistory): string {
  if (first === undefined) throw new Error("BUG: a history without a key");
  return formatKeyHistory(formatVkey(first.key), changes);
}

async function readText(fs: FileSystem, file: string): Promise<string | undefined> {
  return (await readFile(fs, file, SMALL_FILE))?.toString("utf8");
}

/** The key history beside the log, proven; undefined where the key was never changed. `key_invalid`. */
export async function readHistory(fs: FileSystem, paths: LogPaths): Promise<KeyHistory | undefined> {
  const bytes = await readFile(fs, paths.keyHistory, MAX_KEY_HISTORY_BYTES);
  if (bytes === undefined) return undefined;
  try {
    return parseKeyHistory(nodeCrypto, bytes);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("key_invalid", `${paths.keyHistory} does not prove which keys this log had`, {
      cause,
    });
  }
}

/** Give the new key its place. Both files follow from the key history, so it may be done again. */
export async function installKey(fs: FileSystem, paths: LogPaths, next: Signer): Promise<void> {
  await fs.rename(paths.nextKey, paths.key);
  await syncDirectory(fs, path.dirname(paths.key));
  // The new key signs and the old one is gone; the file with the public one may still name the old.
  // If we die here, that file names a key of the history.
  // The next start writes it again.
  await writeDurable(fs, paths.vkey, Buffer.from(`${next.vkey}\n`));
}

/**
 * The keys of the log, after finishing what an interrupted change began; undefined where there is no signing key. Throws
 * LogError `key_invalid` when the files do not agree in a way that no crash explains.
 */
export async function loadKeys(fs: FileSystem, paths: LogPaths): Promise<LoadedKeys | undefined> {
  const file = await readText(fs, paths.key);
  if (file === undefined) return undefined;
  let signer = parseSigner(file);
  const nextFile = await readText(fs, paths.nextKey);
  let pending = nextFile === undefined ? undefined : parseSigner(nextFile);
  const history = (await readHistory(fs, paths)) ?? historyOfOne(signer);
  if (newestVkey(history) !== signer.vkey) {
    if (pending?.vkey !== newestVkey(history)) {
      throw new LogError(
        "key_invalid",
        `the log's key is ${newestVkey(history)}, but ${paths.key} is another one: put the right key file back`,
      );
    }
    await installKey(fs, paths, pending);
    signer = pending;
    pending = undefined;
  }
  await verifyPublished(fs, paths, signer, history);
  return { signer, history, ...(pending && { pending }) };
}

async function verifyPublished(
  fs: FileSystem,
  paths: LogPaths,
  signer: Signer,
  history: KeyHistory,
): Promise<void> {
  const published = await readText(fs, paths.vkey);
  if (published === `${signer.vkey}\n`) return;
  const isOlder = history.keys.some(({ key }) => published === `${formatVkey(key)}\n`);
  if (published !== undefined && !isOlder) {
    throw new LogError(
      "key_invalid",
      `${paths.vkey} does not belong to ${paths.key}: one of them was replaced`,
    );
  }
  await writeDurable(fs, paths.vkey, Buffer.from(`${signer.vkey}\n`));
}
