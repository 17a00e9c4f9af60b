// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type KeyRange, MerkleError, type TreeHead, verifyCheckpointBy } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf, makeDirectory, writeDurable } from "../disk.js";
import { type FileSystem, nodeFileSystem } from "../fs.js";
import { logPaths } from "../paths.js";
import type { Authority } from "./chain.js";
import { DerError } from "./der.js";
import { type VerifiedToken, verifyToken } from "./token.js";

const NAME = /^([0-9]{20})\.tst$/;
const MAX_FILE = 64 * 1024;
/** One a day for more than a quarter of a century. */
const MAX_KEPT = 10_000;

/** A checkpoint that somebody outside vouches to have existed at a time. */
export interface TimestampedHead extends VerifiedToken {
  head: TreeHead;
}

function fileOf(directory: string, size: number, end: string): string {
  return path.join(directory, `${size.toString().padStart(20, "0")}${end}`);
}

/**
 * Keep a timestamp token beside the log's checkpoints, with the signed checkpoint that it is of; durable when it resolves. So
 * that others' tools can check it: `openssl ts -verify -token_in -in N.tst -data N.checkpoint -CAfile ca.pem`.
 */
export async function keepTimestamp(
  dataDir: string,
  made: { size: number; note: string; token: Buffer },
  name = "main",
  fs: FileSystem = nodeFileSystem,
): Promise<void> {
  const directory = logPaths(dataDir, name).timestamps;
  await makeDirectory(fs, directory);
  await writeDurable(fs, fileOf(directory, made.size, ".checkpoint"), Buffer.from(made.note));
  // The checkpoint is durable, its token is not.
  // If we die here, a checkpoint lies there that nobody vouches for; it says nothing that the log does not say.
  // Nobody needs to repair it: readers go by the tokens, and the next one of this size writes it again.
  await writeDurable(fs, fileOf(directory, made.size, ".tst"), made.token);
}

function readSmall(file: string): Buffer {
  if (statSync(file).size > MAX_FILE) throw new DerError("it is too long");
  return readFileSync(file);
}

function readOne(
  directory: string,
  size: number,
  keys: readonly KeyRange[],
  authorities: readonly Authority[] | undefined,
): TimestampedHead {
  const data = readSmall(fileOf(directory, size, ".checkpoint"));
  const token = readSmall(fileOf(directory, size, ".tst"));
  const head = verifyCheckpointBy(nodeCrypto, data, keys);
  if (head.size !== BigInt(size)) throw new DerError("it has the name of another size");
  return { head, ...verifyToken({ token, data, ...(authorities && { authorities }) }) };
}

/** All timestamps beside a log, in the order of size, each verified; what is wrong with the others becomes a sentence. */
export function readTimestamps(
  dataDir: string,
  name: string,
  keys: readonly KeyRange[],
  authorities?: readonly Authority[],
): { timestamps: TimestampedHead[]; problems: string[] } {
  const directory = logPaths(dataDir, name).timestamps;
  const timestamps: TimestampedHead[] = [];
  const problems: string[] = [];
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    return { timestamps, problems: errnoOf(error) === "ENOENT" ? [] : ["the timestamps cannot be read"] };
  }
  for (const file of names.sort().slice(-2 * MAX_KEPT)) {
    const size = NAME.exec(file)?.[1];
    if (size === undefined) continue;
    try {
      timestamps.push(readOne(directory, Number(size), keys, authorities));
    } catch (error) {
      if (!(error instanceof DerError || error instanceof MerkleError) && errnoOf(error) === "") throw error;
      problems.push(`the timestamp ${file} does not verify: ${(error as Error).message}`);
    }
  }
  return { timestamps, problems };
}
