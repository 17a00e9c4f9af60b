// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { KeyRange } from "@telltale/merkle";
import { listDirectory, readFile, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import {
  formatSlot,
  type HeadSlots,
  parseSlot,
  parseSlots,
  SLOT_BYTES,
  verifyStoredHead,
} from "./head-slot.js";
import type { Signer } from "./keys.js";
import type { LogPaths } from "./paths.js";

/** Version of everything in a data directory. 1: heads were not signed as a whole. */
export const FORMAT = 2;

const FORMAT_FILE = /^telltale-data ([1-9][0-9]{0,5})\n$/;

/** The version that the text of a `format` file names; undefined when it is none. */
export function parseFormat(text: string): number | undefined {
  const version = FORMAT_FILE.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

export function writeFormat(fs: FileSystem, paths: LogPaths, version: number): Promise<void> {
  return writeDurable(fs, paths.format, Buffer.from(`telltale-data ${version}\n`));
}

/** The version of the directory: written once, refused when newer, part of no other file. */
export async function prepareFormat(fs: FileSystem, paths: LogPaths, mayCreate: boolean): Promise<number> {
  const text = (await readFile(fs, paths.format, 64 * 1024))?.toString("utf8");
  const version = parseFormat(text ?? "");
  if (version !== undefined && version > FORMAT) {
    throw new LogError(
      "newer_format",
      `${paths.data} has format ${version}, this version knows up to ${FORMAT}: use a newer Telltale. Nothing was changed`,
    );
  }
  if (version !== undefined) return version;
  const used = (await listDirectory(fs, path.dirname(paths.log))).length > 0;
  if (text !== undefined || used || !mayCreate) {
    throw new LogError(
      used || text !== undefined ? "bad_format" : "no_log",
      `${paths.format} is missing or not readable`,
    );
  }
  await writeFormat(fs, paths, FORMAT);
  return FORMAT;
}

export interface MigrationInput {
  fs: FileSystem;
  paths: LogPaths;
  signer: Signer;
  keys: readonly KeyRange[];
}

/** Slots of format 1 are believed for what the log signed in them; with a signed one beside it, an unsigned one is forged. */
export function mayBeUnsigned(version: number, { newest, previous }: HeadSlots): boolean {
  return version === 1 && newest?.seal === undefined && previous?.seal === undefined;
}

/** From format 1: each readable slot is written again with a signature over all of it, under the same generation. */
async function signHeads({ fs, paths, signer, keys }: MigrationInput): Promise<void> {
  const before = await readFile(fs, paths.head, 2 * SLOT_BYTES + 1);
  if (before === undefined) return; // said by whoever opens the head store
  const unsigned = mayBeUnsigned(1, parseSlots(before));
  const after = Buffer.alloc(Math.max(before.length, 2 * SLOT_BYTES));
  before.copy(after);
  for (const i of [0, 1]) {
    const slot = parseSlot(after.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES));
    if (typeof slot === "string") continue; // a torn slot stays what it is: recovery judges it
    verifyStoredHead(slot, keys, { unsigned, where: paths.head });
    formatSlot(slot, signer).copy(after, i * SLOT_BYTES);
  }
  await writeDurable(fs, paths.head, after);
}

/** What brings a directory from this version to the next. Each MUST be repeatable: we may die before the version is written. */
const STEPS: readonly ((input: MigrationInput) => Promise<void>)[] = [signHeads];

/** Bring the directory to today's format, one version after another. Call under the lock, before the head store is opened. */
export async function migrate(input: MigrationInput, version: number): Promise<void> {
  for (let from = version; from < FORMAT; from++) {
    const step = STEPS[from - 1];
    if (step === undefined) throw new Error(`BUG: nothing leads from format ${from} to the next`);
    await step(input);
    // What the next version needs is on disk; the directory still says that it has the older one.
    // If we die here, an older Telltale refuses what it does not know and changes nothing.
    // This one does the step again, which changes nothing any more, and goes on from here.
    await writeFormat(input.fs, input.paths, from + 1);
  }
}
