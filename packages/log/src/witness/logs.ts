// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { link, unlink } from "node:fs/promises";
import path from "node:path";
import { ED25519, MerkleError, parseVkey, type VerifierKey } from "@telltale/merkle";
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
  /** The first is the one that it was added with. */
  keys: VerifierKey[];
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
    return { origin: first.name, keys };
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
  return bytes === undefined ? undefined : parseLog(bytes, file);
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
  return { origin: key.name, keys: [key] };
}
