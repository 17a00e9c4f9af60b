// SPDX-License-Identifier: Apache-2.0
import { open, readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { INDEX_COLUMN } from "@telltale/query";
import { type Connection, toSqlText } from "./database.js";
import { INDEX_FORMAT } from "./ingest-sql.js";
import type { Part } from "./parts.js";
import { makePrivate } from "./private-folder.js";

const NAME = /^([0-9]{16})-([0-9]{16})\.parquet$/;

/** A finished file of the index. */
export interface FilePart extends Part {
  readonly source: { readonly file: string };
  readonly received: { readonly min: number; readonly max: number };
}

/** Where the rows of [first, next) are kept. The name says it all: there is no catalogue that could disagree. */
export function fileOf(folder: string, first: number, next: number): string {
  return path.join(folder, `${digits(first)}-${digits(next)}.parquet`);
}

function digits(index: number): string {
  return String(index).padStart(16, "0");
}

/**
 * Makes the folder ready and gives its files, in order and without a gap from the first on. Whatever does not fit
 * (another format or log, a file that was being written, one that is unreadable, all after a hole) is removed: the
 * follower reads that part of the log again.
 */
export async function openFiles(
  folder: string,
  log: { origin: string; size: number; from: number },
  connection: Connection,
): Promise<FilePart[]> {
  await makePrivate(folder);
  const format = `${INDEX_FORMAT}\n${log.origin}\n`;
  const formatFile = path.join(folder, "format");
  const found = await readFile(formatFile, "utf8").catch(() => undefined);
  let parts = found === format ? await readFiles(folder, connection) : [];
  // An index that knows more than its log belongs to a log that was cut or restored: none of it can be trusted.
  if ((parts.at(-1)?.next ?? 0) > log.size) parts = [];
  // What lies between these files and the first event that can be indexed was pruned: they could never be continued.
  if ((parts.at(-1)?.next ?? 0) < log.from) parts = [];
  const keep = new Set(["format", ...parts.map((part) => path.basename(part.source.file))]);
  for (const name of await readdir(folder)) {
    if (!keep.has(name)) await rm(path.join(folder, name), { recursive: true, force: true });
  }
  if (found !== format) await writeFile(formatFile, format);
  return parts;
}

async function readFiles(folder: string, connection: Connection): Promise<FilePart[]> {
  const ranges = (await readdir(folder))
    .flatMap((name) => {
      const match = NAME.exec(name);
      return match === null ? [] : [{ name, first: Number(match[1]), next: Number(match[2]) }];
    })
    // The longest first: a merged file stands beside those that it replaces if the process died between.
    .sort((a, b) => a.first - b.first || b.next - a.next);
  const parts: FilePart[] = [];
  for (const { name, first, next } of ranges) {
    const expected = parts.at(-1)?.next ?? first;
    if (first < expected) continue;
    if (first > expected) break;
    const part = await describe(path.join(folder, name), first, next, connection).catch(() => undefined);
    if (part === undefined) break;
    parts.push(part);
  }
  return parts;
}

/** Reads what a file holds; throws unless it is exactly the rows [first, next). */
export async function describe(
  file: string,
  first: number,
  next: number,
  connection: Connection,
): Promise<FilePart> {
  const [row] = await connection.rows(
    `SELECT count(*), min(${INDEX_COLUMN}), max(${INDEX_COLUMN}), epoch_ms(min(received)), epoch_ms(max(received))
     FROM read_parquet(${toSqlText(file)})`,
  );
  const [count, low, high, min, max] = (row ?? []).map(Number);
  if (count !== next - first || low !== first || high !== next - 1) {
    throw new Error(`${path.basename(file)} holds ${count} rows from ${low} to ${high}`);
  }
  return { first, next, source: { file }, received: { min: min ?? 0, max: max ?? 0 } };
}

/**
 * Gives a finished temporary file its name. True now: its rows are complete and synced, but the index does not have
 * them. If we die here, the next start removes the temporary file and reads the rows from the log again. After the
 * rename the file is the index; nobody needs to repair anything.
 */
export async function publish(temporary: string, file: string): Promise<void> {
  const handle = await open(temporary, "r+");
  await handle.sync();
  await handle.close();
  await rename(temporary, file);
}

export async function removeFile(part: Part): Promise<void> {
  if ("file" in part.source) await unlink(part.source.file);
}
