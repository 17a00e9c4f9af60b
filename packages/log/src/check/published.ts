// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";
import { type KeyRange, MerkleError, type TreeHead, verifyCheckpointBy } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { splitPublished } from "../publish.js";

const CHUNK = 256 * 1024;
/** A record this long without an end is not a checkpoint; reading stops instead of collecting it. */
const MAX_RECORD = 1024 * 1024;

/** One published checkpoint, verified, or what is wrong with it. */
export type PublishedRecord = { number: number; head: TreeHead } | { number: number; problem: string };

/** The published checkpoints in the first `bytes` of the file, each verified; one piece of the file in memory at a time. */
export function* readPublished(
  file: string,
  bytes: number,
  keys: readonly KeyRange[],
): Generator<PublishedRecord> {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    yield { number: 0, problem: "the file of published checkpoints is missing or unreadable" };
    return;
  }
  try {
    yield* readRecords(fd, bytes, keys);
  } finally {
    closeSync(fd);
  }
}

function* readRecords(fd: number, bytes: number, keys: readonly KeyRange[]): Generator<PublishedRecord> {
  const chunk = Buffer.alloc(CHUNK);
  let text = "";
  let number = 0;
  for (let position = 0; position < bytes; ) {
    const got = readSync(fd, chunk, 0, Math.min(CHUNK, bytes - position), position);
    if (got === 0) break;
    position += got;
    // latin1 keeps every byte as it is; the note parser decodes and judges the UTF-8.
    const { notes, rest } = splitPublished(text + chunk.toString("latin1", 0, got));
    for (const note of notes) yield judge(note, keys, number++);
    text = rest;
    if (text.length > MAX_RECORD) break;
  }
  if (text.length > 0) yield { number, problem: `published checkpoint ${number} is cut or malformed` };
}

function judge(note: string, keys: readonly KeyRange[], number: number): PublishedRecord {
  try {
    return { number, head: verifyCheckpointBy(nodeCrypto, Buffer.from(note, "latin1"), keys) };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    return { number, problem: `published checkpoint ${number} does not verify: ${error.message}` };
  }
}
