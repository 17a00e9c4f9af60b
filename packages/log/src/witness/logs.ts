// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, unlink } from "node:fs/promises";
import path from "node:path";
import {
  ED25519,
  type KeyHistory,
  type KeyRange,
  keysFrom,
  MAX_KEY_HISTORY_BYTES,
  MerkleError,
  parseKeyHistory,
  parseVkey,
  rangeOfOne,
  type VerifierKey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf, listDirectory, makeDirectory, readFile, syncDirectory, writeDurable } from "../disk.js";
import { LogError } from "../error.js";
import { type FileSystem, nodeFileSystem } from "../fs.js";
import { originHash, type WitnessPaths } from "./layout.js";

const MAX_FILE = 64 * 1024;
/** More logs than this need another kind of witness. */
const MAX_LOGS = 10_000;

/** A log that is watched: its origin and the keys that may sign for it. */
export interface WatchedLog {
  origin: string;
  /** The first is the one that it was added with; later ones were introduced by those before, see `proveKeys`. */
  keys: readonly KeyRange[];
  /** The history that was believed; undefined while the key was never changed. */
  history?: KeyHistory;
}

function parseLogKey(line: string): VerifierKey {
  const key = parseVkey(nodeCrypto, line);
  if (key.type !== ED25519) throw new MerkleError("bad_key", "not the key of a log");
  return key;
}

function parseLog(bytes: Buffer, file: string): WatchedLog {
  try {
    const lines = bytes.toString("utf8").split("\n");
    if (lines.pop() !== "" || lines.length === 0) throw new MerkleError("bad_key", "it is cut");
    const keys = lines.map(parseLogKey);
    const [first] = keys;
    if (first === undefined || keys.some(({ name }) => name !== first.name)) {
      throw new MerkleError("bad_key", "keys of several logs");
    }
    if (path.basename(file) !== originHash(first.name)) throw new MerkleError("bad_key", "of another log");
    return { origin: first.name, keys: keys.flatMap(rangeOfOne) };
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("damaged", `${file} does not name a log: ${cause.message}`, { cause });
  }
}

/** The log whose origin has this hash; undefined when it is not watched. `damaged`. */
export async function readWatched(
  fs: FileSystem,
  paths: WitnessPaths,
  hash: string,
): Promise<WatchedLog | undefined> {
  const file = path.join(paths.logs, hash);
  const bytes = await readFile(fs, file, MAX_FILE);
  if (bytes === undefined) return undefined;
  const log = parseLog(bytes, file);
  const text = await readFile(fs, `${file}.keys`, MAX_KEY_HISTORY_BYTES);
  return text === undefined ? log : withHistory(log, text, file);
}

/** The keys that a history which was believed leads to. */
function withHistory(log: WatchedLog, text: Buffer, file: string): WatchedLog {
  try {
    const history = parseKeyHistory(nodeCrypto, text);
    const [added] = log.keys;
    if (added === undefined) throw new MerkleError("key_unknown", "the log has no key");
    return { origin: log.origin, keys: keysFrom(history, added.key), history };
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("damaged", `${file}.keys does not prove the log's keys: ${cause.message}`, { cause });
  }
}

/** Hashes of the origins that are watched, in the order of the hashes. */
export async function listWatched(fs: FileSystem, paths: WitnessPaths): Promise<string[]> {
  return (await listDirectory(fs, paths.logs)).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

/**
 * Watch a log from now on; durable when it resolves. Works while the witness runs, which looks for logs that it does not know.
 * `bad_name` for no log's key, `locked` when the origin is watched already: what was cosigned of it must not be forgotten.
 */
export async function addWatched(paths: WitnessPaths, vkey: string): Promise<WatchedLog> {
  let key: VerifierKey;
  try {
    key = parseLogKey(vkey);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("bad_name", cause.message, { cause });
  }
  await makeDirectory(nodeFileSystem, paths.logs);
  if ((await listWatched(nodeFileSystem, paths)).length >= MAX_LOGS) {
    throw new LogError("bad_name", `a witness watches at most ${MAX_LOGS} logs`);
  }
  const file = path.join(paths.logs, originHash(key.name));
  const made = `${file}.${randomBytes(6).toString("hex")}`;
  await writeDurable(nodeFileSystem, made, Buffer.from(`${vkey}\n`));
  try {
    // Not renamed: of two that add the same origin at once, or again, only one may succeed.
    await link(made, file);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw new LogError("locked", `${key.name} is watched already`);
  } finally {
    await unlink(made);
  }
  await syncDirectory(nodeFileSystem, paths.logs);
  return { origin: key.name, keys: rangeOfOne(key) };
}
