// SPDX-License-Identifier: Apache-2.0
import { chmodSync, lstatSync, mkdirSync, type Stats } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import path from "node:path";

/*
 * DIR/                       0700
 *   <owner>.live             who holds chains here: one file for each running process
 *   <boot>.<owner>/          the chain of one lane of one process, in the hands of `owner`
 *     0000000000000001.spool a segment, named by the number of its first event
 *   witness.json             what was seen of the log
 *
 * A chain whose owner is dead is taken over by renaming its folder, which only one process can do.
 */

/** Names a chain or an owner. */
const ID = "[0-9a-f]{32}";
const CHAIN = new RegExp(`^(${ID})\\.(${ID})$`);
const LIVE = new RegExp(`^(${ID})\\.live$`);
const SEGMENT = /^([0-9]{16})\.spool$/;
/** Entries of a directory that are looked at; a process leaves a handful. */
const MOST_ENTRIES = 100_000;

/** The folder of one chain. */
export interface ChainFolder {
  boot: string;
  owner: string;
  path: string;
}

/** One file of a chain. */
export interface SegmentFile {
  path: string;
  /** Number of its first event, as its name says. */
  first: number;
  bytes: number;
}

/** Whether a file or directory belongs to the user of this process; always where users have no number (Windows). */
export function isOurs(stats: Stats): boolean {
  return process.getuid === undefined || stats.uid === process.getuid();
}

/**
 * Makes the directory, for this user alone.
 *
 * @throws {Error} when it is none, belongs to somebody else or cannot be made
 */
export function openDirectory(directory: string): string {
  const dir = path.resolve(directory);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stats = lstatSync(dir);
  if (!stats.isDirectory()) throw new Error(`${dir} is not a directory`);
  if (!isOurs(stats)) throw new Error(`${dir} belongs to another user`);
  // Nobody else may read what waits, or put something in.
  if ((stats.mode & 0o077) !== 0) chmodSync(dir, 0o700);
  return dir;
}

export function chainPath(dir: string, boot: string, owner: string): string {
  return path.join(dir, `${boot}.${owner}`);
}

export function segmentPath(folder: string, first: number): string {
  return path.join(folder, `${String(first).padStart(16, "0")}.spool`);
}

async function entriesOf(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    names.push(entry.name);
    if (names.length >= MOST_ENTRIES) break;
  }
  return names;
}

/** Every chain in the directory, whoever holds it. What has another name, is a link or belongs to others is none. */
export async function listChains(dir: string): Promise<ChainFolder[]> {
  const chains: ChainFolder[] = [];
  for (const name of await entriesOf(dir)) {
    const [, boot, owner] = CHAIN.exec(name) ?? [];
    if (boot === undefined || owner === undefined) continue;
    const folder = path.join(dir, name);
    const stats = await lstat(folder).catch(() => undefined);
    if (stats?.isDirectory() === true && isOurs(stats)) chains.push({ boot, owner, path: folder });
  }
  return chains;
}

/** The ids of all who say that they hold something. */
export async function listOwners(dir: string): Promise<string[]> {
  return (await entriesOf(dir)).flatMap((name) => LIVE.exec(name)?.[1] ?? []);
}

/** The segments of a chain, oldest first. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const segments: SegmentFile[] = [];
  for (const name of await entriesOf(folder)) {
    const first = Number(SEGMENT.exec(name)?.[1] ?? 0);
    if (first < 1 || !Number.isSafeInteger(first)) continue;
    const file = path.join(folder, name);
    const stats = await lstat(file).catch(() => undefined);
    if (stats?.isFile() === true && isOurs(stats)) segments.push({ path: file, first, bytes: stats.size });
  }
  return segments.toSorted((a, b) => a.first - b.first);
}
